"""Scores of every counted cell, with interval, printed values and status; grain: a cell of int_question_cells."""

from orchestration.model_tables.conversion import RebuiltYears, read_registry, to_frame
from orchestration.model_tables.scores import score_cells


def model(dbt, session):
    """The survey years that this load rebuilds."""
    dbt.config(materialized="incremental")
    registry = read_registry(
        survey_years=dbt.ref("survey_years"),
        questions=dbt.ref("questions"),
        case_mix_policies=dbt.ref("case_mix_policies"),
        display_policies=dbt.ref("display_policies"),
        suppression_policies=dbt.ref("suppression_policies"),
    )
    rebuilt = RebuiltYears.read(dbt.ref("int_rebuilt_years"))
    return score_cells(to_frame(rebuilt.of(dbt.ref("int_question_cells"))), registry)
