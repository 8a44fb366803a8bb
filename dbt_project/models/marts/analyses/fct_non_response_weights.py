"""Weights against non-response; grain: survey year x age group x sex x tumour group x deprivation."""

from orchestration.model_tables.analyses import weight_cells
from orchestration.model_tables.conversion import RebuiltYears, to_frame


def model(dbt, session):
    """The survey years that this load rebuilds."""
    dbt.config(materialized="incremental")
    rebuilt = RebuiltYears.read(dbt.ref("int_rebuilt_years"))
    # In order, because sums of fractions depend on it in their last digits.
    counts = rebuilt.of(dbt.ref("int_response_weight_cells")).order("all")
    return weight_cells(to_frame(counts), rebuilt.data_origin)
