"""Scores and response rates with intervals, and shares of response options, from integer cell counts.

Belongs here: one row in, one row out. Does not belong here: adjustment (`adjusted_scores`) and suppression.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from orchestration.statistics import intervals, rounding
from orchestration.statistics.policies import CaseMixPolicy, DisplayPolicy, choose_display
from orchestration.statistics.tables import numbers, question_kinds, require_columns

if TYPE_CHECKING:
    import pandas as pd


def question_scores(
    cells: pd.DataFrame,
    questions: pd.DataFrame,
    policy: CaseMixPolicy,
    display: Iterable[DisplayPolicy],
) -> pd.DataFrame:
    """Unadjusted scores of `int_question_cells`, a row a cell.

    score = positive / base for a scored question (Wilson limits, z = policy.z_unadjusted); mean of 0-10 for the rating
    (mean -+ z sd / sqrt(n), no limits where n < 2 or sd = 0).

    `cells` needs survey_year, question_id, n_base, n_positive, rating_sum, rating_sum_squares; `questions` is the
    registry table (survey_year, question_id, question_kind); `display` holds the table kinds `unadjusted` and `rating`.
    Returns the cell columns and question_kind, score (share 0-1, rating points), ci_lower, ci_upper, standard_deviation
    (rating only), score_printed, ci_lower_printed, ci_upper_printed (percent or points, rounded by policy). A base of 0
    gives NaN. Raises ValueError for a missing column or a question that the registry does not know.
    """
    need = ["survey_year", "question_id", "n_base", "n_positive", "rating_sum", "rating_sum_squares"]
    require_columns(cells, "int_question_cells", need)
    policies = list(display)
    kind = question_kinds(cells, questions)
    rating = kind == "rating"
    n, x = numbers(cells, "n_base"), numbers(cells, "n_positive")
    s1, s2 = numbers(cells, "rating_sum"), numbers(cells, "rating_sum_squares")
    total = np.where(rating, s1, x)
    score = total / np.where(n > 0, n, np.nan)
    deviation = np.where(rating, intervals.standard_deviation(n, s1, s2), np.nan)
    share_limits = intervals.wilson_limits(np.where(rating, np.nan, score), n, policy.z_unadjusted)
    mean_limits = intervals.mean_limits(score, deviation, n, policy.z_unadjusted)
    lower, upper = (np.where(rating, mean, share) for mean, share in zip(mean_limits, share_limits, strict=True))
    shown, shown_rating = choose_display(policies, "unadjusted"), choose_display(policies, "rating")

    def printed(values: np.ndarray) -> np.ndarray:
        return np.where(
            rating, rounding.round_limits(values, 1, shown_rating), rounding.round_limits(values, 100, shown)
        )

    return cells.assign(
        question_kind=kind,
        score=score,
        ci_lower=lower,
        ci_upper=upper,
        standard_deviation=deviation,
        score_printed=np.where(
            rating, rounding.round_ratio(s1, n, 1, shown_rating), rounding.round_ratio(x, n, 100, shown)
        ),
        ci_lower_printed=printed(lower),
        ci_upper_printed=printed(upper),
    )


def option_shares(options: pd.DataFrame) -> pd.DataFrame:
    """Share of each response option among the answers to its question, of `int_support_cells`, a row an option.

    Returns the columns and share = n_answers / n_base (0-1); no answer to the question: NaN. Raises ValueError for a
    missing column.
    """
    require_columns(options, "int_support_cells", ["n_answers", "n_base"])
    base = numbers(options, "n_base")
    return options.assign(share=numbers(options, "n_answers") / np.where(base > 0, base, np.nan))


def response_rates(cells: pd.DataFrame, policy: CaseMixPolicy) -> pd.DataFrame:
    """Response rate = useable returns / eligible people mailed, of `int_response_cells`, a row a cell.

    Who is eligible (returned, opted out after mailing, not known) is settled before, in n_mailed_eligible. Returns the
    cell columns and response_rate, ci_lower, ci_upper (Wilson, z = policy.z_unadjusted). No eligible person: NaN.
    Raises ValueError for a missing column or where more responded than were eligible, naming the first such cell.
    """
    require_columns(cells, "int_response_cells", ["n_mailed_eligible", "n_responded"])
    eligible, responded = numbers(cells, "n_mailed_eligible"), numbers(cells, "n_responded")
    excess = np.flatnonzero(responded > eligible)
    if excess.size:
        first = cells.iloc[int(excess[0])].to_dict()
        raise ValueError(
            f"int_response_cells: n_responded exceeds n_mailed_eligible in {excess.size} cells, first {first}. "
            "Correct outcome_codes (is_mailed_eligible) or the sample file."
        )
    rate = responded / np.where(eligible > 0, eligible, np.nan)
    lower, upper = intervals.wilson_limits(rate, eligible, policy.z_unadjusted)
    return cells.assign(response_rate=rate, ci_lower=lower, ci_upper=upper)
