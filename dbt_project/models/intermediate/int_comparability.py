"""What may be compared with what; grain: a concept x an ordered pair of survey years up to the release year."""

from orchestration.model_tables.cross_year_tables import compare_all_years


def model(dbt, session):
    """All pairs of registry years up to the release year, also those that are not loaded: they are said to be so."""
    dbt.config(materialized="table", tags=["cross_year"])
    release_year = dbt.ref("int_load").fetchall()[0][0]
    loaded = dbt.ref("int_organisations").select("survey_year").distinct().fetchall()
    dbt.ref("questions")
    return compare_all_years(release_year, {year for (year,) in loaded})
