"""Questions left blank by those who were asked; grain: survey year x level x organisation x question."""

from orchestration.model_tables.analyses import rate_blanks
from orchestration.model_tables.conversion import RebuiltYears, read_registry, to_frame


def model(dbt, session):
    """The survey years that this load rebuilds."""
    dbt.config(materialized="incremental")
    registry = read_registry(
        survey_years=dbt.ref("survey_years"),
        case_mix_policies=dbt.ref("case_mix_policies"),
        suppression_policies=dbt.ref("suppression_policies"),
    )
    rebuilt = RebuiltYears.read(dbt.ref("int_rebuilt_years"))
    return rate_blanks(to_frame(rebuilt.of(dbt.ref("int_item_non_response_cells"))), registry)
