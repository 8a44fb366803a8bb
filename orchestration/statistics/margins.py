"""Predictive margins of a fitted model: each organisation's score if it had the patients of the whole survey.

Belongs here: margins, their delta-method errors, and how far an organisation is extrapolated. Does not belong here:
estimation (`fixed_effects`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.design import sum_by
from orchestration.statistics.fixed_effects import Fit
from orchestration.statistics.normal_equations import Cells

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Margins:
    """One value an organisation, shape (k,) each."""

    score: Floats
    standard_error: Floats
    """Delta method, with the averaging population held fixed; NaN where the effect is infinite."""
    overlap_share: Floats
    """Share of the averaging population whose every covariate level the organisation has treated itself, taken as the
    least share over the covariates; low values mean extrapolation."""
    n_undefined: float
    """People of the averaging population for whom the model gives no prediction (left out of the average)."""


def _overlap(cells: Cells, population: Floats) -> Floats:
    """Least share over the covariates of the population in levels that the organisation has answers in."""
    seen = cells.n > 0
    least = np.ones(cells.n_organisations)
    for covariate in range(cells.pattern_levels.shape[1]):
        levels = cells.pattern_levels[:, covariate]
        has_level = np.zeros((cells.n_organisations, cells.n_levels))
        has_level[cells.organisation[seen], levels[cells.pattern[seen]]] = 1
        share = sum_by(levels, population, cells.n_levels) / population.sum()
        least = np.minimum(least, has_level @ share)
    return least


def _predict(fit: Fit, cells: Cells, logistic: bool) -> tuple[Floats, Floats]:
    """Prediction of each organisation x pattern (k, P), NaN where undefined, and its derivative by the predictor."""
    pattern_effect = np.zeros(len(cells.pattern_levels))
    infinite = np.zeros(len(cells.pattern_levels))
    finite = np.where(fit.separation.level != 0, 0.0, fit.level_effect)
    for levels in cells.pattern_levels.T:
        pattern_effect += finite[levels]
        infinite += fit.separation.level[levels]
    organisation = np.where(fit.separation.organisation != 0, 0.0, fit.organisation_effect)
    eta = organisation[:, None] + pattern_effect[None, :]
    if not logistic:
        return eta, np.where(np.isnan(eta), np.nan, 1.0)
    small = np.exp(-np.abs(eta))
    value = np.where(eta >= 0, 1.0, small) / (1 + small)
    slope = value * (1 - value)
    if infinite.any() or fit.separation.organisation.any():
        limit = fit.separation.organisation[:, None] + infinite[None, :]
        is_infinite = (fit.separation.organisation != 0)[:, None] | _any_infinite(fit, cells)[None, :]
        value = np.where(is_infinite, np.where(limit == 0, np.nan, (limit > 0) * 1.0), value)
        slope = np.where(is_infinite, 0.0, slope)
    return value, slope


def _any_infinite(fit: Fit, cells: Cells) -> NDArray[np.bool_]:
    """Patterns that hold an infinite level."""
    return np.asarray((fit.separation.level[cells.pattern_levels] != 0).any(axis=1))


def predictive_margins(fit: Fit, cells: Cells, population: Floats, *, logistic: bool) -> Margins:
    """Mean over the averaging population of expit(a_i + x'b) (logistic) or a_i + x'b (linear), for each organisation i.

    `population` (P,) counts people by pattern. The standard error is sqrt(g' V g), V the joint covariance of a_i and b,
    g the mean derivative. An organisation all positive (or all negative) gets 1 (or 0), whatever its patients: never
    another organisation's value. Scores are NaN where the organisation has no answers.
    """
    answers = sum_by(cells.organisation, cells.n, cells.n_organisations)
    positive = sum_by(cells.organisation, cells.total, cells.n_organisations)
    used = population > 0
    weights = population[used]
    trimmed = Cells(
        cells.organisation,
        cells.pattern,
        cells.n,
        cells.total,
        cells.n_organisations,
        cells.pattern_levels[used],
        cells.n_levels,
    )
    value, slope = _predict(fit, trimmed, logistic)
    undefined = np.isnan(value)
    if undefined.any():
        share = np.where(undefined, 0.0, weights)
        scale = share.sum(axis=1, keepdims=True)
        share = share / np.where(scale > 0, scale, np.nan)
        value, slope = np.where(undefined, 0.0, value), np.where(undefined, 0.0, slope)
        score, weighted = (share * value).sum(axis=1), share * slope
    else:
        share = weights / weights.sum()
        score, weighted = value @ share, slope * share
    indicator = np.zeros((len(weights), cells.n_levels))
    np.put_along_axis(indicator, trimmed.pattern_levels, 1.0, axis=1)
    by_organisation = weighted.sum(axis=1)
    by_level = weighted @ indicator[:, fit.free]
    direction = by_level - by_organisation[:, None] * fit.mean_levels
    own = by_organisation**2 / np.where(fit.information > 0, fit.information, np.nan)
    variance = own + np.einsum("ij,jk,ik->i", direction, fit.level_covariance, direction, optimize=True)
    error = np.sqrt(np.maximum(variance * fit.residual_variance, 0.0))
    if logistic:
        score = np.where(positive == answers, 1.0, np.where(positive == 0, 0.0, score))
        error = np.where(fit.separation.organisation != 0, np.nan, error)
    rows = np.isfinite(fit.organisation_effect) | (fit.separation.organisation != 0)
    worst = float((undefined[rows] * weights).sum(axis=1).max(initial=0.0)) if rows.any() else float(weights.sum())
    return Margins(
        score=np.where(answers > 0, score, np.nan),
        standard_error=np.where(answers > 0, error, np.nan),
        overlap_share=np.where(answers > 0, _overlap(cells, population), np.nan),
        n_undefined=worst,
    )
