"""Weights against non-response, as an analysis beside the unweighted results: never the headline.

Belongs here: weighting cells, weights, what they would move. Who was eligible and who responded comes from the sample.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.tables import numbers, require_columns

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

CELL_COLUMNS = ["age_group", "sex", "tumour_group", "imd_quintile"]
MINIMUM_RESPONDENTS = 30
TRIM_FACTOR = 3.0
YOUNGER = ("16-24", "25-34", "35-44", "45-54", "55-64")
_UNKNOWN = "unknown"
_ANY = "any"


@dataclass(frozen=True)
class ResponseWeights:
    """Weights by cell of CELL_COLUMNS, and what they do to precision."""

    cells: pd.DataFrame
    """CELL_COLUMNS, n_eligible, n_responded, weighting_cell, weight (NaN where nobody responded)."""
    coefficient_of_variation: float
    design_effect: float
    """1 + cv^2 (Kish): the factor by which unequal weights raise the variance."""
    n_unrepresented: int
    """Eligible people of tumour groups in which nobody responded."""


def _merge_small(key: pd.Series, wider: pd.Series, responded: Floats) -> pd.Series:
    """Cells with fewer than MINIMUM_RESPONDENTS take the wider key; the others keep theirs."""
    total = _sums(key, responded)
    return key.where(total >= MINIMUM_RESPONDENTS, wider)


def _sums(key: pd.Series, values: Floats) -> NDArray[np.float64]:
    """Sum of `values` over each row's key."""
    import pandas as pd

    return pd.Series(values, index=key.index).groupby(key).transform("sum").to_numpy(dtype=np.float64)


def _keys(cells: pd.DataFrame) -> list[pd.Series]:
    """Keys from the finest to the coarsest: without deprivation, with two ages, without sex, the tumour group alone."""
    known = cells[CELL_COLUMNS].astype("object").where(cells[CELL_COLUMNS].notna(), _UNKNOWN).astype(str)
    age, sex, tumour, imd = (known[name] for name in CELL_COLUMNS)
    coarse = age.where(~age.isin(YOUNGER), "under 65").where(age.isin([*YOUNGER, _UNKNOWN]), "65+")

    def join(*parts: pd.Series | str) -> pd.Series:
        text = tumour + ""
        for part in parts:
            text = text + "/" + part
        return text

    return [join(age, sex, imd), join(age, sex, _ANY), join(coarse, sex, _ANY), join(coarse, _ANY, _ANY), tumour]


def weight_responses(counts: pd.DataFrame) -> ResponseWeights:
    """Weights eligible / responded by age x sex x tumour group x deprivation.

    Cells with fewer than MINIMUM_RESPONDENTS are merged with similar ones: without deprivation first, then ages under
    65 and 65+, then without sex, at last what is left of the tumour group. Weights are trimmed to [1/3, 3] x their mean
    over respondents and rescaled to sum to the respondents. `counts`: CELL_COLUMNS (null = unknown), n_eligible,
    n_responded, a row a cell of one survey year. Raises ValueError for a missing column or where more responded than
    were eligible.
    """
    require_columns(counts, "counts of the sample", [*CELL_COLUMNS, "n_eligible", "n_responded"])
    eligible, responded = numbers(counts, "n_eligible"), numbers(counts, "n_responded")
    if (responded > eligible).any():
        first = counts.iloc[int(np.flatnonzero(responded > eligible)[0])].to_dict()
        raise ValueError(f"More responded than were eligible, first {first}: check the outcome codes of the sample.")
    keys = _keys(counts)
    key = keys[0]
    for wider in keys[1:]:
        key = _merge_small(key, wider, responded)
    in_cell = _sums(key, responded)
    raw = np.where(in_cell > 0, _sums(key, eligible) / np.where(in_cell > 0, in_cell, 1.0), np.nan)
    n = responded.sum()
    used = responded > 0
    mean = float((responded[used] * raw[used]).sum() / n) if n else np.nan
    trimmed = np.clip(raw, mean / TRIM_FACTOR, mean * TRIM_FACTOR)
    weight = trimmed * n / (responded[used] * trimmed[used]).sum() if n else raw
    spread = float((responded[used] * (weight[used] - 1) ** 2).sum() / n) if n else np.nan
    table = counts[[*CELL_COLUMNS, "n_eligible", "n_responded"]].assign(
        weighting_cell=key.to_numpy(), weight=np.where(used, weight, np.nan)
    )
    return ResponseWeights(table, float(np.sqrt(spread)), 1 + spread, int(eligible[in_cell == 0].sum()))


def weighted_scores(
    weights: ResponseWeights,
    patterns: pd.DataFrame,
    question_ids: Sequence[str],
    *,
    ratings: Sequence[str] = (),
    n_respondents: int | None = None,
    z: float = 1.959963984540054,
) -> pd.DataFrame:
    """Weighted beside unweighted national scores: how far each headline would move.

    `patterns`: int_case_mix_patterns of the year (CELL_COLUMNS, n_<q>, p_<q>, s_<rating>). The difference is
    linearised: u_i = w_i (y_i - y_w) / sum w - (y_i - y) / n, se = sqrt(sum u_i^2), respondents as if random. Returns
    question_id, n_base, score, weighted_score, difference, standard_error, ci_lower, ci_upper, design_effect (of these
    answers) and people_moved = difference x `n_respondents` (null for ratings). A pattern without a weighting cell has
    weight 1.
    """
    import pandas as pd

    joined = patterns.merge(weights.cells[[*CELL_COLUMNS, "weight"]], on=CELL_COLUMNS, how="left")
    w = np.nan_to_num(numbers(joined, "weight"), nan=1.0)
    rows = []
    for name in question_ids:
        n, total = numbers(joined, f"n_{name}"), numbers(joined, f"p_{name}")
        squares = numbers(joined, f"s_{name}") if name in ratings else total
        base, weight_sum = n.sum(), (w * n).sum()
        if not base:
            continue
        plain, weighted = total.sum() / base, (w * total).sum() / weight_sum
        slope = w / weight_sum - 1 / base
        start = plain / base - w * weighted / weight_sum
        variance = (slope**2 * squares + 2 * slope * start * total + start**2 * n).sum()
        error, difference = float(np.sqrt(variance)), weighted - plain
        rows.append(
            {
                "question_id": name,
                "n_base": int(base),
                "score": plain,
                "weighted_score": weighted,
                "difference": difference,
                "standard_error": error,
                "ci_lower": difference - z * error,
                "ci_upper": difference + z * error,
                "design_effect": base * (w**2 * n).sum() / weight_sum**2,
                "people_moved": np.nan if name in ratings or n_respondents is None else difference * n_respondents,
            }
        )
    return pd.DataFrame(rows)
