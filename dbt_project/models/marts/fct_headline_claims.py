"""Headline claims of the release year, each by every method; grain: release year x claim x method."""

from orchestration.model_tables.typed import to_arrow, to_frame
from orchestration.statistics.claims.headline_claims import headline_claims


def model(dbt, session):
    """The release year of this load; other release years stand as they are."""
    dbt.config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="release_year",
        tags=["cross_year"],
    )
    release_year, data_origin = dbt.ref("int_load").fetchall()[0]
    cells = dbt.ref("int_question_cells")  # noqa: F841 - named in the queries below
    responses = dbt.ref("int_response_cells")  # noqa: F841
    national = session.query(
        f"from cells where level = 'national' and group_kind = 'all' and survey_year <= {release_year}"
    )
    respondents = session.query(
        "select survey_year, n_responded from responses where level = 'national' and group_kind = 'all'"
    )
    claims = headline_claims(
        to_frame(national),
        to_frame(dbt.ref("headline_claims")),
        to_frame(dbt.ref("survey_years")),
        to_frame(dbt.ref("questions")),
        release_year,
        comparability=to_frame(dbt.ref("int_comparability")),
        n_respondents=dict(respondents.fetchall()),
    )
    return to_arrow(claims, booleans=("holds", "parts_add_up"), data_origin=data_origin)
