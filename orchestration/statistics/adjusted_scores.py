"""Case-mix adjusted scores of a survey year as tables: scores, coefficients, diagnostics.

Belongs here: the walk over levels and questions and the columns of the tables. The methods are in `case_mix`,
`expected_range` and `reliability`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics import intervals, rounding
from orchestration.statistics.case_mix import Adjusted, QuestionModel, repeat_published_fault
from orchestration.statistics.case_mix_year import FittedQuestion, fit_questions
from orchestration.statistics.coefficients import tabulate_coefficients
from orchestration.statistics.columns import COEFFICIENT_COLUMNS, DIAGNOSTIC_COLUMNS, SCORE_COLUMNS, TEXT_COLUMNS
from orchestration.statistics.design import CovariateCoding
from orchestration.statistics.expected_range import (
    OverDispersion,
    assign_bands,
    estimate_over_dispersion,
    expected_limits,
)
from orchestration.statistics.policies import (
    ALL_POSITIVE_RULES,
    METHODS,
    OVER_DISPERSIONS,
    CaseMixPolicy,
    DisplayPolicy,
    choose_display,
    require_choice,
)
from orchestration.statistics.reliability import Reliability, estimate_reliability
from orchestration.statistics.tables import numbers, require_columns

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Columns = dict[str, Any]

# A score that is extrapolated to more than half of the survey's patients is flagged.
POOR_OVERLAP_SHARE = 0.5
QUESTION_KEYS = ["survey_year", "question_id", "question_kind"]


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


def _join_flags(flags: Mapping[str, NDArray[np.bool_]], size: int) -> NDArray[np.object_]:
    """Names of the flags that are set, joined by `|`; empty where none is."""
    names = np.full(size, "", dtype=object)
    for name, is_set in flags.items():
        names[is_set] = [f"{before}|{name}" if before else name for before in names[is_set]]
    return names


def _score_columns(model: QuestionModel, policy: CaseMixPolicy) -> tuple[Columns, OverDispersion, Reliability]:
    """Columns of the scores table for one question at one level, with what was estimated on the way."""
    adjusted = model.forms[require_choice("method", policy.method, METHODS)]
    struck = np.zeros(len(model.n_base), dtype=bool)
    rule = require_choice("all_positive_rule", policy.all_positive_rule, ALL_POSITIVE_RULES)
    if rule == "first_code_fault" and policy.method == "fe_margins":
        adjusted, struck = repeat_published_fault(adjusted, model)
    error = _sampling_error(model, adjusted)
    spread = estimate_over_dispersion(adjusted.score, model.national_score, error, policy.winsorise_share)
    reliability = estimate_reliability(adjusted.score, error**2, policy.reliability_minimum_organisations)
    n = np.where(model.n_base > 0, model.n_base, np.nan)
    lower, upper = _limits(model, adjusted, policy)
    p = adjusted.score
    unadjusted = model.fit.residual_variance if model.is_rating else np.where((p > 0) & (p < 1), p * (1 - p), np.nan)
    flags = _join_flags(
        {
            "no_answers": model.n_base == 0,
            "not_estimable": (model.n_base > 0) & np.isnan(p),
            "all_positive": model.all_positive,
            "all_negative": model.all_negative,
            "clipped": adjusted.is_clipped,
            "poor_overlap": model.margins.overlap_share < POOR_OVERLAP_SHARE,
            "published_fault": struck,
        },
        len(n),
    )
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
        "flags": flags,
    }
    columns |= {f"adjusted_{name}": form.score for name, form in model.forms.items()}
    return columns | _ranges(model, adjusted, spread, policy), spread, reliability


def _name_levels(chosen: NDArray[np.bool_], coding: CovariateCoding) -> str:
    return "|".join(f"{name}={code}" for (name, code), is_in in zip(coding.labels, chosen, strict=True) if is_in)


def _diagnose(
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
        "infinite_levels": _name_levels((model.fit.separation.level != 0) | model.fit.diverging, coding),
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


def _table(parts: list[Columns], columns: Iterable[str]) -> pd.DataFrame:
    """One frame of many column sets, scalars repeated; the columns are there even where no part is."""
    import pandas as pd

    lengths = [max(len(values) for values in part.values() if isinstance(values, list | np.ndarray)) for part in parts]
    table = {}
    for name in columns:
        values = [
            np.asarray(part[name]) if isinstance(part[name], list | np.ndarray) else np.full(length, part[name])
            for part, length in zip(parts, lengths, strict=True)
        ]
        table[name] = np.concatenate(values) if values else np.zeros(0)
    return pd.DataFrame(table)


def _add_missing_organisations(
    scores: pd.DataFrame,
    organisations: pd.DataFrame,
    questions: pd.DataFrame,
    levels: Sequence[str],
    policy: CaseMixPolicy,
) -> pd.DataFrame:
    """Rows flagged `not_estimable` for listed organisations in which nobody with covariates answered a question."""
    import pandas as pd

    require_columns(organisations, "organisations", ["survey_year", "level", "organisation_code"])
    asked = questions.loc[questions["question_kind"].isin(["scored", "rating"]), QUESTION_KEYS]
    listed = organisations.loc[organisations["level"].isin(levels), ["survey_year", "level", "organisation_code"]]
    wanted = listed.drop_duplicates().merge(asked, on="survey_year")
    keys = ["survey_year", "level", "organisation_code", "question_id"]
    known = scores[keys].astype({"survey_year": wanted["survey_year"].dtype})
    found = wanted.merge(known.assign(is_known=True), on=keys, how="left")
    missing = found.loc[found["is_known"].isna(), [*keys, "question_kind"]]
    if missing.empty:
        return scores
    missing = missing.assign(
        method=policy.method, over_dispersion=policy.over_dispersion, n_base=0, flags="not_estimable"
    )
    return pd.concat([scores, missing], ignore_index=True) if len(scores) else missing.reindex(columns=scores.columns)


def _settle_types(table: pd.DataFrame) -> pd.DataFrame:
    """Text stays text and numbers stay numbers, also where a column has no value or the table no row."""
    types = {name: "object" for name in table.columns if name in TEXT_COLUMNS}
    whole = {name: "int64" for name in ("survey_year", "n_base") if name in table}
    settled = table.astype(types | whole)
    return settled.assign(**{name: settled[name].where(settled[name].notna(), None) for name in types})


def add_printed_scores(scores: pd.DataFrame, display: Iterable[DisplayPolicy]) -> pd.DataFrame:
    """Adjusted scores with score_printed, ci_lower_printed, ci_upper_printed (percent or points).

    Table kinds `adjusted` and `rating` of the display policies; percentages once, half up.
    """
    policies = list(display)
    share, points = choose_display(policies, "adjusted"), choose_display(policies, "rating")
    rating = (scores["question_kind"] == "rating").to_numpy(dtype=bool)
    printed = {}
    for column, name in (("adjusted_score", "score"), ("ci_lower", "ci_lower"), ("ci_upper", "ci_upper")):
        values = numbers(scores, column)
        rounded = rounding.round_score if name == "score" else rounding.round_limits
        printed[f"{name}_printed"] = np.where(rating, rounded(values, 1, points), rounded(values, 100, share))
    return scores.assign(**printed)


def adjusted_scores(
    patterns: pd.DataFrame,
    questions: pd.DataFrame,
    levels: Sequence[str],
    policy: CaseMixPolicy,
    *,
    organisations: pd.DataFrame | None = None,
    reference_groups: Mapping[str, str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Case-mix adjusted scores of one survey year: (scores, coefficients, diagnostics).

    The method is the policy's: `fe_margins` (default of the survey; logistic regression with organisation effects,
    averaged over the question's whole complete base), `indirect_additive` or `indirect_ratio` (`case_mix`). Expected
    ranges p0 -+ z sqrt(s^2 + tau2) and bands (`expected_range`), reliability by Paule and Mandel (`reliability`).

    `patterns`: int_case_mix_patterns of one year (`<level>_code`, covariates, n_<q>, p_<q>, s_<rating>). `questions`:
    the registry table. `organisations` (survey_year, level, organisation_code) adds NaN rows flagged `not_estimable`
    where nobody with covariates answered. `reference_groups`: covariate -> group, for the coefficients only.

    The columns of the three tables, with their units, are in `columns`; a row of scores is a level x organisation x
    question, of diagnostics a level x question, NaN where a base is 0.
    Raises ValueError for a missing column, several survey years, an unknown policy value or reference group.
    """
    scores: list[Columns] = []
    coefficients: list[Columns] = []
    diagnostics: list[Columns] = []
    kinds = {True: "rating", False: "scored"}
    for fitted in fit_questions(patterns, questions, levels, policy):
        key = {
            "survey_year": int(patterns["survey_year"].iloc[0]),
            "level": fitted.level,
            "question_id": fitted.question_id,
        }
        columns, spread, reliability = _score_columns(fitted.model, policy)
        names = {
            "organisation_code": list(fitted.organisation_codes),
            "question_kind": kinds[fitted.model.is_rating],
            "method": policy.method,
            "over_dispersion": policy.over_dispersion,
        }
        scores.append(key | names | columns)
        diagnostics.append(
            key
            | {"method": [policy.method]}
            | _diagnose(fitted, columns, spread, reliability, policy.reliability_target)
        )
        coefficients.append(key | tabulate_coefficients(fitted, reference_groups))
    table = _table(scores, SCORE_COLUMNS)
    if organisations is not None:
        table = _add_missing_organisations(table, organisations, questions, levels, policy)
    others = _table(coefficients, COEFFICIENT_COLUMNS), _table(diagnostics, DIAGNOSTIC_COLUMNS)
    return _settle_types(table), _settle_types(others[0]), _settle_types(others[1])
