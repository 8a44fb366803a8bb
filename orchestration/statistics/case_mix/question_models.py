"""The case-mix models of one question at one level, and each organisation's adjusted score under them.

The model with organisation effects gives predictive margins: an organisation's score if it had the patients of the
whole survey, with the error of it and how far that is an extrapolation. The pooled model gives what was to be expected
of an organisation's patients, and from it the two indirect forms.

Does not belong here: estimation (`fixed_effects`), expected ranges (`between_organisations`) and tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.case_mix.design import Cells, QuestionCells, cells_of_questions, sum_by
from orchestration.statistics.case_mix.fixed_effects import Fit, fit_linear, fit_logistic
from orchestration.statistics.policies import CaseMixPolicy

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

RATING_MAXIMUM = 10.0
# A score that is extrapolated to more than half of the survey's patients is flagged.
POOR_OVERLAP_SHARE = 0.5
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


@dataclass(frozen=True)
class Adjusted:
    """One adjusted score an organisation, shape (k,) each; NaN where the organisation has no answers."""

    score: Floats
    standard_error: Floats
    is_clipped: Flags


@dataclass(frozen=True)
class QuestionModel:
    """Both models of a question at a level, on the same cells; arrays are (k,)."""

    question: QuestionCells
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
    def cells(self) -> Cells:
        """The cells that both models were fitted on."""
        return self.question.cells

    @property
    def is_rating(self) -> bool:
        """Whether the models are linear, of the rating."""
        return self.cells.total_squares is not None

    @property
    def has_poor_overlap(self) -> Flags:
        """Organisations extrapolated to more than half of the nation's patients."""
        return np.asarray(self.margins.overlap_share < POOR_OVERLAP_SHARE)

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


def model_question(question: QuestionCells) -> QuestionModel:
    """Fit both models and form the three adjusted scores of one question at one level.

    `fe_margins`: predictive margins over the question's population, from the model with organisation effects.
    `indirect_additive`: p0 + (O - E) / n and `indirect_ratio`: p0 O / E, E from the pooled model, p0 the national
    score; clipped to 0..1 (0..10 for the rating) and flagged. The model is linear where the cells hold sums of squares.
    """
    cells, national_score = question.cells, question.national_score
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
    margins = predictive_margins(fit, cells, question.population, logistic=not is_rating)
    error = _indirect_errors(cells, pooled, n, is_rating)
    factor = national_score / np.where(expected > 0, expected, np.nan)
    # Where nothing is expected nothing was observed: the pooled model fits it exactly.
    ratio = np.where((expected == 0) & (answers > 0), national_score, total * factor)
    forms = {
        "fe_margins": _clip(margins.score, margins.standard_error, maximum),
        "indirect_additive": _clip(national_score + (total - expected) / n, error, maximum),
        "indirect_ratio": _clip(np.where(answers > 0, ratio, np.nan), error * n * factor, maximum),
    }
    expected = np.where(answers > 0, expected, np.nan)
    return QuestionModel(question, answers, total, expected, fit, pooled, margins, forms)


def fit_questions(
    patterns: pd.DataFrame, questions: pd.DataFrame, levels: Iterable[str], policy: CaseMixPolicy
) -> Iterator[QuestionModel]:
    """The models of every level and question of a survey year; arguments and errors as of `cells_of_questions`."""
    return map(model_question, cells_of_questions(patterns, questions, levels, policy))


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
