"""Case-mix models with what they give; grain: survey year x level x question, three tables nested in each row."""

from orchestration.model_tables.typed import to_frame
from orchestration.model_tables.year_tables import fit_case_mix


def model(dbt, session):
    """The survey years that this load builds anew."""
    dbt.config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="survey_year",
        tags=["survey_year"],
    )
    rebuilt = dbt.ref("int_rebuilt_years")  # noqa: F841 - named in the queries below
    patterns = dbt.ref("int_case_mix_patterns")  # noqa: F841
    organisations = dbt.ref("int_organisations")  # noqa: F841
    return fit_case_mix(
        to_frame(session.query("select patterns.* from patterns semi join rebuilt using (survey_year)")),
        to_frame(dbt.ref("questions")),
        to_frame(session.query("select organisations.* from organisations semi join rebuilt using (survey_year)")),
        to_frame(dbt.ref("demographic_groups")),
    )
