"""Mix of patients against scores within groups; grain: release year x level x organisation x concept x kind x year."""

from orchestration.model_tables.change import decompose_over_years
from orchestration.model_tables.conversion import read_registry, to_frame


def model(dbt, session):
    """The release year of this load; other release years stay as they are."""
    dbt.config(materialized="incremental")
    registry = read_registry(
        survey_years=dbt.ref("survey_years"),
        questions=dbt.ref("questions"),
        suppression_policies=dbt.ref("suppression_policies"),
    )
    release_year, data_origin = dbt.ref("dim_release").fetchall()[0]
    groups = "level = 'national' and group_kind <> 'all' and base_kind = 'all_answers'"
    cells = to_frame(dbt.ref("int_question_cells").filter(f"{groups} and survey_year <= {release_year}"))
    return decompose_over_years(cells, to_frame(dbt.ref("dim_comparability")), registry, release_year, data_origin)
