"""The case-mix models themselves as tables: coefficients, and a row of diagnostics a model.

Coefficients are relative to the reference groups that a reader expects. The fits choose their own reference (the
largest level); the choice changes no fitted value, only what is given here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.case_mix.between_organisations import OverDispersion, Reliability
from orchestration.statistics.case_mix.design import CovariateCoding
from orchestration.statistics.case_mix.fixed_effects import Fit
from orchestration.statistics.case_mix.normal_equations import DIRECTION_TOLERANCE
from orchestration.statistics.case_mix.question_models import QuestionModel

Floats = NDArray[np.float64]

COEFFICIENTS: Final = ("model", "covariate", "group_code", "coefficient", "standard_error", "estimate_status")
COEFFICIENT_COLUMNS: Final = ("survey_year", "level", "question_id", *COEFFICIENTS)
DIAGNOSTIC_COLUMNS: Final = (
    *("survey_year", "level", "question_id", "method", "n_respondents", "n_cells", "n_parameters"),
    *("deviance", "deviance_pooled", "residual_variance", "iterations", "is_converged"),
    *("n_all_positive", "n_all_negative", "infinite_levels", "aliased_levels", "n_undefined"),
    *("national_score", "n_organisations", "winsorise_share", "phi", "tau2", "tau2_corrected", "between_variance"),
    *("n_reliable", "share_reliable", "n_above", "n_below", "n_poor_overlap", "max_form_difference"),
)


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
        if abs(effect[level] - effect[reference]) > DIRECTION_TOLERANCE:
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


def tabulate_coefficients(model: QuestionModel, reference_groups: Mapping[str, str] | None) -> dict[str, list[object]]:
    """The columns COEFFICIENTS of one question at one level.

    `model` is `organisation_effects` (the effects themselves are not listed: they are in the scores) or `pooled`.
    """
    coding = model.question.coding
    references = choose_references(coding, model.question.population, reference_groups)
    rows = [
        (name, *row)
        for name, fit in (("organisation_effects", model.fit), ("pooled", model.pooled))
        for row in list_coefficients(fit, coding, references, with_intercept=name == "pooled")
    ]
    return {column: list(values) for column, values in zip(COEFFICIENTS, zip(*rows, strict=True), strict=True)}


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


def _name_levels(chosen: NDArray[np.bool_], coding: CovariateCoding) -> str:
    return "|".join(f"{name}={code}" for (name, code), is_in in zip(coding.labels, chosen, strict=True) if is_in)


def diagnose(
    model: QuestionModel, scores: Mapping[str, Any], spread: OverDispersion, reliability: Reliability, target: float
) -> dict[str, Any]:
    """One row of the diagnostics: how both models were fitted, and what the scores say of the organisations as a whole.

    `scores` are the columns of the scores, `target` is the reliability from which a score counts as reliable.
    """
    coding = model.question.coding
    forms = np.array([form.score for form in model.forms.values()])
    answered = model.n_base > 0
    known = reliability.reliability[np.isfinite(reliability.reliability)]
    return {
        "n_respondents": int(model.n_base.sum()),
        "n_cells": len(model.cells.n),
        "n_parameters": model.fit.n_parameters,
        "deviance": model.fit.deviance,
        "deviance_pooled": model.pooled.deviance,
        "residual_variance": model.fit.residual_variance if model.is_rating else np.nan,
        "iterations": model.fit.iterations,
        "is_converged": model.fit.is_converged,
        "n_all_positive": int(model.all_positive.sum()),
        "n_all_negative": int(model.all_negative.sum()),
        "infinite_levels": _name_levels(model.fit.separation.level != 0, coding),
        "aliased_levels": _name_levels(model.fit.aliased, coding),
        "n_undefined": model.margins.n_undefined,
        "national_score": model.question.national_score,
        "n_organisations": spread.n_organisations,
        "winsorise_share": spread.winsorise_share,
        "phi": spread.phi,
        "tau2": spread.tau2_published,
        "tau2_corrected": spread.tau2_corrected,
        "between_variance": reliability.between_variance,
        "n_reliable": int((known >= target).sum()),
        "share_reliable": float((known >= target).mean()) if len(known) else np.nan,
        "n_above": int((scores["band"] == "above").sum()),
        "n_below": int((scores["band"] == "below").sum()),
        "n_poor_overlap": int(model.has_poor_overlap.sum()),
        "max_form_difference": float(np.ptp(forms[:, answered], axis=0).max()) if answered.any() else np.nan,
    }
