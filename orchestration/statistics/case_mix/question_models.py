"""The case-mix models of one question at one level, with organisation effects and pooled, and the adjusted scores.

Belongs here: from collapsed cells to adjusted scores. Does not belong here: expected ranges and tables
(`adjusted_scores`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.case_mix.design import sum_by
from orchestration.statistics.case_mix.fixed_effects import Fit, fit_linear, fit_logistic
from orchestration.statistics.case_mix.margins import Margins, predictive_margins
from orchestration.statistics.case_mix.normal_equations import Cells

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

RATING_MAXIMUM = 10.0


@dataclass(frozen=True)
class Adjusted:
    """One adjusted score an organisation, shape (k,) each; NaN where the organisation has no answers."""

    score: Floats
    standard_error: Floats
    is_clipped: Flags


@dataclass(frozen=True)
class QuestionModel:
    """Both models of a question at a level, on the same cells; arrays are (k,) unless said otherwise."""

    cells: Cells
    is_rating: bool
    national_score: float
    n_base: Floats
    total: Floats
    expected: Floats
    """Expected total under the pooled model; sums to the observed total."""
    fit: Fit
    pooled: Fit
    margins: Margins
    forms: dict[str, Adjusted]
    """The adjusted score by each method of `policies.METHODS`."""

    @property
    def all_positive(self) -> Flags:
        """Organisations whose every answer is positive (never for the rating)."""
        return np.asarray((self.n_base > 0) & (self.total == self.n_base) & (not self.is_rating))

    @property
    def all_negative(self) -> Flags:
        """Organisations without a positive answer (never for the rating)."""
        return np.asarray((self.n_base > 0) & (self.total == 0) & (not self.is_rating))


def pool_cells(cells: Cells) -> Cells:
    """The same answers by pattern alone, as one organisation."""
    size = len(cells.pattern_levels)
    squares = cells.total_squares
    return replace(
        cells,
        organisation=np.zeros(size, dtype=np.int64),
        pattern=np.arange(size),
        n=sum_by(cells.pattern, cells.n, size),
        total=sum_by(cells.pattern, cells.total, size),
        n_organisations=1,
        total_squares=None if squares is None else sum_by(cells.pattern, squares, size),
    )


def _clip(score: Floats, error: Floats, maximum: float) -> Adjusted:
    return Adjusted(np.clip(score, 0.0, maximum), error, np.asarray((score < 0) | (score > maximum)))


def _indirect_errors(cells: Cells, pooled: Fit, n: Floats, is_rating: bool) -> Floats:
    """Standard error of O / n with the pooled model held fixed."""
    if is_rating:
        return np.sqrt(pooled.residual_variance / n)
    chance = pooled.fitted[cells.pattern]
    variance = np.where(cells.n > 0, cells.n * chance * (1 - chance), 0.0)
    return np.sqrt(sum_by(cells.organisation, variance, cells.n_organisations)) / n


def model_question(cells: Cells, population: Floats, national_score: float) -> QuestionModel:
    """Fit both models and form the three adjusted scores of one question at one level.

    `fe_margins`: predictive margins over `population` (P,), from the model with organisation effects.
    `indirect_additive`: p0 + (O - E) / n and `indirect_ratio`: p0 O / E, E from the pooled model, p0 =
    `national_score`; clipped to 0..1 (0..10 for the rating) and flagged. The model is linear where
    `cells.total_squares` is given.
    """
    is_rating = cells.total_squares is not None
    if is_rating:
        fit, pooled = fit_linear(cells), fit_linear(pool_cells(cells))
    else:
        pooled = fit_logistic(pool_cells(cells))
        fit = fit_logistic(cells, start=pooled.level_effect)
    k = cells.n_organisations
    answers, total = sum_by(cells.organisation, cells.n, k), sum_by(cells.organisation, cells.total, k)
    chance = np.where(cells.n > 0, pooled.fitted[cells.pattern], 0.0)
    expected = sum_by(cells.organisation, cells.n * chance, k)
    n = np.where(answers > 0, answers, np.nan)
    maximum = RATING_MAXIMUM if is_rating else 1.0
    margins = predictive_margins(fit, cells, population, logistic=not is_rating)
    error = _indirect_errors(cells, pooled, n, is_rating)
    factor = national_score / np.where(expected > 0, expected, np.nan)
    # Where nothing is expected nothing was observed: the pooled model fits it exactly.
    ratio = np.where((expected == 0) & (answers > 0), national_score, total * factor)
    forms = {
        "fe_margins": _clip(margins.score, margins.standard_error, maximum),
        "indirect_additive": _clip(national_score + (total - expected) / n, error, maximum),
        "indirect_ratio": _clip(np.where(answers > 0, ratio, np.nan), error * n * factor, maximum),
    }
    return QuestionModel(
        cells,
        is_rating,
        national_score,
        answers,
        total,
        np.where(answers > 0, expected, np.nan),
        fit,
        pooled,
        margins,
        forms,
    )


def repeat_published_fault(adjusted: Adjusted, model: QuestionModel) -> tuple[Adjusted, Flags]:
    """The adjusted scores with the fault of the 2018 release, and where it struck.

    There, the effect of an organisation all positive (or all negative) was dropped to the base level, so that it
    carries the score of the first organisation by code that has an effect. Codes are sorted in the cells.
    """
    struck = model.all_positive | model.all_negative
    finite = np.flatnonzero(np.isfinite(model.fit.organisation_effect) & ~struck)
    if not struck.any() or not len(finite):
        return adjusted, np.zeros(len(struck), dtype=bool)
    score = np.where(struck, adjusted.score[finite[0]], adjusted.score)
    return replace(adjusted, score=score), struck
