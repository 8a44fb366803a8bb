"""Patient groups against their reference, crude and adjusted; grain: survey year x question x kind x patient group."""

from orchestration.model_tables.analysis_tables import compare_groups, measures_of_headlines
from orchestration.model_tables.typed import to_frame


def model(dbt, session):
    """The survey years that this load builds anew."""
    dbt.config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="survey_year",
        tags=["survey_year"],
    )
    rebuilt = dbt.ref("int_rebuilt_years")
    years = [year for (year,) in rebuilt.fetchall()]
    patterns = dbt.ref("int_case_mix_patterns")  # noqa: F841 - named in the query below
    wide = session.query(
        "select survey_year, trust_code, sex, age_group, ethnic_group, imd_quintile, tumour_group, "
        f"{measures_of_headlines(years)} from patterns semi join rebuilt using (survey_year)"
    )
    ((data_origin,),) = dbt.ref("int_load").select("data_origin").fetchall()
    return compare_groups(
        to_frame(wide), to_frame(dbt.ref("questions")), to_frame(dbt.ref("demographic_groups")), years, data_origin
    )
