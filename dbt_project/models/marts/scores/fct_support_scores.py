"""Shares of the options of the support questions, with status; grain: an option of int_support_cells."""

from orchestration.model_tables.conversion import RebuiltYears, read_registry, to_frame
from orchestration.model_tables.scores import share_options


def model(dbt, session):
    """The survey years that this load rebuilds."""
    dbt.config(materialized="incremental")
    registry = read_registry(survey_years=dbt.ref("survey_years"), suppression_policies=dbt.ref("suppression_policies"))
    rebuilt = RebuiltYears.read(dbt.ref("int_rebuilt_years"))
    return share_options(to_frame(rebuilt.of(dbt.ref("int_support_cells"))), registry)
