"""Patient groups against their reference, crude and adjusted; grain: survey year x question x kind x patient group."""

from orchestration.model_tables.analyses import compare_groups, headline_columns
from orchestration.model_tables.conversion import RebuiltYears, read_registry, to_frame


def model(dbt, session):
    """The survey years that this load rebuilds."""
    dbt.config(materialized="incremental")
    registry = read_registry(
        survey_years=dbt.ref("survey_years"),
        questions=dbt.ref("questions"),
        headline_claims=dbt.ref("headline_claims"),
        demographic_groups=dbt.ref("demographic_groups"),
        organisation_levels=dbt.ref("organisation_levels"),
        case_mix_policies=dbt.ref("case_mix_policies"),
        suppression_policies=dbt.ref("suppression_policies"),
    )
    rebuilt = RebuiltYears.read(dbt.ref("int_rebuilt_years"))
    patterns = rebuilt.of(dbt.ref("int_case_mix_patterns"))
    needed = to_frame(patterns.select(*headline_columns(patterns.columns, registry, rebuilt.years)))
    return compare_groups(needed, registry, rebuilt.years, rebuilt.data_origin)
