"""Item non-response: questions left blank by those who were asked, and answers lost to missing covariates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orchestration.statistics import intervals
from orchestration.statistics.policies import CaseMixPolicy
from orchestration.statistics.tables import numbers, require_columns

if TYPE_CHECKING:
    import pandas as pd

LOSS_KEYS = ["survey_year", "level", "organisation_code", "question_id"]


def item_non_response(counts: pd.DataFrame, policy: CaseMixPolicy) -> pd.DataFrame:
    """Share of the people asked who left a question blank, a row a row of `counts`.

    `counts` needs n_asked (respondents whom routing did not send past the question) and n_missing (blank or the missing
    code); any other key columns are kept. Returns the same with item_non_response_rate, ci_lower, ci_upper (Wilson, z =
    policy.z_unadjusted); nobody asked: NaN. Raises ValueError for a missing column or more missing than asked.
    """
    require_columns(counts, "item non-response counts", ["n_asked", "n_missing"])
    asked, missing = numbers(counts, "n_asked"), numbers(counts, "n_missing")
    if (missing > asked).any():
        first = counts.iloc[int(np.flatnonzero(missing > asked)[0])].to_dict()
        raise ValueError(f"More answers missing than people asked, first {first}: check routing_rules.csv.")
    rate = missing / np.where(asked > 0, asked, np.nan)
    lower, upper = intervals.wilson_limits(rate, asked, policy.z_unadjusted)
    return counts.assign(item_non_response_rate=rate, ci_lower=lower, ci_upper=upper)


def covariate_loss(cells: pd.DataFrame) -> pd.DataFrame:
    """Answers lost to case mix because a covariate is missing, a row a year x level x organisation x question.

    `cells`: int_question_cells with both bases of all patients. Returns the keys, n_all_answers, n_complete, n_lost,
    share_lost (NaN where there are no answers), share_of_level: the organisation's part of its level's loss. Raises
    ValueError for a missing column.
    """
    require_columns(cells, "int_question_cells", [*LOSS_KEYS, "group_kind", "base_kind", "n_base"])
    whole = cells[cells["group_kind"] == "all"]
    wide = whole.pivot(index=LOSS_KEYS, columns="base_kind", values="n_base")
    wide = wide.reindex(columns=["all_answers", "case_mix_complete"]).dropna().astype("float64").reset_index()
    answers, complete = numbers(wide, "all_answers"), numbers(wide, "case_mix_complete")
    lost = answers - complete
    table = wide[LOSS_KEYS].assign(
        n_all_answers=answers.astype(np.int64),
        n_complete=complete.astype(np.int64),
        n_lost=lost.astype(np.int64),
        share_lost=lost / np.where(answers > 0, answers, np.nan),
    )
    total = table.groupby(["survey_year", "level", "question_id"])["n_lost"].transform("sum").to_numpy(dtype=np.float64)
    return table.assign(share_of_level=lost / np.where(total > 0, total, np.nan))
