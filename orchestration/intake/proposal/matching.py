"""Which question of the new year is which of the year before.

Each pair gets a likeness from text, code list and answer distribution; a monotone alignment of the two questionnaires
adds what their order says; one assignment decides for all questions together. Pure functions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeVar

import numpy as np

from orchestration.intake.mapping.labels import fingerprint, similarity
from orchestration.intake.proposal.evidence import Question
from orchestration.intake.proposal.recoding import Suspicion, suspect_recoding

Code = TypeVar("Code", int, str)
Confidence = Literal["certain", "likely", "unsure"]
# Texts: above the first the same wording but for marks; above the second a rewording; below, another question.
SAME_WORDING, REWORDED = 0.97, 0.75
_ORDER_BONUS = 0.15
_GAP = 0.62
_MARGIN = 0.08
_WITHOUT_TEXT_LIKELY, _WITHOUT_TEXT_UNSURE = 0.93, 0.8
# What a likeness that holds only if the codes were changed counts: below `likely`, whatever the answers.
_IF_RECODED = 0.9


@dataclass(frozen=True)
class Likeness:
    """How alike two questions are; each part 0 to 1, None where one side does not show it."""

    text: float | None
    codes: float | None
    distribution: float | None
    suspicion: Suspicion | None = None

    @property
    def total(self) -> float:
        """Weighted mean of what is known; text, where known, decides."""
        codes, distribution = self.codes, self.distribution
        if self.suspicion:
            codes = max(codes or 0.0, _IF_RECODED)
            distribution = max(distribution or 0.0, _IF_RECODED * self.suspicion.if_recoded)
        parts = [(self.text, 0.7), (codes, 0.12), (distribution, 0.18)]
        if self.text is None:
            parts = [(codes, 0.3), (distribution, 0.7)]
        known = [(value, weight) for value, weight in parts if value is not None]
        weights = sum(weight for _, weight in known)
        return sum(value * weight for value, weight in known) / weights if weights else 0.0

    def evidence(self) -> str:
        """The parts in words."""
        parts = (("text", self.text), ("codes", self.codes), ("answers", self.distribution))
        words = [f"{name} {value:.0%} alike" for name, value in parts if value is not None]
        return ", ".join([*words, self.suspicion.words()] if self.suspicion else words)


@dataclass
class Match:
    """A question of the new year with its counterpart (None: new), what changed, and how sure that is."""

    new: Question
    old: Question | None
    confidence: Confidence
    evidence: str
    changes: list[str] = field(default_factory=list)
    recoded: dict[int, int] = field(default_factory=dict)  # new code to old code, where labels tell
    new_options: list[int] = field(default_factory=list)
    suspicion: Suspicion | None = None


def compare(new: Question, old: Question) -> Likeness:
    """Likeness of two questions."""
    if new.is_multiple != old.is_multiple:
        return Likeness(0.0, 0.0, 0.0)
    text = similarity(new.text, old.text) if new.text and old.text else None
    return Likeness(text, _like_codes(new, old), _like_distributions(new, old), suspect_recoding(new, old))


def _like_codes(new: Question, old: Question) -> float | None:
    if new.labels and old.labels:
        one = {fingerprint(label) for label in new.labels.values()}
        other = {fingerprint(label) for label in old.labels.values()}
        return len(one & other) / max(len(one), len(other))
    registered = set(old.labels) or set(old.counts)
    if not new.counts or not registered:
        return None
    # A rare option may not have been given: only codes that the old list lacks count against.
    given = set(new.counts)
    return len(given & registered) / max(len(given), len(set(old.counts) or registered))


def _like_distributions(new: Question, old: Question) -> float | None:
    if not new.shares or not old.shares:
        return None
    if new.labels and old.labels:
        # By meaning where labels tell it, so that a recoded list is still itself.
        return _overlap(_by_meaning(new), _by_meaning(old))
    return _overlap(new.shares, old.shares)


def _overlap(one: Mapping[Code, float], other: Mapping[Code, float]) -> float:
    """What two divisions have in common, 0 to 1."""
    codes = set(one) | set(other)
    return 1 - sum(abs(one.get(code, 0.0) - other.get(code, 0.0)) for code in codes) / 2


def _by_meaning(question: Question) -> dict[str, float]:
    """Shares by what the labels say, whatever the codes."""
    labels = question.labels
    return {fingerprint(labels.get(code, str(code))): share for code, share in question.shares.items()}


def match_questions(new: Sequence[Question], old: Sequence[Question]) -> list[Match]:
    """A match for every new question, in their order; old questions in none of them are dropped."""
    from scipy.optimize import linear_sum_assignment

    likeness = [[compare(one, other) for other in old] for one in new]
    scores = np.asarray([[pair.total for pair in row] for row in likeness]).reshape(len(new), len(old))
    path = align(scores)
    merit = scores.copy()
    for row, column in path:
        merit[row, column] += _ORDER_BONUS
    rows, columns = linear_sum_assignment(merit, maximize=True)
    counterpart = dict(zip(rows.tolist(), columns.tolist(), strict=True))
    return [
        _judge(number, counterpart.get(number), new, old, likeness, merit, (number, counterpart.get(number)) in path)
        for number in range(len(new))
    ]


def align(scores: np.ndarray) -> set[tuple[int, int]]:
    """Pairs of the monotone alignment with the greatest sum of (score - gap), as in sequence alignment."""
    n, m = scores.shape
    best = np.zeros((n + 1, m + 1))
    for row in range(1, n + 1):
        for column in range(1, m + 1):
            paired = best[row - 1, column - 1] + scores[row - 1, column - 1] - _GAP
            best[row, column] = max(best[row - 1, column], best[row, column - 1], paired)
    path = set()
    row, column = n, m
    while row and column:
        if best[row, column] == best[row - 1, column]:
            row -= 1
        elif best[row, column] == best[row, column - 1]:
            column -= 1
        else:
            row, column = row - 1, column - 1
            path.add((row, column))
    return path


def _judge(
    number: int,
    place: int | None,
    new: Sequence[Question],
    old: Sequence[Question],
    likeness: Sequence[Sequence[Likeness]],
    merit: np.ndarray,
    is_in_order: bool,
) -> Match:
    """Whether the assigned pair is the same question, and how sure that is."""
    question = new[number]
    if place is None:
        return Match(question, None, "likely", "no question of the year before is left for it")
    pair = likeness[number][place]
    others = np.concatenate([np.delete(merit[number], place), np.delete(merit[:, place], number)])
    margin = float(merit[number, place] - others.max()) if len(others) else 1.0
    order = "in order" if is_in_order else "out of order"
    evidence = f"{pair.evidence()}, {order}, {margin:+.2f} ahead of the next"
    confidence = _confidence(pair, is_in_order, margin)
    if confidence is None:
        sure: Confidence = "likely" if pair.text is not None else "unsure"
        return Match(question, None, sure, f"nearest is {old[place].question_id}: {evidence}")
    match = Match(question, old[place], confidence, evidence)
    _find_changes(match, pair)
    return match


def _confidence(pair: Likeness, is_in_order: bool, margin: float) -> Confidence | None:
    """None: not the same question. Without text nothing is ever certain."""
    if pair.text is not None:
        if pair.text >= SAME_WORDING and margin >= _MARGIN:
            return "certain"
        if pair.text >= REWORDED:
            return "likely" if is_in_order or margin >= _MARGIN else "unsure"
        return None
    if not is_in_order or pair.total < _WITHOUT_TEXT_UNSURE:
        return None
    return "likely" if pair.total >= _WITHOUT_TEXT_LIKELY else "unsure"


def _find_changes(match: Match, pair: Likeness) -> None:
    """What is different about a matched question: number, wording, codes, options."""
    new, old = match.new, match.old
    assert old is not None
    if new.question_id != old.question_id:
        match.changes.append("renumbered")
    if pair.text is not None and pair.text < SAME_WORDING:
        match.changes.append("reworded")
    codes = {fingerprint(label): code for code, label in old.labels.items()}
    if new.labels:
        match.recoded = {
            code: codes[fingerprint(label)] for code, label in new.labels.items() if fingerprint(label) in codes
        }
        if any(code != registered for code, registered in match.recoded.items()):
            match.changes.append("recoded")
        match.new_options = [code for code in new.labels if code not in match.recoded]
    else:
        match.new_options = [code for code in sorted(new.counts) if code not in old.labels and old.labels]
    if match.new_options:
        match.changes.append("new options")
    if "recoded" in match.changes or "new options" in match.changes or "reworded" in match.changes:
        # Which question it is may be certain; what to do about the change is for a person.
        match.confidence = "likely" if match.confidence == "certain" else match.confidence
    if pair.suspicion:
        match.suspicion = pair.suspicion
        match.changes.append("recoded?")
        match.confidence = "unsure"
