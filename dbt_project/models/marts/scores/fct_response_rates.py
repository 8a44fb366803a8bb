"""Response rates of every counted cell of people mailed, with interval and status; grain: int_response_cells."""

from orchestration.model_tables.conversion import RebuiltYears, read_registry, to_frame
from orchestration.model_tables.scores import rate_responses


def model(dbt, session):
    """The survey years that this load rebuilds."""
    # An outcome that a later year's registry knows is a column more.
    dbt.config(materialized="incremental", on_schema_change="append_new_columns")
    registry = read_registry(
        survey_years=dbt.ref("survey_years"),
        case_mix_policies=dbt.ref("case_mix_policies"),
        suppression_policies=dbt.ref("suppression_policies"),
    )
    rebuilt = RebuiltYears.read(dbt.ref("int_rebuilt_years"))
    return rate_responses(to_frame(rebuilt.of(dbt.ref("int_response_cells"))), registry)
