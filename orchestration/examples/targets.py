"""Totals that a year's answers must have: bases and positives by question, among those with and without all covariates.

Belongs here: arithmetic from published scores to whole numbers. Does not belong here: who gives which answer.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from orchestration.examples import assumptions as a
from orchestration.examples.draws import Floats, Ints, apportion
from orchestration.examples.plan import Question, ReturnPlan, Target
from orchestration.statistics.rounding import round_ratio

RATING_MAXIMUM = len(a.RATING_SHAPE) - 1


@dataclass(frozen=True)
class Totals:
    """Base and positives of a question in one stratum; of the rating, base and sum."""

    n_base: int
    n_positive: int


@dataclass(frozen=True)
class QuestionTotals:
    """Both strata of a question: respondents with every covariate and those without."""

    complete: Totals
    incomplete: Totals


def set_totals(plan: ReturnPlan, rng: np.random.Generator) -> dict[str, QuestionTotals]:
    """Totals of every scored question and the rating, by question id, in the order of the questionnaire."""
    return {
        question.question_id: _set_question_totals(plan, question, rng)
        for question in plan.questions
        if question.kind in ("scored", "rating")
    }


def _set_question_totals(plan: ReturnPlan, question: Question, rng: np.random.Generator) -> QuestionTotals:
    n_complete = plan.size.respondents - plan.size.incomplete
    luck = rng.standard_normal(2)  # drawn always, so that one question's target moves no other question
    target = plan.complete_targets.get(question.question_id)
    scale = 100.0 if question.kind == "scored" else float(RATING_MAXIMUM)
    if target is None:
        base_share, share = plan.references.drift(question.concept_id, luck)
        n_base = round(n_complete * base_share)
        total = _draw_total(question, rng, n_base, share)
    else:
        n_base = plan.scale(target.n_base) or round(n_complete * plan.references.base_share(question.concept_id))
        share = target.score / scale
        total = whole(share * n_base * (1 if question.kind == "scored" else RATING_MAXIMUM))
    complete = Totals(min(n_base, n_complete), total)
    less = a.INCOMPLETE_LESS_POSITIVE if question.kind == "scored" else 0.01
    return QuestionTotals(
        complete, _incomplete_totals(plan, question, complete, share - less, plan.all_targets.get(question.question_id))
    )


def _draw_total(question: Question, rng: np.random.Generator, n_base: int, share: float) -> int:
    if question.kind == "scored":
        return int(rng.binomial(n_base, share))
    # The sum of ratings varies with the standard deviation of one rating, about 1.38.
    return min(
        n_base * RATING_MAXIMUM, whole(n_base * share * RATING_MAXIMUM + 1.38 * math.sqrt(n_base) * rng.normal())
    )


def _incomplete_totals(
    plan: ReturnPlan, question: Question, complete: Totals, share: float, printed: Target | None
) -> Totals:
    """Base and positives of those without all covariates, such that all answers print as published where they do."""
    n_complete = plan.size.respondents - plan.size.incomplete
    n_base = round(plan.size.incomplete * complete.n_base / n_complete)
    per_answer = 1 if question.kind == "scored" else RATING_MAXIMUM
    if printed is None:
        return Totals(n_base, whole(n_base * share * per_answer))
    if printed.n_base is not None:
        n_base = min(plan.size.incomplete, max(0, (plan.scale(printed.n_base) or 0) - complete.n_base))
    wanted = whole(n_base * share * per_answer)
    if question.kind == "rating":
        return Totals(n_base, wanted)
    counts = np.arange(n_base + 1)
    shown = round_ratio(complete.n_positive + counts, np.full(n_base + 1, complete.n_base + n_base), 100, plan.display)
    fitting = counts[shown == printed.score]
    # At a small scale no count may fit, and the guess is kept.
    return Totals(n_base, int(fitting[np.argmin(np.abs(fitting - wanted))]) if len(fitting) else wanted)


def whole(value: float) -> int:
    """Nearest integer, halves up."""
    return math.floor(value + 0.5)


def rating_counts(n_base: int, rating_sum: int) -> Ints:
    """How many give each rating 0..10, with exactly this base and sum: the usual skew, tilted to the mean wanted."""
    if not 0 <= rating_sum <= RATING_MAXIMUM * n_base:
        raise ValueError(f"{n_base:,} ratings from 0 to {RATING_MAXIMUM} cannot add up to {rating_sum:,}")
    if n_base == 0:
        return np.zeros(RATING_MAXIMUM + 1, dtype=np.int64)
    counts = apportion(n_base, _tilt(rating_sum / n_base))
    while gap := rating_sum - int(counts @ np.arange(RATING_MAXIMUM + 1)):
        step = 1 if gap > 0 else -1
        # Move one step as many as needed, from the fullest rating that has a next one in that direction.
        movable = counts[:-1] if step > 0 else counts[1:]
        giver = int(np.argmax(movable)) + (0 if step > 0 else 1)
        moved = min(abs(gap), int(counts[giver]))
        counts[giver] -= moved
        counts[giver + step] += moved
    return counts


def _tilt(mean: float) -> Floats:
    """RATING_SHAPE times exp(theta x rating), theta such that the mean is the one wanted; bisection, (11,)."""
    ratings = np.arange(RATING_MAXIMUM + 1)
    low, high = -8.0, 8.0
    for _ in range(60):
        middle = (low + high) / 2
        weights = np.array(a.RATING_SHAPE) * np.exp(middle * (ratings - RATING_MAXIMUM))
        if float(weights @ ratings) / float(weights.sum()) < mean:
            low = middle
        else:
            high = middle
    return np.asarray(weights / weights.sum(), dtype=np.float64)
