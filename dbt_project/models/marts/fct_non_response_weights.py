"""Weights against non-response; grain: survey year x age group x sex x tumour group x deprivation."""

from orchestration.model_tables.analysis_tables import weight_cells
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
    cells = dbt.ref("int_response_weight_cells")  # noqa: F841
    ((data_origin,),) = dbt.ref("int_load").select("data_origin").fetchall()
    # In order, because sums of fractions depend on it in their last digits.
    years = session.query("select cells.* from cells semi join rebuilt using (survey_year) order by all")
    return weight_cells(to_frame(years), data_origin)
