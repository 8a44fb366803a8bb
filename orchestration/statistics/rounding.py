"""Rounding for print, half up and in integers, as the display policy of a table says.

Belongs here: what a printed number is. Everything stored stays unrounded; the survey's rounding rules were recovered
from the 2018 release and hold in all of its cells.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchestration.statistics.policies import DisplayPolicy

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

# 10 significant digits below the printed one decide every tie that is a tie in the numbers and not in the float.
_GUARD_DECIMALS = 9


def _half_up(numerator: Integers, denominator: Integers) -> Integers:
    """Quotient rounded half up, in integers; denominators are positive."""
    return (2 * numerator + denominator) // (2 * denominator)


def round_ratio(total: ArrayLike, n_base: ArrayLike, unit: int, policy: DisplayPolicy) -> Floats:
    """`unit` x total / n_base as printed: `unit` 100 for a percentage of counts, 1 for a mean of ratings.

    Rounding is half up, in integers. `once`: to `score_decimals`. `twice`: first to one decimal more, then again, so
    that 86.470 prints 87 (recovered from the 2018 release). `total` and `n_base` are integer counts of one shape; the
    result is in printed units (percent or points), NaN where the base is 0 or missing. ValueError for another rounding.
    """
    if policy.score_rounding not in ("once", "twice"):
        raise ValueError(
            f"score_rounding {policy.score_rounding!r} of table_kind {policy.table_kind!r}: once or twice."
        )
    x, n = np.asarray(total, dtype=np.float64), np.asarray(n_base, dtype=np.float64)
    known = (n > 0) & ~np.isnan(x)
    counts = np.where(known, x, 0).astype(np.int64)
    bases = np.where(known, n, 1).astype(np.int64)
    scale = 10**policy.score_decimals
    if policy.score_rounding == "twice":
        tenths = _half_up(counts * unit * scale * 10, bases)
        steps = (tenths + 5) // 10
    else:
        steps = _half_up(counts * unit * scale, bases)
    return np.where(known, steps / scale, np.nan)


def round_half_up(value: ArrayLike, decimals: int, pre_round_decimals: int | None = None) -> Floats:
    """Float half up to `decimals`, after rounding to `pre_round_decimals` first where given (nine more otherwise).

    The 2018 release rounded its limits to five decimals of a percent before it rounded them for print. Any shape; NaN
    stays NaN. Raises ValueError where the first rounding is not finer than the second.
    """
    finer = decimals + _GUARD_DECIMALS if pre_round_decimals is None else pre_round_decimals
    if finer <= decimals:
        raise ValueError(f"limit_pre_round_decimals {finer} must exceed the decimals printed, {decimals}.")
    values = np.asarray(value, dtype=np.float64)
    known = np.isfinite(values)
    fine = np.rint(np.where(known, values, 0.0) * 10.0**finer).astype(np.int64)
    step = 10 ** (finer - decimals)
    return np.where(known, ((2 * fine + step) // (2 * step)) / 10**decimals, np.nan)


def round_limits(limits: ArrayLike, unit: int, policy: DisplayPolicy) -> Floats:
    """Limits (share or mean) as printed, in percent (`unit` 100) or points (`unit` 1)."""
    scaled = np.asarray(limits, dtype=np.float64) * unit
    return round_half_up(scaled, policy.limit_decimals, policy.limit_pre_round_decimals)


def round_score(score: ArrayLike, unit: int, policy: DisplayPolicy) -> Floats:
    """A score that is no ratio of counts (an adjusted one) as printed: once, half up."""
    return round_half_up(np.asarray(score, dtype=np.float64) * unit, policy.score_decimals)
