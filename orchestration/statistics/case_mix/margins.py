"""Predictive margins of a fitted model: each organisation's score if it had the patients of the whole survey.

Belongs here: margins, their delta-method errors, and how far an organisation is extrapolated. Does not belong here:
estimation (`fixed_effects`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.case_mix.design import sum_by
from orchestration.statistics.case_mix.fixed_effects import Fit
from orchestration.statistics.case_mix.normal_equations import Cells

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

_BLOCK = 32


@dataclass(frozen=True)
class Margins:
    """One value an organisation, shape (k,) each."""

    score: Floats
    standard_error: Floats
    """Delta method, with the averaging population held fixed; NaN where no answer is uncertain."""
    overlap_share: Floats
    """Share of the averaging population whose every covariate level the organisation has treated itself, taken as the
    least share over the covariates; low values mean extrapolation."""
    n_undefined: float
    """People of the averaging population for whom the model gives no prediction (left out of the average)."""


def _overlap(cells: Cells, population: Floats) -> Floats:
    """Least share over the covariates of the population in levels that the organisation has answers in."""
    k, size = cells.n_organisations, cells.n_levels
    least = np.ones(k)
    for levels in cells.pattern_levels.T:
        answers = sum_by(cells.organisation * size + levels[cells.pattern], cells.n, k * size).reshape(k, size)
        share = sum_by(levels, population, size) / population.sum()
        least = np.minimum(least, (answers > 0) @ share)
    return least


def _predict(fit: Fit, pattern_levels: Integers, logistic: bool) -> Floats:
    """Prediction of each organisation x pattern, shape (k, P); NaN where the model says nothing."""
    pattern_effect = fit.level_effect[pattern_levels].sum(axis=1)
    if not logistic:
        return np.asarray(fit.organisation_effect[:, None] + pattern_effect[None, :])
    # exp(-(a + s)) as a product: two exponentials a row and column instead of one a cell.
    value = np.multiply.outer(np.exp(-fit.organisation_effect), np.exp(-pattern_effect))
    value += 1
    np.reciprocal(value, out=value)
    if fit.separation.steps:
        limit = fit.separation.limits(pattern_levels)
        value = np.where(limit == 0, value, (limit > 0) * 1.0)
    return np.asarray(value)


def _sum_levels(weighted: Floats, pattern_levels: Integers, n_levels: int) -> Floats:
    """Sums over patterns by covariate level, shape (k, L)."""
    k, size = weighted.shape
    padded = -(-size // _BLOCK) * _BLOCK
    left = np.zeros((padded, k))
    left[:size] = weighted.T
    indicator = np.zeros((padded, n_levels))
    np.put_along_axis(indicator[:size], pattern_levels, 1.0, axis=1)
    # Blocks small enough to stay on one thread: the same order of addition on every machine.
    products = left.reshape(-1, _BLOCK, k).transpose(0, 2, 1) @ indicator.reshape(-1, _BLOCK, n_levels)
    return np.asarray(products.sum(axis=0))


def predictive_margins(fit: Fit, cells: Cells, population: Floats, *, logistic: bool) -> Margins:
    """Mean over the averaging population of expit(a_i + x'b) (logistic) or a_i + x'b (linear), for each organisation i.

    `population` (P,) counts people by pattern. The standard error is sqrt(g' V g), V the joint covariance of a_i and b,
    g the mean derivative. An organisation all positive (or all negative) gets 1 (or 0), whatever its patients: never
    another organisation's value. Scores are NaN where the organisation has no answers.
    """
    used = population > 0
    levels, people = cells.pattern_levels[used], population[used]
    value = _predict(fit, levels, logistic)
    undefined = np.isnan(value)
    share = np.broadcast_to(people / people.sum(), value.shape)
    lost = np.zeros(len(value))
    if undefined.any():
        kept = np.where(undefined, 0.0, people)
        lost, total = people.sum() - kept.sum(axis=1), kept.sum(axis=1, keepdims=True)
        share = kept / np.where(total > 0, total, np.nan)
        value = np.where(undefined, 0.0, value)
    weighted = share * value
    score = weighted.sum(axis=1)
    if logistic:
        weighted *= 1 - value
    else:
        weighted = np.where(undefined, 0.0, share)
    error = _delta_method(fit, _sum_levels(weighted, levels, cells.n_levels), weighted.sum(axis=1))
    answers = sum_by(cells.organisation, cells.n, cells.n_organisations)
    if logistic:
        positive = sum_by(cells.organisation, cells.total, cells.n_organisations)
        score = np.where(positive == answers, 1.0, np.where(positive == 0, 0.0, score))
        error = np.where(fit.information > 0, error, np.nan)
    return Margins(
        score=np.where(answers > 0, score, np.nan),
        standard_error=np.where(answers > 0, error, np.nan),
        overlap_share=np.where(answers > 0, _overlap(cells, population), np.nan),
        n_undefined=float(np.where(fit.information > 0, lost, 0.0).max(initial=0.0)),
    )


def _delta_method(fit: Fit, by_level: Floats, by_organisation: Floats) -> Floats:
    """sqrt(g' V g) of each organisation, g = (`by_organisation` (k,), `by_level` (k, L)), V from the reduced system.

    With D the information of a_i and c_i its mean levels: g_a^2 / D + (g_b - g_a c_i)' S^-1 (g_b - g_a c_i).
    """
    direction = by_level[:, fit.free] - by_organisation[:, None] * fit.mean_levels
    own = by_organisation**2 / np.where(fit.information > 0, fit.information, np.nan)
    variance = own + ((direction @ fit.level_covariance) * direction).sum(axis=1)
    return np.asarray(np.sqrt(np.maximum(variance * fit.residual_variance, 0.0)))
