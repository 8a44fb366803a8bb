"""Calibration of the headline questions' models; grain: survey year x level x question x model x decile."""

from orchestration.model_tables.analyses import calibrate_headlines, headline_columns
from orchestration.model_tables.conversion import RebuiltYears, read_registry, to_frame


def model(dbt, session):
    """The survey years that this load rebuilds."""
    dbt.config(materialized="incremental")
    registry = read_registry(
        survey_years=dbt.ref("survey_years"),
        questions=dbt.ref("questions"),
        headline_claims=dbt.ref("headline_claims"),
        organisation_levels=dbt.ref("organisation_levels"),
        case_mix_policies=dbt.ref("case_mix_policies"),
    )
    rebuilt = RebuiltYears.read(dbt.ref("int_rebuilt_years"))
    patterns = rebuilt.of(dbt.ref("int_case_mix_patterns"))
    needed = to_frame(patterns.select(*headline_columns(patterns.columns, registry, rebuilt.years)))
    return calibrate_headlines(needed, registry, rebuilt.years, rebuilt.data_origin)
