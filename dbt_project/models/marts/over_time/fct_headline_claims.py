"""Headline claims of the release year, each by every method; grain: release year x claim x method."""

from orchestration.model_tables.change import claim_headlines
from orchestration.model_tables.conversion import read_registry, to_frame


def model(dbt, session):
    """The release year of this load; other release years stay as they are."""
    dbt.config(materialized="incremental")
    registry = read_registry(
        survey_years=dbt.ref("survey_years"),
        questions=dbt.ref("questions"),
        headline_claims=dbt.ref("headline_claims"),
    )
    release_year, data_origin = dbt.ref("dim_release").fetchall()[0]
    nation = "level = 'national' and group_kind = 'all'"
    cells = to_frame(dbt.ref("int_question_cells").filter(f"{nation} and survey_year <= {release_year}"))
    respondents = dbt.ref("int_response_cells").filter(nation).select("survey_year", "n_responded")
    comparability = to_frame(dbt.ref("dim_comparability"))
    return claim_headlines(cells, comparability, dict(respondents.fetchall()), registry, release_year, data_origin)
