"""Case-mix adjusted scores of a survey year as three tables: scores, coefficients and diagnostics.

Belongs here: the columns of the scores, and the tables. The estimates come from `question_models`, ranges and
reliability from `between_organisations`. The columns are described with the marts that hold them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics import intervals, rounding
from orchestration.statistics.case_mix.between_organisations import (
    OverDispersion,
    Reliability,
    estimate_over_dispersion,
    estimate_reliability,
    range_columns,
)
from orchestration.statistics.case_mix.diagnostics import (
    COEFFICIENT_COLUMNS,
    DIAGNOSTIC_COLUMNS,
    diagnose,
    tabulate_coefficients,
)
from orchestration.statistics.case_mix.question_models import (
    Adjusted,
    QuestionModel,
    fit_questions,
    repeat_published_fault,
)
from orchestration.statistics.policies import (
    ALL_POSITIVE_RULES,
    METHODS,
    CaseMixPolicy,
    DisplayPolicy,
    choose_display,
    require_choice,
)
from orchestration.statistics.tables import numbers, require_columns

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Columns = dict[str, Any]

SCORE_COLUMNS: Final = (
    *("survey_year", "level", "organisation_code", "question_id", "question_kind", "method", "over_dispersion"),
    *("n_base", "n_positive", "rating_sum", "observed_score", "expected_score", "adjusted_score"),
    *("ci_lower", "ci_upper", "standard_error", "national_score"),
    *("expected_lower", "expected_upper", "expected_lower_998", "expected_upper_998", "band"),
    *("expected_lower_published", "expected_upper_published", "band_published"),
    *("expected_lower_corrected", "expected_upper_corrected", "band_corrected"),
    *("tau2", "tau2_corrected", "phi", "n_organisations", "between_variance", "reliability", "shrunken_score"),
    *("adjusted_fe_margins", "adjusted_indirect_additive", "adjusted_indirect_ratio"),
    *("overlap_share", "variance_ratio", "flags"),
)
TEXT_COLUMNS: Final = frozenset(
    {
        *("level", "organisation_code", "question_id", "question_kind", "method", "over_dispersion", "flags"),
        *("band", "band_published", "band_corrected", "infinite_levels", "aliased_levels"),
        *("model", "covariate", "group_code", "estimate_status"),
    }
)


def _sampling_error(model: QuestionModel, adjusted: Adjusted) -> Floats:
    """Standard error that the expected range and the reliability use: of a share under p0, of the rating its own."""
    if model.is_rating:
        return adjusted.standard_error
    p0 = model.question.national_score
    return np.sqrt(p0 * (1 - p0) / np.where(model.n_base > 0, model.n_base, np.nan))


def _limits(model: QuestionModel, adjusted: Adjusted, policy: CaseMixPolicy) -> tuple[Floats, Floats]:
    """Limits of adjusted scores: Wilson for a share, score -+ z se for the rating."""
    if not model.is_rating:
        return intervals.wilson_limits(adjusted.score, model.n_base, policy.z_adjusted)
    half = policy.z_adjusted * adjusted.standard_error
    return adjusted.score - half, adjusted.score + half


def _flag(model: QuestionModel, adjusted: Adjusted, struck: Flags) -> NDArray[np.object_]:
    """Names of the flags that are set, joined by `|`; empty where none is. `struck`: by the published fault."""
    flags = {
        "no_answers": model.n_base == 0,
        "not_estimable": (model.n_base > 0) & np.isnan(adjusted.score),
        "all_positive": model.all_positive,
        "all_negative": model.all_negative,
        "clipped": adjusted.is_clipped,
        "poor_overlap": model.has_poor_overlap,
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


def _score_columns(model: QuestionModel, policy: CaseMixPolicy) -> tuple[Columns, OverDispersion, Reliability]:
    """Columns of the scores table for one question at one level, with what was estimated on the way."""
    adjusted, struck = _choose_adjusted(model, policy)
    error = _sampling_error(model, adjusted)
    target, maximum = model.question.national_score, None if model.is_rating else 1.0
    spread = estimate_over_dispersion(adjusted.score, target, error, policy.winsorise_share)
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
        "national_score": target,
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
    return columns | range_columns(p, error, target, spread, policy, maximum), spread, reliability


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
    asked = questions.loc[
        questions["question_kind"].isin(["scored", "rating"]), ["survey_year", "question_id", "question_kind"]
    ]
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
    organisations: pd.DataFrame | None = None,
    reference_groups: Mapping[str, str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Case-mix adjusted scores of one survey year: (scores, coefficients, diagnostics).

    The method is the policy's: `fe_margins` (default of the survey; logistic regression with organisation effects,
    averaged over the question's whole complete base), `indirect_additive` or `indirect_ratio` (`question_models`).
    Expected ranges p0 -+ z sqrt(s^2 + tau2), bands, and reliability by Paule and Mandel: `between_organisations`.

    `patterns`: int_case_mix_patterns of one year (`<level>_code`, covariates, n_<q>, p_<q>, s_<rating>). `questions`:
    the registry table. `organisations` (survey_year, level, organisation_code) adds NaN rows flagged `not_estimable`
    where nobody with covariates answered. `reference_groups`: covariate -> group, for the coefficients only.

    Returns SCORE_COLUMNS, a row a level x organisation x question, COEFFICIENT_COLUMNS and DIAGNOSTIC_COLUMNS, the
    latter a row a level x question; NaN where a base is 0. Raises ValueError for a missing column, several survey
    years, an unknown policy value or reference group.
    """
    scores: list[Columns] = []
    coefficients: list[Columns] = []
    diagnostics: list[Columns] = []
    kinds = {True: "rating", False: "scored"}
    for model in fit_questions(patterns, questions, levels, policy):
        question = model.question
        key = {
            "survey_year": int(patterns["survey_year"].iloc[0]),
            "level": question.level,
            "question_id": question.question_id,
        }
        columns, spread, reliability = _score_columns(model, policy)
        names = {
            "organisation_code": list(question.organisation_codes),
            "question_kind": kinds[model.is_rating],
            "method": policy.method,
            "over_dispersion": policy.over_dispersion,
        }
        scores.append(key | names | columns)
        found = diagnose(model, columns, spread, reliability, policy.reliability_target)
        diagnostics.append(key | {"method": [policy.method]} | found)
        coefficients.append(key | tabulate_coefficients(model, reference_groups))
    table = _table(scores, SCORE_COLUMNS)
    if organisations is not None:
        table = _add_missing_organisations(table, organisations, questions, levels, policy)
    others = _table(coefficients, COEFFICIENT_COLUMNS), _table(diagnostics, DIAGNOSTIC_COLUMNS)
    return _settle_types(table), _settle_types(others[0]), _settle_types(others[1])
