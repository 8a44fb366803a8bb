"""Scores of every counted cell, with interval, printed values and status; grain: a cell of int_question_cells."""

from orchestration.model_tables.typed import to_frame
from orchestration.model_tables.year_tables import score_cells


def model(dbt, session):
    """The survey years that this load builds anew."""
    dbt.config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="survey_year",
        tags=["survey_year"],
    )
    rebuilt = dbt.ref("int_rebuilt_years")  # noqa: F841 - named in the query below
    cells = dbt.ref("int_question_cells")  # noqa: F841
    years = session.query("select cells.* from cells semi join rebuilt using (survey_year)")
    return score_cells(to_frame(years), to_frame(dbt.ref("questions")))
