"""How far scores tell organisations apart: between-organisation variance, reliability, shrunken scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Reliability:
    """Between-organisation variance and what follows; arrays have the shape of the scores."""

    between_variance: float
    mean: float
    reliability: Floats
    shrunken: Floats
    n_organisations: int


def paule_mandel(score: ArrayLike, variance: ArrayLike) -> tuple[float, float]:
    """Between-organisation variance T and mean m (Paule and Mandel 1982; DerSimonian and Kacker 2007).

    T solves sum (y_i - m)^2 / (v_i + T) = k - 1 with m the mean weighted by 1 / (v_i + T); 0 where the left side is
    already smaller at T = 0. Shapes (k,); NaN pairs and v_i <= 0 are left out. Fewer than two scores: T 0, m the score.
    """
    y, v = np.asarray(score, dtype=np.float64), np.asarray(variance, dtype=np.float64)
    usable = np.isfinite(y) & np.isfinite(v) & (v > 0)
    y, v = y[usable], v[usable]
    if len(y) < 2:
        return 0.0, float(y[0]) if len(y) else float("nan")
    between = 0.0
    for _ in range(200):
        w = 1 / (v + between)
        mean = float(w @ y / w.sum())
        residual = y - mean
        excess = float(w @ residual**2) - (len(y) - 1)
        if between == 0 and excess <= 0:
            break
        # Newton on a decreasing convex function from the left: it climbs to the root and never passes it.
        step = excess / float(w**2 @ residual**2)
        between = max(between + step, 0.0)
        if abs(step) <= 1e-15 * between:
            break
    w = 1 / (v + between)
    return between, float(w @ y / w.sum())


def estimate_reliability(score: ArrayLike, variance: ArrayLike, minimum_organisations: int = 10) -> Reliability:
    """Reliability R_i = T / (T + v_i) and shrunken score m + R_i (y_i - m), T and m by Paule and Mandel.

    `score` unrounded adjusted scores (k,), `variance` sampling variances v_i (k,). T = 0 gives R = 0. With fewer than
    `minimum_organisations` scores neither is given (NaN): T is too uncertain then.
    """
    y, v = np.asarray(score, dtype=np.float64), np.asarray(variance, dtype=np.float64)
    usable = np.isfinite(y) & np.isfinite(v) & (v > 0)
    k = int(usable.sum())
    between, mean = paule_mandel(y, v)
    if k < minimum_organisations:
        nothing = np.full(y.shape, np.nan)
        return Reliability(between, mean, nothing, nothing.copy(), k)
    ratio = np.where(usable, between / (between + np.where(usable, v, 1.0)), np.nan)
    return Reliability(between, mean, ratio, mean + ratio * (y - mean), k)
