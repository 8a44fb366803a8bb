"""Scores and rates of a survey year's cells, with the policies of the year and the status of what is published."""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.disclosure.status import base_status, cell_status, option_status
from orchestration.model_tables.conversion import by_year, frame_of, to_arrow
from orchestration.registry import Question, Registry
from orchestration.statistics.scores import option_shares, question_scores, response_rates

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def score_cells(cells: pd.DataFrame, registry: Registry) -> pa.Table:
    """`int_question_cells` of any years with score, interval, printed values and status."""
    questions = frame_of(registry.questions, Question)

    def of_year(year: int, rows: pd.DataFrame) -> pd.DataFrame:
        scores = question_scores(rows, questions, registry.case_mix_policy_of(year), registry.display_policies_of(year))
        given = scores.assign(score_is_estimable=scores["score"].notna())
        return scores.assign(status=cell_status(given, registry.suppression_policy_of(year)))

    return to_arrow(by_year(cells, of_year))


def rate_responses(cells: pd.DataFrame, registry: Registry) -> pa.Table:
    """`int_response_cells` of any years with response rate, interval and status."""

    def of_year(year: int, rows: pd.DataFrame) -> pd.DataFrame:
        rates = response_rates(rows, registry.case_mix_policy_of(year))
        policy = registry.suppression_policy_of(year)
        return rates.assign(status=base_status(rates["n_mailed_eligible"], rates["response_rate"].notna(), policy))

    return to_arrow(by_year(cells, of_year))


def share_options(cells: pd.DataFrame, registry: Registry) -> pa.Table:
    """`int_support_cells` of any years with the share of each option and status."""

    def of_year(year: int, rows: pd.DataFrame) -> pd.DataFrame:
        return option_shares(rows).assign(status=option_status(rows, registry.suppression_policy_of(year)))

    return to_arrow(by_year(cells, of_year))
