"""What is usual for a concept over the published years: the starting point of everything that has no published target.

Belongs here: averages over years of published scores. Does not belong here: the targets of one year.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from orchestration.examples.draws import Floats
from orchestration.examples.errors import ExampleError
from orchestration.registry import Registry

_BASE_SPREAD = 0.02  # logits by which a question's share of respondents in the base varies from year to year


@dataclass(frozen=True)
class References:
    """By concept: usual score and usual share of respondents in the base, as logits, and how years differ."""

    score_logits: dict[str, float]
    base_logits: dict[str, float]
    year_spread: float  # standard deviation of a concept's score over the years, logits

    @classmethod
    def of(cls, registry: Registry) -> References:
        """From the calibration targets of all years on the case-mix-complete base."""
        scores: dict[str, list[float]] = {}
        bases: dict[str, list[float]] = {}
        for row in registry.published_scores:
            if row.base_kind != "case_mix_complete" or not row.is_calibration_target:
                continue
            question = registry.question(row.survey_year, row.question_id)
            highest = 10 if question.question_kind == "rating" else 100
            scores.setdefault(question.concept_id, []).append(_logit(row.score / highest))
            respondents = registry.survey_year(row.survey_year).n_respondents_published
            if row.n_base is not None and respondents:
                # Bases are shares of those with every covariate, about 0.6% fewer than the respondents.
                bases.setdefault(question.concept_id, []).append(_logit(row.n_base / (respondents * 0.994)))
        return cls(
            {concept: _mean(values) for concept, values in scores.items()},
            {concept: _mean(values) for concept, values in bases.items()},
            _spread(scores),
        )

    def score(self, concept_id: str) -> float:
        """Usual score in percent (rating: percent of ten points)."""
        return 100 * _expit(self._look_up(self.score_logits, concept_id))

    def base_share(self, concept_id: str) -> float:
        """Usual share of respondents in the base."""
        return _expit(self._look_up(self.base_logits, concept_id))

    def drift(self, concept_id: str, luck: Floats) -> tuple[float, float]:
        """Base share and score share of a year that differs from the usual one by `luck`, two standard normals."""
        base = self._look_up(self.base_logits, concept_id) + _BASE_SPREAD * float(luck[0])
        return _expit(base), _expit(self._look_up(self.score_logits, concept_id) + self.year_spread * float(luck[1]))

    def _look_up(self, values: dict[str, float], concept_id: str) -> float:
        if concept_id not in values:
            raise ExampleError(
                f"published_scores.csv has no calibration target for concept {concept_id} in any year; add one, as"
                " example answers start from it"
            )
        return values[concept_id]


def _logit(share: float) -> float:
    share = min(max(share, 1e-6), 1 - 1e-6)
    return math.log(share / (1 - share))


def _expit(logit: float) -> float:
    return 1 / (1 + math.exp(-logit))


def _mean(values: list[float]) -> float:
    return sum(values) / len(values)


def _spread(values: dict[str, list[float]]) -> float:
    """Pooled standard deviation within concepts over the years; 0 where no concept has two years."""
    squares = sum((value - _mean(series)) ** 2 for series in values.values() for value in series)
    freedom = sum(len(series) - 1 for series in values.values())
    return math.sqrt(squares / freedom) if freedom else 0.0
