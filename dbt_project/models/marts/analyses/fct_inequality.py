"""Slope and relative index over deprivation; grain: survey year x level x organisation x question."""

from orchestration.model_tables.analyses import index_deprivation
from orchestration.model_tables.conversion import RebuiltYears, read_registry, to_frame


def model(dbt, session):
    """The survey years that this load rebuilds."""
    dbt.config(materialized="incremental")
    registry = read_registry(
        survey_years=dbt.ref("survey_years"),
        questions=dbt.ref("questions"),
        case_mix_policies=dbt.ref("case_mix_policies"),
        suppression_policies=dbt.ref("suppression_policies"),
    )
    rebuilt = RebuiltYears.read(dbt.ref("int_rebuilt_years"))
    cells = rebuilt.of(dbt.ref("int_question_cells")).filter("group_kind = 'imd_quintile'")
    return index_deprivation(to_frame(cells), registry, rebuilt.data_origin)
