"""Coefficients of the case-mix models as a table, against the reference groups that a reader expects.

The fits choose their own reference (the largest level); the choice changes no fitted value, only what is printed here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.case_mix.columns import COEFFICIENT_COLUMNS
from orchestration.statistics.case_mix.design import CovariateCoding
from orchestration.statistics.case_mix.fixed_effects import Fit
from orchestration.statistics.case_mix.separation import TOLERANCE
from orchestration.statistics.case_mix.survey_year import FittedQuestion

Floats = NDArray[np.float64]


def choose_references(
    coding: CovariateCoding, population: Floats, reference_groups: Mapping[str, str] | None
) -> dict[str, int]:
    """Level number of each covariate's reference: the one named, else the largest in `population` (P,).

    Raises ValueError naming the covariate and its levels where the named group does not occur.
    """
    size = np.zeros(len(coding.labels))
    for levels in coding.pattern_levels.T:
        np.add.at(size, levels, population)
    chosen: dict[str, int] = {}
    for covariate in coding.covariates:
        levels = [number for number, (name, _) in enumerate(coding.labels) if name == covariate]
        named = (reference_groups or {}).get(covariate)
        if named is None:
            chosen[covariate] = max(levels, key=lambda number: size[number])
            continue
        matching = [number for number in levels if coding.labels[number][1] == named]
        if not matching:
            have = ", ".join(coding.labels[number][1] for number in levels)
            raise ValueError(f"Reference group {named!r} of {covariate} does not occur; there are: {have}.")
        chosen[covariate] = matching[0]
    return chosen


def _describe(fit: Fit, level: int, reference: int) -> tuple[float, str]:
    """Coefficient of a level against the reference, and what it is."""
    if level == reference:
        return 0.0, "reference"
    for _, effect in fit.separation.steps:
        if abs(effect[level] - effect[reference]) > TOLERANCE:
            return float(np.copysign(np.inf, effect[level] - effect[reference])), "infinite"
    if fit.aliased[level] or fit.aliased[reference]:
        return np.nan, "aliased"
    value = float(fit.level_effect[level] - fit.level_effect[reference])
    if np.isfinite(value):
        return value, "estimated"
    return np.nan, "undefined" if fit.separation.level[level] else "no_answers"


def _standard_error(fit: Fit, level: int, reference: int) -> float:
    """Standard error of the difference of two level effects; a level that is not free is 0 and has no error."""
    weights = np.zeros(len(fit.free))
    weights[fit.free == level] += 1
    weights[fit.free == reference] -= 1
    variance = float(weights @ fit.level_covariance @ weights)
    return float(np.sqrt(max(variance, 0.0) * fit.residual_variance))


def list_coefficients(
    fit: Fit, coding: CovariateCoding, references: Mapping[str, int], *, with_intercept: bool
) -> list[tuple[str, str, float, float, str]]:
    """(covariate, group_code, coefficient, standard_error, estimate_status), a row a covariate level.

    estimate_status: estimated, reference (0), infinite (no finite estimate; no error), aliased, no_answers, undefined.
    Log odds for a logistic model, points for the rating. `with_intercept` (pooled model) adds `(intercept)`, the value
    in the reference groups.
    """
    rows = [_intercept(fit, references)] if with_intercept else []
    for number, (covariate, code) in enumerate(coding.labels):
        value, status = _describe(fit, number, references[covariate])
        error = _standard_error(fit, number, references[covariate]) if status == "estimated" else np.nan
        rows.append((covariate, code, value, error, status))
    return rows


def tabulate_coefficients(
    fitted: FittedQuestion, reference_groups: Mapping[str, str] | None
) -> dict[str, list[object]]:
    """Columns model, covariate, group_code, coefficient, standard_error, estimate_status of one question at one level.

    `model` is `organisation_effects` (the effects themselves are not listed: they are in the scores) or `pooled`.
    """
    references = choose_references(fitted.coding, fitted.population, reference_groups)
    rows = [
        (name, *row)
        for name, fit in (("organisation_effects", fitted.model.fit), ("pooled", fitted.model.pooled))
        for row in list_coefficients(fit, fitted.coding, references, with_intercept=name == "pooled")
    ]
    own = list(COEFFICIENT_COLUMNS)[3:]
    return {column: list(values) for column, values in zip(own, zip(*rows, strict=True), strict=True)}


def _intercept(fit: Fit, references: Mapping[str, int]) -> tuple[str, str, float, float, str]:
    """Linear predictor of the pooled model in the reference groups, with its standard error."""
    levels = np.array(list(references.values()), dtype=np.int64)
    value = float(fit.organisation_effect[0] + fit.level_effect[levels].sum())
    direction = np.isin(fit.free, levels).astype(np.float64) - fit.mean_levels[0]
    own = 1 / fit.information[0] if fit.information[0] > 0 else np.nan
    variance = (own + direction @ fit.level_covariance @ direction) * fit.residual_variance
    if not np.isfinite(value) or fit.separation.level[levels].any() or fit.separation.organisation[0]:
        return "(intercept)", "", np.nan, np.nan, "undefined"
    return "(intercept)", "", value, float(np.sqrt(variance)), "estimated"
