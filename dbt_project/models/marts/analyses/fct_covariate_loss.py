"""Answers that case mix loses for want of a covariate; grain: survey year x level x organisation x question."""

from orchestration.model_tables.analyses import lose_answers
from orchestration.model_tables.conversion import RebuiltYears, read_registry, to_frame


def model(dbt, session):
    """The survey years that this load rebuilds."""
    dbt.config(materialized="incremental")
    registry = read_registry(survey_years=dbt.ref("survey_years"), suppression_policies=dbt.ref("suppression_policies"))
    rebuilt = RebuiltYears.read(dbt.ref("int_rebuilt_years"))
    cells = rebuilt.of(dbt.ref("int_question_cells")).filter("group_kind = 'all'")
    return lose_answers(to_frame(cells), registry, rebuilt.data_origin)
