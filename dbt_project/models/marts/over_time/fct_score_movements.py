"""Movement of every score since the survey year before; grain: survey year x level x organisation x question."""

from orchestration.model_tables.change import movements_over_years
from orchestration.model_tables.conversion import read_registry, to_frame


def model(dbt, session):
    """All loaded survey years: what is usual of a year follows from all years before it."""
    registry = read_registry(questions=dbt.ref("questions"))
    _, data_origin = dbt.ref("dim_release").fetchall()[0]
    complete = "base_kind = 'case_mix_complete' and group_kind = 'all'"
    return movements_over_years(to_frame(dbt.ref("int_question_cells").filter(complete)), registry, data_origin)
