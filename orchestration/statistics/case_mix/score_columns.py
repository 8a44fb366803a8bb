"""The columns of one question at one level: scores, ranges, reliability, flags, and a row of diagnostics.

Belongs here: putting the estimates of `case_mix`, `expected_range` and `reliability` beside each other. Does not belong
here: tables of a year (`adjusted_scores`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics import intervals
from orchestration.statistics.case_mix.design import CovariateCoding
from orchestration.statistics.case_mix.expected_range import (
    OverDispersion,
    assign_bands,
    estimate_over_dispersion,
    expected_limits,
)
from orchestration.statistics.case_mix.question_models import Adjusted, QuestionModel, repeat_published_fault
from orchestration.statistics.case_mix.reliability import Reliability, estimate_reliability
from orchestration.statistics.case_mix.survey_year import FittedQuestion
from orchestration.statistics.policies import (
    ALL_POSITIVE_RULES,
    METHODS,
    OVER_DISPERSIONS,
    CaseMixPolicy,
    require_choice,
)

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Columns = dict[str, Any]

# A score that is extrapolated to more than half of the survey's patients is flagged.
POOR_OVERLAP_SHARE = 0.5


def _sampling_error(model: QuestionModel, adjusted: Adjusted) -> Floats:
    """Standard error that the expected range and the reliability use: of a share under p0, of the rating its own."""
    if model.is_rating:
        return adjusted.standard_error
    p0 = model.national_score
    return np.sqrt(p0 * (1 - p0) / np.where(model.n_base > 0, model.n_base, np.nan))


def _limits(model: QuestionModel, adjusted: Adjusted, policy: CaseMixPolicy) -> tuple[Floats, Floats]:
    """Limits of adjusted scores: Wilson for a share, score -+ z se for the rating."""
    if not model.is_rating:
        return intervals.wilson_limits(adjusted.score, model.n_base, policy.z_adjusted)
    half = policy.z_adjusted * adjusted.standard_error
    return adjusted.score - half, adjusted.score + half


def _ranges(model: QuestionModel, adjusted: Adjusted, spread: OverDispersion, policy: CaseMixPolicy) -> Columns:
    """Expected ranges and bands in both forms, and again, unmarked, in the one that the policy uses."""
    error = _sampling_error(model, adjusted)
    maximum = None if model.is_rating else 1.0
    used = require_choice("over_dispersion", policy.over_dispersion, OVER_DISPERSIONS)
    columns: Columns = {}
    for form in OVER_DISPERSIONS:
        lower, upper = expected_limits(model.national_score, error, spread.tau2(form), policy.z_expected, maximum)
        columns |= {f"expected_lower_{form}": lower, f"expected_upper_{form}": upper}
        columns[f"band_{form}"] = assign_bands(adjusted.score, lower, upper)
    far = expected_limits(model.national_score, error, spread.tau2(used), policy.z_expected_outer, maximum)
    return columns | {
        "expected_lower": columns[f"expected_lower_{used}"],
        "expected_upper": columns[f"expected_upper_{used}"],
        "band": columns[f"band_{used}"],
        "expected_lower_998": far[0],
        "expected_upper_998": far[1],
    }


def _flag(model: QuestionModel, adjusted: Adjusted, struck: Flags) -> NDArray[np.object_]:
    """Names of the flags that are set, joined by `|`; empty where none is. `struck`: by the published fault."""
    flags = {
        "no_answers": model.n_base == 0,
        "not_estimable": (model.n_base > 0) & np.isnan(adjusted.score),
        "all_positive": model.all_positive,
        "all_negative": model.all_negative,
        "clipped": adjusted.is_clipped,
        "poor_overlap": model.margins.overlap_share < POOR_OVERLAP_SHARE,
        "published_fault": struck,
    }
    names = np.full(len(model.n_base), "", dtype=object)
    for name, is_set in flags.items():
        names[is_set] = [f"{before}|{name}" if before else name for before in names[is_set]]
    return names


def _choose_adjusted(model: QuestionModel, policy: CaseMixPolicy) -> tuple[Adjusted, Flags]:
    """The adjusted scores that the policy asks for, and where the published fault struck."""
    adjusted = model.forms[require_choice("method", policy.method, METHODS)]
    rule = require_choice("all_positive_rule", policy.all_positive_rule, ALL_POSITIVE_RULES)
    if rule == "first_code_fault" and policy.method == "fe_margins":
        return repeat_published_fault(adjusted, model)
    return adjusted, np.zeros(len(model.n_base), dtype=bool)


def score_columns(model: QuestionModel, policy: CaseMixPolicy) -> tuple[Columns, OverDispersion, Reliability]:
    """Columns of the scores table for one question at one level, with what was estimated on the way."""
    adjusted, struck = _choose_adjusted(model, policy)
    error = _sampling_error(model, adjusted)
    spread = estimate_over_dispersion(adjusted.score, model.national_score, error, policy.winsorise_share)
    reliability = estimate_reliability(adjusted.score, error**2, policy.reliability_minimum_organisations)
    n = np.where(model.n_base > 0, model.n_base, np.nan)
    lower, upper = _limits(model, adjusted, policy)
    p = adjusted.score
    unadjusted = model.fit.residual_variance if model.is_rating else np.where((p > 0) & (p < 1), p * (1 - p), np.nan)
    nothing = np.full(len(n), np.nan)
    columns: Columns = {
        "n_base": model.n_base.astype(np.int64),
        "n_positive": nothing if model.is_rating else model.total,
        "rating_sum": model.total if model.is_rating else nothing,
        "observed_score": model.total / n,
        "expected_score": model.expected / n,
        "adjusted_score": p,
        "ci_lower": lower,
        "ci_upper": upper,
        "standard_error": adjusted.standard_error,
        "national_score": model.national_score,
        "tau2": spread.tau2_published,
        "tau2_corrected": spread.tau2_corrected,
        "phi": spread.phi,
        "n_organisations": spread.n_organisations,
        "between_variance": reliability.between_variance,
        "reliability": reliability.reliability,
        "shrunken_score": reliability.shrunken,
        "overlap_share": model.margins.overlap_share,
        "variance_ratio": adjusted.standard_error**2 * n / unadjusted,
        "flags": _flag(model, adjusted, struck),
    }
    columns |= {f"adjusted_{name}": form.score for name, form in model.forms.items()}
    return columns | _ranges(model, adjusted, spread, policy), spread, reliability


def _name_levels(chosen: NDArray[np.bool_], coding: CovariateCoding) -> str:
    return "|".join(f"{name}={code}" for (name, code), is_in in zip(coding.labels, chosen, strict=True) if is_in)


def diagnose(
    fitted: FittedQuestion, columns: Columns, spread: OverDispersion, reliability: Reliability, target: float
) -> Columns:
    """One row of the diagnostics table."""
    model, coding = fitted.model, fitted.coding
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
        "national_score": model.national_score,
        "n_organisations": spread.n_organisations,
        "winsorise_share": spread.winsorise_share,
        "phi": spread.phi,
        "tau2": spread.tau2_published,
        "tau2_corrected": spread.tau2_corrected,
        "between_variance": reliability.between_variance,
        "n_reliable": int((known >= target).sum()),
        "share_reliable": float((known >= target).mean()) if len(known) else np.nan,
        "n_above": int((columns["band"] == "above").sum()),
        "n_below": int((columns["band"] == "below").sum()),
        "n_poor_overlap": int((model.margins.overlap_share < POOR_OVERLAP_SHARE).sum()),
        "max_form_difference": float(np.ptp(forms[:, answered], axis=0).max()) if answered.any() else np.nan,
    }
