"""Inequality over deprivation: slope and relative index.

Belongs here: indices over ordered groups. Differences between single groups are in `group_differences`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchestration.statistics.tables import numbers, question_kinds, require_columns

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

QUINTILES = ("1", "2", "3", "4", "5")
KEYS = ["survey_year", "level", "organisation_code", "question_id"]


@dataclass(frozen=True)
class SlopeIndex:
    """Indices of each row, shape (rows,); NaN where a group is empty."""

    slope: Floats
    slope_error: Floats
    relative: Floats
    relative_error: Floats


def slope_index(score: ArrayLike, n_base: ArrayLike, variance: ArrayLike) -> SlopeIndex:
    """Slope index fitted(1) - fitted(0) and relative index fitted(1) / fitted(0) over ordered groups.

    Ridit = midpoint of the cumulative share of the base (0 most deprived, 1 least); least squares of score on ridit,
    weighted by base share (Mackenbach and Kunst 1997). Errors are analytic: the estimates are linear in the scores (the
    ratio by the delta method), the scores independent with `variance`, the shares fixed. All arguments (rows, groups),
    groups from most to least deprived; NaN where a group has no answers, the ratio also where fitted(0) <= 0.
    """
    s, n, v = (np.asarray(values, dtype=np.float64) for values in (score, n_base, variance))
    whole = np.asarray((n > 0).all(axis=1))
    share = np.where(whole[:, None], n, np.nan) / np.where(whole, n.sum(axis=1), np.nan)[:, None]
    ridit = share.cumsum(axis=1) - share / 2
    middle = (share * ridit).sum(axis=1, keepdims=True)
    square = (share * (ridit - middle) ** 2).sum(axis=1, keepdims=True)
    for_slope = share * (ridit - middle) / square
    for_start = share - for_slope * middle
    slope, start = (for_slope * s).sum(axis=1), (for_start * s).sum(axis=1)
    start = np.where(start > 0, start, np.nan)
    for_ratio = for_slope / start[:, None] - (slope / start**2)[:, None] * for_start
    return SlopeIndex(
        slope=slope,
        slope_error=np.sqrt((for_slope**2 * v).sum(axis=1)),
        relative=(start + slope) / start,
        relative_error=np.sqrt((for_ratio**2 * v).sum(axis=1)),
    )


def deprivation_indices(cells: pd.DataFrame, questions: pd.DataFrame, *, z: float, minimum_base: int) -> pd.DataFrame:
    """Slope and relative index of every score over deprivation quintiles, a row a score of all patients.

    `cells`: int_question_cells, of which group_kind imd_quintile on all answers is used; quintile 1 is the most
    deprived. Returns the keys, n_base, n_base_smallest, slope_index (share or points), slope_error, slope_lower,
    slope_upper, relative_index, relative_error, relative_lower, relative_upper, status: `not_estimable` without numbers
    where a quintile has fewer than `minimum_base` answers, `no_answers` where one is empty. Raises ValueError for a
    missing column.
    """
    import pandas as pd

    need = [*KEYS, "group_kind", "group_code", "base_kind", "n_base", "n_positive", "rating_sum", "rating_sum_squares"]
    require_columns(cells, "int_question_cells", need)
    rows = cells[(cells["group_kind"] == "imd_quintile") & (cells["base_kind"] == "all_answers")]
    rows = rows[rows["group_code"].astype(str).isin(QUINTILES)]
    rating = question_kinds(rows, questions) == "rating"
    n = np.where(numbers(rows, "n_base") > 0, numbers(rows, "n_base"), np.nan)
    score = np.where(rating, numbers(rows, "rating_sum"), numbers(rows, "n_positive")) / n
    spread = np.where(rating, numbers(rows, "rating_sum_squares") / n - score**2, score * (1 - score))
    long = rows[KEYS].assign(group=rows["group_code"].astype(str), n=numbers(rows, "n_base"), s=score, v=spread / n)
    wide = long.pivot(index=KEYS, columns="group", values=["n", "s", "v"])
    full = wide.reindex(columns=pd.MultiIndex.from_product([["n", "s", "v"], QUINTILES])).to_numpy(dtype=np.float64)
    grids = np.split(full, 3, axis=1)
    base = np.nan_to_num(grids[0])
    index = slope_index(grids[1], base, grids[2])
    smallest = base.min(axis=1)
    given = smallest >= max(minimum_base, 1)

    def shown(values: Floats) -> Floats:
        return np.where(given, values, np.nan)

    table = wide.index.to_frame(index=False).assign(
        n_base=base.sum(axis=1).astype(np.int64),
        n_base_smallest=smallest.astype(np.int64),
        slope_index=shown(index.slope),
        slope_error=shown(index.slope_error),
        slope_lower=shown(index.slope - z * index.slope_error),
        slope_upper=shown(index.slope + z * index.slope_error),
        relative_index=shown(index.relative),
        relative_error=shown(index.relative_error),
        relative_lower=shown(index.relative - z * index.relative_error),
        relative_upper=shown(index.relative + z * index.relative_error),
    )
    return table.assign(status=np.where(given, "published", np.where(smallest > 0, "not_estimable", "no_answers")))
