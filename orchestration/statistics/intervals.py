"""Confidence intervals of shares, means and differences, on whole arrays.

Belongs here: intervals from counts. Does not belong here: rounding for print (`rounding`) and expected ranges
(`case_mix.between_organisations`). Respondents are treated as a random sample although the survey is a census of three
months with non-response: every page that prints an interval says so.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]
Limits = tuple[Floats, Floats]


def wilson_limits(share: ArrayLike, n_base: ArrayLike, z: float) -> Limits:
    """Wilson score limits of a share (Wilson 1927), without continuity correction.

    (p + z2/2n -+ z sqrt(p (1 - p)/n + z2/4n2)) / (1 + z2/n). `share` 0-1 and `n_base` broadcast to one shape; `share`
    need not be a count over `n_base` (adjusted scores are not). Returns lower, upper within 0-1; NaN where the base is
    0 or anything is NaN.
    """
    p, n = np.broadcast_arrays(np.asarray(share, dtype=np.float64), np.asarray(n_base, dtype=np.float64))
    n = np.where(n > 0, n, np.nan)
    centre = p + z * z / (2 * n)
    half = z * np.sqrt(np.maximum(p * (1 - p) / n + z * z / (4 * n * n), 0.0))
    scale = 1 + z * z / n
    # At p = 0 and p = 1 the limit is exact; the subtraction would leave 1e-17 there.
    lower = np.where(p == 0, np.where(np.isnan(n), np.nan, 0.0), (centre - half) / scale)
    upper = np.where(p == 1, np.where(np.isnan(n), np.nan, 1.0), (centre + half) / scale)
    return np.clip(lower, 0.0, 1.0), np.clip(upper, 0.0, 1.0)


def standard_deviation(n_base: ArrayLike, total: ArrayLike, total_squares: ArrayLike) -> Floats:
    """Sample standard deviation (divisor n - 1) from n, sum and sum of squares; NaN where n < 2.

    With integer sums the numerator n S2 - S1^2 is exact, so a constant answer gives exactly 0.
    """
    n, s1, s2 = (np.asarray(values, dtype=np.float64) for values in (n_base, total, total_squares))
    divisor = np.where(n > 1, n * (n - 1), np.nan)
    return np.asarray(np.sqrt(np.maximum(n * s2 - s1 * s1, 0.0) / divisor))


def mean_limits(mean: ArrayLike, deviation: ArrayLike, n_base: ArrayLike, z: float) -> Limits:
    """Limits of a mean: mean -+ z sd / sqrt(n). NaN where n < 2 or the standard deviation is 0 (no interval then)."""
    m, sd, n = (np.asarray(values, dtype=np.float64) for values in (mean, deviation, n_base))
    usable = (n > 1) & (sd > 0)
    half = z * np.where(usable, sd, np.nan) / np.sqrt(np.where(usable, n, np.nan))
    return m - half, m + half


def newcombe_limits(p_from: ArrayLike, n_from: ArrayLike, p_to: ArrayLike, n_to: ArrayLike, z: float) -> Limits:
    """Limits of the difference `p_to - p_from` of independent shares: hybrid score interval (Newcombe 1998, method 10).

    All arguments broadcast to one shape. Returns lower, upper (-1 to 1); NaN where either base is 0.
    """
    p1, p2 = np.asarray(p_from, dtype=np.float64), np.asarray(p_to, dtype=np.float64)
    lower1, upper1 = wilson_limits(p1, n_from, z)
    lower2, upper2 = wilson_limits(p2, n_to, z)
    difference = p2 - p1
    return (
        np.asarray(difference - np.hypot(p2 - lower2, upper1 - p1)),
        np.asarray(difference + np.hypot(upper2 - p2, p1 - lower1)),
    )
