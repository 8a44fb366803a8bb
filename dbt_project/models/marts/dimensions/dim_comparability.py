"""What may be compared with what; grain: a concept x an ordered pair of survey years up to the release year."""

from orchestration.model_tables.change import compare_years
from orchestration.model_tables.conversion import read_registry


def model(dbt, session):
    """All pairs of registry years up to the release year; pairs with a year that is not loaded say so."""
    registry = read_registry(survey_years=dbt.ref("survey_years"), questions=dbt.ref("questions"))
    release_year, data_origin = dbt.ref("dim_release").fetchall()[0]
    loaded = {year for (year,) in dbt.ref("int_organisations").select("survey_year").distinct().fetchall()}
    return compare_years(registry, release_year, loaded, data_origin)
