"""Trend of every score over comparable years; grain: release year x level x organisation x question."""

from orchestration.model_tables.change import trends_over_years
from orchestration.model_tables.conversion import read_registry, to_frame


def model(dbt, session):
    """The release year of this load; other release years stay as they are."""
    dbt.config(materialized="incremental")
    registry = read_registry(
        survey_years=dbt.ref("survey_years"),
        questions=dbt.ref("questions"),
        case_mix_policies=dbt.ref("case_mix_policies"),
        suppression_policies=dbt.ref("suppression_policies"),
    )
    release_year, data_origin = dbt.ref("dim_release").fetchall()[0]
    complete = f"base_kind = 'case_mix_complete' and group_kind = 'all' and survey_year <= {release_year}"
    cells = to_frame(dbt.ref("int_question_cells").filter(complete))
    return trends_over_years(cells, to_frame(dbt.ref("dim_comparability")), registry, release_year, data_origin)
