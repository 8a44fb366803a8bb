"""Trend of every score over comparable years; grain: release year x level x organisation x question."""

from orchestration.model_tables.cross_year_tables import trends_over_years
from orchestration.model_tables.typed import to_frame


def model(dbt, session):
    """The release year of this load; other release years stand as they are."""
    dbt.config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="release_year",
        tags=["cross_year"],
    )
    release_year, data_origin = dbt.ref("int_load").fetchall()[0]
    cells = dbt.ref("int_question_cells")  # noqa: F841 - named in the query below
    complete = session.query(
        f"from cells where base_kind = 'case_mix_complete' and group_kind = 'all' and survey_year <= {release_year}"
    )
    return trends_over_years(
        to_frame(complete),
        to_frame(dbt.ref("questions")),
        to_frame(dbt.ref("int_comparability")),
        release_year,
        data_origin,
    )
