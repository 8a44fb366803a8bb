"""Which question of the new year is which of the year before. Pure functions.

Each pair gets a likeness from text, code list and answer distribution; a monotone alignment of the two questionnaires
adds what their order says; one assignment decides for all questions together.

A code list that seems to have been reversed or renumbered shows only in how often each code was given. A distribution
can change for other reasons, so such codes are only reported and never applied: answers read by the old list then show
in the checks of a load, while a wrong guess would hide there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt
from typing import Literal, TypeVar

import numpy as np

from orchestration.intake.mapping.labels import similarity, wording
from orchestration.intake.proposal.evidence import Question

Code = TypeVar("Code", int, str)
Confidence = Literal["certain", "likely", "unsure"]
# Texts: above the first the same wording but for marks; above the second a rewording; below, another question.
_SAME_WORDING, _REWORDED = 0.97, 0.75
_ORDER_BONUS = 0.15
_GAP = 0.62
_MARGIN = 0.08
_WITHOUT_TEXT_LIKELY, _WITHOUT_TEXT_UNSURE = 0.93, 0.8
# What a likeness that holds only if the codes were changed counts: below `likely`, whatever the answers.
_IF_RECODED = 0.9
# Recoding: below this distance (and this many standard errors) years differ by themselves.
_DISTANCE, _STANDARD_ERRORS = 0.1, 3.0
# The other order must explain at least this share of the distance.
_EXPLAINED = 0.7
_MINIMUM_ANSWERS = 50


@dataclass(frozen=True)
class Recoding:
    """A suspected recoding: new code to old code; likeness (0 to 1) of the answers by the same and by these codes."""

    codes: dict[int, int]
    as_coded: float
    if_recoded: float

    def words(self) -> str:
        """The suspicion for a reviewer."""
        pairs = ", ".join(f"{new} was {old}" for new, old in sorted(self.codes.items()) if new != old)
        return (
            f"the answers suggest other codes: {self.as_coded:.0%} alike by the same codes, "
            f"{self.if_recoded:.0%} if {pairs}"
        )


@dataclass(frozen=True)
class Likeness:
    """How alike two questions are; each part 0 to 1, None where one side does not show it."""

    text: float | None
    codes: float | None
    distribution: float | None
    recoding: Recoding | None = None

    @property
    def total(self) -> float:
        """Weighted mean of what is known; text, where known, decides."""
        codes, distribution = self.codes, self.distribution
        if self.recoding:
            codes = max(codes or 0.0, _IF_RECODED)
            distribution = max(distribution or 0.0, _IF_RECODED * self.recoding.if_recoded)
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
        return ", ".join([*words, self.recoding.words()] if self.recoding else words)


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
    recoding: Recoding | None = None  # where only the answers suggest it


def assign(merit: np.ndarray) -> dict[int, tuple[int, float]]:
    """Column of each row in the assignment with the greatest sum, and how far the pair is ahead of the next."""
    from scipy.optimize import linear_sum_assignment  # takes a third of a second to import

    found = {}
    for row, column in zip(*linear_sum_assignment(merit, maximize=True), strict=True):
        others = np.concatenate([np.delete(merit[row], column), np.delete(merit[:, column], row)])
        found[int(row)] = int(column), float(merit[row, column] - others.max()) if len(others) else 1.0
    return found


def match_questions(new: Sequence[Question], old: Sequence[Question]) -> list[Match]:
    """A match for every new question, in their order; old questions in none of them are dropped."""
    likeness = [[_compare(one, other) for other in old] for one in new]
    scores = np.asarray([[pair.total for pair in row] for row in likeness]).reshape(len(new), len(old))
    in_order = _align(scores)
    merit = scores.copy()
    for row, column in in_order:
        merit[row, column] += _ORDER_BONUS
    assigned = assign(merit)
    matches = []
    for number, question in enumerate(new):
        if number not in assigned:
            matches.append(Match(question, None, "likely", "no question of the year before is left for it"))
            continue
        place, margin = assigned[number]
        matches.append(_match(question, old[place], likeness[number][place], (number, place) in in_order, margin))
    return matches


def _compare(new: Question, old: Question) -> Likeness:
    """Likeness of two questions."""
    if new.is_multiple != old.is_multiple:
        return Likeness(0.0, 0.0, 0.0)
    text = similarity(new.text, old.text) if new.text and old.text else None
    return Likeness(text, _like_codes(new, old), _like_distributions(new, old), suspect_recoding(new, old))


def _like_codes(new: Question, old: Question) -> float | None:
    if new.labels and old.labels:
        one = {wording(label) for label in new.labels.values()}
        other = {wording(label) for label in old.labels.values()}
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
        return 1 - _distance(_by_meaning(new), _by_meaning(old))
    return 1 - _distance(new.shares, old.shares)


def _distance(one: Mapping[Code, float], other: Mapping[Code, float]) -> float:
    """Total variation distance (0 to 1) of two distributions."""
    return sum(abs(one.get(code, 0.0) - other.get(code, 0.0)) for code in set(one) | set(other)) / 2


def _by_meaning(question: Question) -> dict[str, float]:
    """Shares by what the labels say, whatever the codes."""
    labels = question.labels
    return {wording(labels.get(code, str(code))): share for code, share in question.shares.items()}


def _align(scores: np.ndarray) -> set[tuple[int, int]]:
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


def _match(new: Question, old: Question, pair: Likeness, is_in_order: bool, margin: float) -> Match:
    """Whether the assigned pair is the same question, and how sure that is."""
    order = "in order" if is_in_order else "out of order"
    evidence = f"{pair.evidence()}, {order}, {margin:+.2f} ahead of the next"
    confidence = _confidence(pair, is_in_order, margin)
    if confidence is None:
        sure: Confidence = "likely" if pair.text is not None else "unsure"
        return Match(new, None, sure, f"nearest is {old.question_id}: {evidence}")
    match = Match(new, old, confidence, evidence)
    _find_changes(match, old, pair)
    return match


def _confidence(pair: Likeness, is_in_order: bool, margin: float) -> Confidence | None:
    """None: not the same question. Without text nothing is ever certain."""
    if pair.text is not None:
        if pair.text >= _SAME_WORDING and margin >= _MARGIN:
            return "certain"
        if pair.text >= _REWORDED:
            return "likely" if is_in_order or margin >= _MARGIN else "unsure"
        return None
    if not is_in_order or pair.total < _WITHOUT_TEXT_UNSURE:
        return None
    return "likely" if pair.total >= _WITHOUT_TEXT_LIKELY else "unsure"


def _find_changes(match: Match, old: Question, pair: Likeness) -> None:
    """What is different about a matched question: number, wording, codes, options."""
    new = match.new
    if new.question_id != old.question_id:
        match.changes.append("renumbered")
    if pair.text is not None and pair.text < _SAME_WORDING:
        match.changes.append("reworded")
    codes = {wording(label): code for code, label in old.labels.items()}
    if new.labels:
        match.recoded = {code: codes[wording(label)] for code, label in new.labels.items() if wording(label) in codes}
        if any(code != registered for code, registered in match.recoded.items()):
            match.changes.append("recoded")
        match.new_options = [code for code in new.labels if code not in match.recoded]
    else:
        match.new_options = [code for code in sorted(new.counts) if code not in old.labels and old.labels]
    if match.new_options:
        match.changes.append("new options")
    if set(match.changes) - {"renumbered"} and match.confidence == "certain":
        # Which question it is may be certain; what to do about the change is for a person.
        match.confidence = "likely"
    if pair.recoding:
        match.recoding = pair.recoding
        match.changes.append("recoded?")
        match.confidence = "unsure"


def suspect_recoding(new: Question, old: Question) -> Recoding | None:
    """Whether another order of the codes explains the answers far better; None where labels tell or nothing differs.

    Tried are the codes reversed (all, or the first ones with the last left, which often mean "don't know") and, where
    as many other numbers were given, the numbers in the same order and in the opposite one.
    """
    n_new, n_old = sum(new.counts.values()), sum(old.counts.values())
    if new.labels or new.is_multiple or old.is_multiple or min(n_new, n_old) < _MINIMUM_ANSWERS:
        return None
    as_coded = _distance(new.shares, old.shares)
    error = 0.4 * sum(sqrt(p * (1 - p) * (1 / n_new + 1 / n_old)) for p in old.shares.values())
    if as_coded < _DISTANCE + _STANDARD_ERRORS * error:
        return None
    tried = [
        (_distance({codes.get(code, code): share for code, share in new.shares.items()}, old.shares), codes)
        for codes in _orders(new, old)
    ]
    distance, codes = min(tried, key=lambda found: found[0], default=(1.0, {}))
    if distance > (1 - _EXPLAINED) * as_coded:
        return None
    return Recoding(codes, 1 - as_coded, 1 - distance)


def _orders(new: Question, old: Question) -> Iterator[dict[int, int]]:
    given, before = sorted(new.counts), sorted(old.counts)
    if set(given) <= set(before) or set(before) <= set(given):
        codes = sorted({*given, *before})
        for length in range(2, len(codes) + 1):
            reversed_codes = [*codes[:length][::-1], *codes[length:]]
            yield dict(zip(codes, reversed_codes, strict=True))
    elif len(given) == len(before):
        yield dict(zip(given, before, strict=True))
        yield dict(zip(given, before[::-1], strict=True))
