"""Response rates of every counted cell of people mailed, with interval and status; grain: int_response_cells."""

from orchestration.model_tables.typed import to_frame
from orchestration.model_tables.year_tables import rate_responses


def model(dbt, session):
    """The survey years that this load builds anew."""
    dbt.config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="survey_year",
        tags=["survey_year"],
        on_schema_change="append_new_columns",
    )
    rebuilt = dbt.ref("int_rebuilt_years")  # noqa: F841 - named in the query below
    cells = dbt.ref("int_response_cells")  # noqa: F841
    years = session.query("select cells.* from cells semi join rebuilt using (survey_year)")
    return rate_responses(to_frame(years))
