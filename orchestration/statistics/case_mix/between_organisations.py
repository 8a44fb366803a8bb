"""What the adjusted scores of one question and level say of the organisations beside each other.

Belongs here: over-dispersion, expected ranges and bands, reliability and shrunken scores. The expected ranges were
recovered from the 2018 release and tested on all of its percentage cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchestration.statistics.policies import OVER_DISPERSIONS, CaseMixPolicy, require_choice

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class OverDispersion:
    """Over-dispersion of one question at one level; tau2 in squared units of the score (share or points)."""

    phi: float
    """Mean square of the winsorised z scores."""
    tau2_published: float
    tau2_corrected: float
    """From phi / E[z_w^2], which is 1 where there is no over-dispersion."""
    n_organisations: int
    winsorise_share: float

    def tau2(self, form: str) -> float:
        """The one that `form` (published or corrected) names."""
        return {"published": self.tau2_published, "corrected": self.tau2_corrected}[form]


def winsorised_second_moment(share: float) -> float:
    """E[z_w^2] of a standard normal z winsorised at `share` in each tail; 0.41209 at 0.2, 1 at 0.

    With c the quantile 1 - share: (1 - 2 share) - 2 c phi(c) + 2 share c^2. Raises ValueError outside [0, 0.5).
    """
    from scipy.special import ndtri

    if not 0 <= share < 0.5:
        raise ValueError(f"winsorise_share {share} is not in [0, 0.5).")
    if share == 0:
        return 1.0
    c = float(ndtri(1 - share))
    density = float(np.exp(-c * c / 2) / np.sqrt(2 * np.pi))
    return (1 - 2 * share) - 2 * c * density + 2 * share * c * c


def estimate_over_dispersion(
    adjusted: ArrayLike, target: float, sampling_error: ArrayLike, winsorise_share: float
) -> OverDispersion:
    """Additive over-dispersion (Spiegelhalter 2005) of the organisations of one level on one question.

    z_i = (adjusted_i - target) / s_i, winsorised at the type-7 quantiles; phi = mean z_w^2; w_i = 1/s_i^2;
    tau2 = max(0, (k phi - (k - 1)) / (sum w - sum w^2 / sum w)). `adjusted` unrounded and `sampling_error` s_i, both
    (k,): NaN pairs and s_i = 0 are left out, hidden organisations are not. One organisation or a zero denominator
    gives tau2 0; none gives phi NaN.
    """
    y, s = np.asarray(adjusted, dtype=np.float64), np.asarray(sampling_error, dtype=np.float64)
    usable = np.isfinite(y) & np.isfinite(s) & (s > 0)
    y, s = y[usable], s[usable]
    k = len(y)
    if k == 0:
        return OverDispersion(np.nan, 0.0, 0.0, 0, winsorise_share)
    z = (y - target) / s
    low, high = np.quantile(z, [winsorise_share, 1 - winsorise_share])
    phi = float(np.mean(np.clip(z, low, high) ** 2))
    w = 1 / s**2
    denominator = float(w.sum() - (w**2).sum() / w.sum())

    def tau2(value: float) -> float:
        return max(0.0, (k * value - (k - 1)) / denominator) if k > 1 and denominator > 0 else 0.0

    corrected = phi / winsorised_second_moment(winsorise_share)
    return OverDispersion(phi, tau2(phi), tau2(corrected), k, winsorise_share)


def expected_limits(
    target: ArrayLike, sampling_error: ArrayLike, tau2: ArrayLike, z: float, maximum: float | None = 1.0
) -> tuple[Floats, Floats]:
    """Expected range target -+ z sqrt(s^2 + tau2), clipped to 0..`maximum` (None: not clipped, as for the rating).

    For a share s^2 = target (1 - target) / n, on the raw proportion scale. All arguments broadcast; NaN stays NaN.
    """
    s = np.asarray(sampling_error, dtype=np.float64)
    centre = np.asarray(target, dtype=np.float64)
    half = z * np.sqrt(s * s + np.asarray(tau2, dtype=np.float64))
    lower, upper = centre - half, centre + half
    if maximum is None:
        return np.asarray(lower), np.asarray(upper)
    return np.clip(lower, 0.0, maximum), np.clip(upper, 0.0, maximum)


def assign_bands(adjusted: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> NDArray[np.object_]:
    """`above` where the unrounded adjusted score exceeds the upper limit, `below` under the lower, else `within`.

    Equal to a limit is within (an all-positive organisation under a clipped limit of 1 is within). None where a value
    is missing.
    """
    score, low, high = (np.asarray(values, dtype=np.float64) for values in (adjusted, lower, upper))
    band = np.full(score.shape, None, dtype=object)
    known = np.isfinite(score) & np.isfinite(low) & np.isfinite(high)
    band[known] = "within"
    band[known & (score > high)] = "above"
    band[known & (score < low)] = "below"
    return band


def range_columns(
    score: Floats, error: Floats, target: float, spread: OverDispersion, policy: CaseMixPolicy, maximum: float | None
) -> dict[str, Any]:
    """Expected ranges and bands in both forms, and again, unmarked, in the one that the policy uses.

    `score` and its sampling error `error` (k,), the national score `target`, `maximum` as of `expected_limits`. Raises
    ValueError for an unknown form.
    """
    used = require_choice("over_dispersion", policy.over_dispersion, OVER_DISPERSIONS)
    columns: dict[str, Any] = {}
    for form in OVER_DISPERSIONS:
        lower, upper = expected_limits(target, error, spread.tau2(form), policy.z_expected, maximum)
        columns |= {f"expected_lower_{form}": lower, f"expected_upper_{form}": upper}
        columns[f"band_{form}"] = assign_bands(score, lower, upper)
    far = expected_limits(target, error, spread.tau2(used), policy.z_expected_outer, maximum)
    return columns | {
        "expected_lower": columns[f"expected_lower_{used}"],
        "expected_upper": columns[f"expected_upper_{used}"],
        "band": columns[f"band_{used}"],
        "expected_lower_998": far[0],
        "expected_upper_998": far[1],
    }


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
