"""Case-mix models with what they give; grain: survey year x level x question, three tables nested in each row."""

from orchestration.model_tables.case_mix import fit_case_mix
from orchestration.model_tables.conversion import RebuiltYears, read_registry, to_frame


def model(dbt, session):
    """The survey years that this load rebuilds."""
    dbt.config(materialized="incremental")
    registry = read_registry(
        survey_years=dbt.ref("survey_years"),
        questions=dbt.ref("questions"),
        demographic_groups=dbt.ref("demographic_groups"),
        publication_cells=dbt.ref("publication_cells"),
        case_mix_policies=dbt.ref("case_mix_policies"),
        display_policies=dbt.ref("display_policies"),
        suppression_policies=dbt.ref("suppression_policies"),
    )
    rebuilt = RebuiltYears.read(dbt.ref("int_rebuilt_years"))
    patterns = to_frame(rebuilt.of(dbt.ref("int_case_mix_patterns")))
    organisations = to_frame(rebuilt.of(dbt.ref("int_organisations")))
    return fit_case_mix(patterns, organisations, registry, rebuilt.data_origin)
