"""Answers that case mix loses for want of a covariate; grain: survey year x level x organisation x question."""

from orchestration.model_tables.analysis_tables import lose_answers
from orchestration.model_tables.typed import to_frame


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
    years = session.query("select cells.* from cells semi join rebuilt using (survey_year) where group_kind = 'all'")
    ((data_origin,),) = dbt.ref("int_load").select("data_origin").fetchall()
    return lose_answers(to_frame(years), data_origin)
