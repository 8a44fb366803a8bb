"""How far adjusted scores and bands depend on a choice: the same year under two policies."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestration.statistics.case_mix.adjusted_scores import adjusted_scores
from orchestration.statistics.policies import CaseMixPolicy

if TYPE_CHECKING:
    import pandas as pd

KEYS = ["survey_year", "level", "organisation_code", "question_id"]
MEASURES = ["n_base", "adjusted_score", "band"]


def compare_policies(
    patterns: pd.DataFrame, questions: pd.DataFrame, levels: Sequence[str], policy: CaseMixPolicy, other: CaseMixPolicy
) -> pd.DataFrame:
    """Adjusted scores of one survey year under two policies, a row a level x organisation x question.

    For instance complete cases against a category of their own for people with an unknown covariate (`patterns` must
    then hold those people, with null covariates), one method against another, or over-dispersion published against
    corrected. Arguments as of `adjusted_scores`. Returns KEYS, n_base, adjusted_score, band and the same with suffix
    _other, difference (other less first; share or points) and has_other_band.
    """
    tables = [adjusted_scores(patterns, questions, levels, choice)[0] for choice in (policy, other)]
    table = tables[0][[*KEYS, *MEASURES]].merge(
        tables[1][[*KEYS, *MEASURES]], on=KEYS, how="outer", suffixes=("", "_other")
    )
    bands = table[["band", "band_other"]].fillna("")
    return table.assign(
        difference=table["adjusted_score_other"] - table["adjusted_score"],
        has_other_band=(bands["band"] != bands["band_other"]).to_numpy(),
    )
