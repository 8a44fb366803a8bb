"""Differences between patient groups: crude, and adjusted for the other covariates and the organisation.

Belongs here: groups of one covariate against its reference. Indices over deprivation are in `inequality`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics import intervals
from orchestration.statistics.case_mix.design import sum_by
from orchestration.statistics.case_mix.diagnostics import choose_references
from orchestration.statistics.case_mix.question_models import QuestionModel, fit_questions
from orchestration.statistics.policies import CaseMixPolicy

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

GROUP_COLUMNS = [
    "survey_year",
    "question_id",
    "group_kind",
    "group_code",
    "reference_code",
    "n_base",
    "score",
    "difference",
    "ci_lower",
    "ci_upper",
    "adjusted_score",
    "adjusted_difference",
    "adjusted_error",
    "adjusted_ci_lower",
    "adjusted_ci_upper",
    "p_value",
    "status",
]


@dataclass(frozen=True)
class GroupMargins:
    """Adjusted scores of the levels of one covariate, shape (levels,), and their covariance (levels, levels)."""

    levels: NDArray[np.int64]
    score: Floats
    covariance: Floats


def group_margins(model: QuestionModel, covariate: str) -> GroupMargins:
    """Predictive margins of a covariate: everybody's mean prediction if all belonged to the group, all else as it is.

    From the model with organisation effects; the covariance by the delta method with the people held fixed. NaN for a
    level without a finite effect. People whose own prediction is infinite (one-sided organisations) are left out.
    """
    from scipy.special import expit

    fit, cells, coding = model.fit, model.cells, model.question.coding
    number = coding.covariates.index(covariate)
    levels = np.flatnonzero(coding.covariate_of_level == number)
    own_levels = cells.pattern_levels[cells.pattern]
    finite = np.where(fit.separation.level != 0, np.nan, fit.level_effect)
    effect = np.where(fit.separation.organisation != 0, np.nan, fit.organisation_effect)
    others = np.delete(own_levels, number, axis=1)
    rest = effect[cells.organisation] + finite[others].sum(axis=1)
    used = np.isfinite(rest) & (cells.n > 0)
    weight = cells.n[used] / cells.n[used].sum() if used.any() else np.zeros(0)
    scores, gradients = [], []
    for level in levels:
        eta = rest[used] + finite[level]
        value = eta if model.is_rating else expit(eta)
        slope = weight * (1.0 if model.is_rating else value * (1 - value))
        scores.append(float((weight * value).sum()) if used.any() else np.nan)
        of_organisation = sum_by(cells.organisation[used], slope, cells.n_organisations)
        of_level = np.zeros(cells.n_levels)
        for column in others[used].T:
            of_level += sum_by(column, slope, cells.n_levels)
        of_level[level] += slope.sum()
        gradients.append((of_organisation, of_level[fit.free] - fit.mean_levels.T @ of_organisation))
    organisation = np.array([gradient[0] for gradient in gradients])
    reduced = np.array([gradient[1] for gradient in gradients])
    inverse = np.where(fit.information > 0, 1 / np.where(fit.information > 0, fit.information, 1.0), 0.0)
    covariance = (organisation * inverse) @ organisation.T + reduced @ fit.level_covariance @ reduced.T
    return GroupMargins(levels, np.array(scores), covariance * fit.residual_variance)


def _group_rows(
    model: QuestionModel, covariate: str, reference: int, z: float, minimum_base: int
) -> Iterator[dict[str, Any]]:
    """One row a level of the covariate."""
    from scipy.special import ndtr

    cells, coding = model.cells, model.question.coding
    margins = group_margins(model, covariate)
    number = coding.covariates.index(covariate)
    level = cells.pattern_levels[cells.pattern, number]
    n, total = sum_by(level, cells.n, cells.n_levels), sum_by(level, cells.total, cells.n_levels)
    squares = None if cells.total_squares is None else sum_by(level, cells.total_squares, cells.n_levels)
    score = total / np.where(n > 0, n, np.nan)
    at = int(np.flatnonzero(margins.levels == reference)[0])
    for position, own in enumerate(margins.levels):
        difference = margins.score[position] - margins.score[at]
        spread = margins.covariance
        error = float(np.sqrt(max(spread[position, position] + spread[at, at] - 2 * spread[position, at], 0.0)))
        pair = [float(score[reference]), float(n[reference]), float(score[own]), float(n[own])]
        limits = _crude_limits(pair, None if squares is None else (squares[reference], squares[own]), z)
        enough = min(n[own], n[reference]) >= max(minimum_base, 1)
        row = {
            "group_kind": covariate,
            "group_code": coding.labels[own][1],
            "reference_code": coding.labels[reference][1],
            "n_base": int(n[own]),
            "status": "published" if enough else "not_estimable",
        }
        if own == reference:
            difference = error = np.nan
            limits = (np.nan, np.nan)
        values = {
            "score": score[own],
            "difference": np.nan if own == reference else score[own] - score[reference],
            "ci_lower": limits[0],
            "ci_upper": limits[1],
            "adjusted_score": margins.score[position],
            "adjusted_difference": difference,
            "adjusted_error": error,
            "adjusted_ci_lower": difference - z * error,
            "adjusted_ci_upper": difference + z * error,
            "p_value": float(2 * ndtr(-abs(difference / error))) if error > 0 else np.nan,
        }
        yield row | (values if enough else dict.fromkeys(values, np.nan)) | {"question_id": model.question.question_id}


def _crude_limits(pair: list[float], squares: tuple[float, float] | None, z: float) -> tuple[float, float]:
    """Limits of the crude difference: hybrid score of shares, normal of means."""
    if squares is None:
        lower, upper = intervals.newcombe_limits(pair[0], pair[1], pair[2], pair[3], z)
        return float(lower), float(upper)
    variances = []
    for mean, n, square in ((pair[0], pair[1], squares[0]), (pair[2], pair[3], squares[1])):
        variances.append(float(intervals.standard_deviation(n, mean * n, square)) ** 2 / n if n > 1 else np.nan)
    half = z * float(np.sqrt(sum(variances)))
    return pair[2] - pair[0] - half, pair[2] - pair[0] + half


def group_differences(
    patterns: pd.DataFrame,
    questions: pd.DataFrame,
    level: str,
    policy: CaseMixPolicy,
    *,
    minimum_base: int,
    reference_groups: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Scores of patient groups of one survey year against their reference group, crude and adjusted, for the nation.

    Adjusted: predictive margins of the model with effects of the organisations of `level` (`group_margins`), for
    everybody with every covariate and an organisation. Arguments as of `adjusted_scores`. Returns GROUP_COLUMNS, shares
    0-1 (rating: points), z = policy.z_unadjusted, p of the adjusted difference; status `not_estimable` without numbers
    where the group or its reference has fewer than `minimum_base` answers.
    """
    import pandas as pd

    rows: list[dict[str, Any]] = []
    for model in fit_questions(patterns, questions, [level], policy):
        question = model.question
        references = choose_references(question.coding, question.population, reference_groups)
        for covariate in question.coding.covariates:
            rows += _group_rows(model, covariate, references[covariate], policy.z_unadjusted, minimum_base)
    table = pd.DataFrame(rows, columns=GROUP_COLUMNS)
    return table.assign(survey_year=int(patterns["survey_year"].iloc[0])) if len(table) else table
