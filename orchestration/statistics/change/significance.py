"""Tests of change on arrays: two proportions, two means, trends, and the correction for many tests.

Belongs here: statistics of differences. Does not belong here: which years may be compared (the registry says) and
tables (`year_on_year`, `trends`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Test:
    """Statistic and two-sided p of each comparison; NaN where it cannot be made."""

    statistic: Floats
    p_value: Floats


def two_sided_p(z: Floats) -> Floats:
    """Two-sided p of standard normal statistics, any shape; NaN stays NaN."""
    from scipy.special import ndtr

    return np.asarray(2 * ndtr(-np.abs(z)))


def compare_shares(n_positive_from: ArrayLike, n_from: ArrayLike, n_positive_to: ArrayLike, n_to: ArrayLike) -> Test:
    """Score test of two independent shares, pooled variance, no continuity correction (R: prop.test, correct = FALSE).

    z = (p2 - p1) / sqrt(p (1 - p) (1/n1 + 1/n2)), p pooled. All answers positive, or none, in both: z 0 and p 1. A base
    of 0: NaN. Counts broadcast to one shape.
    """
    counts = (n_positive_from, n_from, n_positive_to, n_to)
    x1, n1, x2, n2 = (np.asarray(values, dtype=np.float64) for values in counts)
    n1, n2 = np.where(n1 > 0, n1, np.nan), np.where(n2 > 0, n2, np.nan)
    pooled = (x1 + x2) / (n1 + n2)
    variance = pooled * (1 - pooled) * (1 / n1 + 1 / n2)
    z = np.where(variance == 0, 0.0, (x2 / n2 - x1 / n1) / np.sqrt(np.where(variance > 0, variance, 1.0)))
    z = np.where(np.isnan(variance), np.nan, z)
    return Test(z, two_sided_p(z))


@dataclass(frozen=True)
class WelchTest:
    """Welch's test with the limits of the difference."""

    statistic: Floats
    p_value: Floats
    degrees_of_freedom: Floats
    lower: Floats
    upper: Floats


def compare_means(
    mean_from: ArrayLike,
    deviation_from: ArrayLike,
    n_from: ArrayLike,
    mean_to: ArrayLike,
    deviation_to: ArrayLike,
    n_to: ArrayLike,
    confidence: float = 0.95,
) -> WelchTest:
    """Welch's t test of two independent means (Welch 1947), Satterthwaite's degrees of freedom; R: t.test.

    Zero variance in both: t 0, p 1 where the means are equal, else t infinite and p 0; no limits then. A base under 2:
    NaN.
    """
    from scipy.special import stdtr, stdtrit

    values = (mean_from, deviation_from, n_from, mean_to, deviation_to, n_to)
    m1, s1, n1, m2, s2, n2 = np.broadcast_arrays(*(np.asarray(value, dtype=np.float64) for value in values))
    n1, n2 = np.where(n1 > 1, n1, np.nan), np.where(n2 > 1, n2, np.nan)
    v1, v2 = s1**2 / n1, s2**2 / n2
    error = np.sqrt(v1 + v2)
    spread = error > 0
    difference = m2 - m1
    flat = np.where(difference == 0, 0.0, np.copysign(np.inf, difference))
    t = np.where(spread, difference / np.where(spread, error, 1.0), np.where(np.isnan(error), np.nan, flat))
    scale = np.where(spread, v1**2 / (n1 - 1) + v2**2 / (n2 - 1), 1.0)
    freedom = np.where(spread, (v1 + v2) ** 2 / scale, np.nan)
    p = np.where(spread, 2 * stdtr(freedom, -np.abs(t)), np.where(np.isnan(t), np.nan, (t == 0) * 1.0))
    half = np.where(spread, stdtrit(freedom, 0.5 + confidence / 2) * error, np.nan)
    return WelchTest(t, np.asarray(p), freedom, difference - half, difference + half)


def adjust_benjamini_hochberg(p_values: ArrayLike) -> Floats:
    """p values adjusted to control the false discovery rate (Benjamini and Hochberg 1995; R: p.adjust, "BH").

    The family is the whole array (m,); NaN stays NaN and does not count towards m.
    """
    p = np.asarray(p_values, dtype=np.float64)
    adjusted = np.full(p.shape, np.nan)
    known = np.flatnonzero(~np.isnan(p))
    if not len(known):
        return adjusted
    order = known[np.argsort(p[known], kind="stable")]
    scaled = p[order] * len(known) / np.arange(1, len(known) + 1)
    adjusted[order] = np.minimum(np.minimum.accumulate(scaled[::-1])[::-1], 1.0)
    return adjusted


@dataclass(frozen=True)
class Trend:
    """Trend of each series: change a year, its error and test, and how many years carry it."""

    slope: Floats
    standard_error: Floats
    statistic: Floats
    p_value: Floats
    n_years: NDArray[np.int64]


def _weighted_line(values: Floats, weights: Floats, times: Floats) -> tuple[Floats, Floats, Floats]:
    """Weighted mean (rows,), slope (rows,) and sum of squares of time (rows,) of each series (rows, years)."""
    total = weights.sum(axis=1)
    total = np.where(total > 0, total, np.nan)
    mean = (weights * values).sum(axis=1) / total
    middle = (weights * times).sum(axis=1) / total
    centred = times[None, :] - middle[:, None]
    square = (weights * centred**2).sum(axis=1)
    square = np.where(square > 0, square, np.nan)
    return mean, (weights * centred * values).sum(axis=1) / square, square


def trend_in_shares(n_positive: ArrayLike, n_base: ArrayLike, years: ArrayLike, minimum_years: int = 3) -> Trend:
    """Cochran-Armitage test for trend (Armitage 1955; R: prop.trend.test with the years as scores).

    Counts (rows, years); NaN or a base of 0 leaves a year out. slope = sum n (t - tbar) p / sum n (t - tbar)^2, a year;
    its error under no trend is sqrt(p (1 - p) / sum n (t - tbar)^2). Zero variance: z 0, p 1. Fewer than
    `minimum_years` years: NaN.
    """
    x, n = np.asarray(n_positive, dtype=np.float64), np.asarray(n_base, dtype=np.float64)
    usable = (n > 0) & ~np.isnan(x)
    weights = np.where(usable, n, 0.0)
    share = np.where(usable, x, 0.0) / np.where(usable, n, 1.0)
    pooled, slope, square = _weighted_line(share, weights, np.asarray(years, dtype=np.float64))
    error = np.sqrt(np.maximum(pooled * (1 - pooled), 0.0) / square)
    return _finish_trend(slope, error, usable.sum(axis=1), minimum_years)


def trend_in_means(mean: ArrayLike, standard_error: ArrayLike, years: ArrayLike, minimum_years: int = 3) -> Trend:
    """Slope of means (rows, years) over time, weighted by 1 / se^2; error sqrt(1 / sum w (t - tbar)^2), normal test.

    NaN or an error of 0 leaves a year out; fewer than `minimum_years` years: NaN.
    """
    m, se = np.asarray(mean, dtype=np.float64), np.asarray(standard_error, dtype=np.float64)
    usable = np.isfinite(m) & (se > 0)
    weights = np.where(usable, 1 / np.where(usable, se, 1.0) ** 2, 0.0)
    _, slope, square = _weighted_line(np.where(usable, m, 0.0), weights, np.asarray(years, dtype=np.float64))
    return _finish_trend(slope, np.sqrt(1 / square), usable.sum(axis=1), minimum_years)


def _finish_trend(slope: Floats, error: Floats, n_years: NDArray[np.int64], minimum_years: int) -> Trend:
    """Statistic and p; everything NaN where too few years carry the series."""
    enough = n_years >= minimum_years
    slope, error = np.where(enough, slope, np.nan), np.where(enough, error, np.nan)
    flat = error == 0
    z = np.where(flat, 0.0, slope / np.where(flat, 1.0, error))
    return Trend(slope, error, z, two_sided_p(z), n_years)
