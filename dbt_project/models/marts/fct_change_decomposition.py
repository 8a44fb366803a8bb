"""Mix of patients against scores within groups; grain: release year x level x organisation x concept x kind x year."""

from orchestration.model_tables.analysis_tables import decompose_over_years
from orchestration.model_tables.typed import to_frame


def model(dbt, session):
    """The release year of this load; other release years stand as they are."""
    dbt.config(
        materialized="incremental",
        incremental_strategy="delete+insert",
        unique_key="release_year",
        tags=["cross_year"],
    )
    release_year, data_origin = dbt.ref("int_load").fetchall()[0]
    cells = dbt.ref("int_question_cells")  # noqa: F841 - named in the query below
    groups = session.query(
        "from cells where level = 'national' and group_kind <> 'all' and base_kind = 'all_answers' "
        f"and survey_year <= {release_year}"
    )
    return decompose_over_years(
        to_frame(groups),
        to_frame(dbt.ref("questions")),
        to_frame(dbt.ref("int_comparability")),
        release_year,
        data_origin,
    )
