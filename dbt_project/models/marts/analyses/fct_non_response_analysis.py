"""How far weights against non-response would move each national score; grain: survey year x question."""

from orchestration.model_tables.analyses import weigh_scores
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
    # In order, because sums of fractions depend on it in their last digits.
    counts = rebuilt.of(dbt.ref("int_response_weight_cells")).order("all")
    keys = "survey_year, age_group, sex, tumour_group, imd_quintile"
    patterns = rebuilt.of(dbt.ref("int_case_mix_patterns"))
    summed = patterns.aggregate(rf"{keys}, sum(columns('^([nps]_q[0-9]+)$')) as '\1'", keys).order("all")
    return weigh_scores(to_frame(counts), to_frame(summed), registry, rebuilt.data_origin)
