"""When the answers alone suggest that a code list was turned round or renumbered, and when they do not."""

from __future__ import annotations

import pytest

from orchestration.intake.proposal.evidence import Question
from orchestration.intake.proposal.matching import match_questions, suspect_recoding

FIVE = {1: 500, 2: 300, 3: 100, 4: 50, 5: 50}


def question(counts: dict[int, int], labels: dict[int, str] | None = None, name: str = "q5") -> Question:
    return Question(name, 0, [name.upper()], None, labels or {}, counts)


@pytest.mark.parametrize(
    ("counts", "codes"),
    [
        ({5: 505, 4: 298, 3: 98, 2: 52, 1: 47}, {1: 5, 2: 4, 3: 3, 4: 2, 5: 1}),
        # The last code means "don't know" and keeps its place.
        ({4: 505, 3: 298, 2: 98, 1: 52, 5: 47}, {1: 4, 2: 3, 3: 2, 4: 1, 5: 5}),
        ({11: 505, 12: 298, 13: 98, 14: 52, 15: 47}, {11: 1, 12: 2, 13: 3, 14: 4, 15: 5}),
        ({15: 505, 14: 298, 13: 98, 12: 52, 11: 47}, {11: 5, 12: 4, 13: 3, 14: 2, 15: 1}),
    ],
)
def test_other_codes_are_suspected(counts: dict[int, int], codes: dict[int, int]) -> None:
    old = question(FIVE, {code: f"Option {code}" for code in FIVE})
    suspicion = suspect_recoding(question(counts), old)
    assert suspicion is not None
    assert suspicion.codes == codes
    assert suspicion.if_recoded > 0.95


@pytest.mark.parametrize(
    "counts",
    [
        {1: 480, 2: 310, 3: 110, 4: 50, 5: 50},  # what years differ by
        {1: 300, 2: 420, 3: 150, 4: 80, 5: 50},  # a change that no other order explains
        {5: 20, 4: 12, 3: 4, 2: 2, 1: 2},  # too few answers to tell
        {},
    ],
)
def test_nothing_is_suspected(counts: dict[int, int]) -> None:
    assert suspect_recoding(question(counts), question(FIVE)) is None


def test_an_even_question_cannot_be_told_from_itself_turned_round() -> None:
    assert suspect_recoding(question({1: 520, 2: 480}), question({1: 480, 2: 520})) is None


def test_labels_tell_more_than_answers() -> None:
    turned = {5: 505, 4: 298, 3: 98, 2: 52, 1: 47}
    labelled = question(turned, {code: f"Option {6 - code}" for code in turned})
    assert suspect_recoding(labelled, question(FIVE)) is None


def test_a_suspected_question_is_matched_but_never_sure() -> None:
    exactly = question({6 - code: count for code, count in FIVE.items()})
    (match,) = match_questions([exactly], [question(FIVE)])
    assert match.old is not None
    assert (match.confidence, match.changes) == ("unsure", ["recoded?"])
    assert "5 was 1" in match.evidence


def test_with_its_text_too_a_suspected_question_is_unsure() -> None:
    new, old = question({6 - code: count for code, count in FIVE.items()}), question(FIVE)
    new.text = old.text = "How long did you wait?"
    (match,) = match_questions([new], [old])
    assert (match.confidence, match.changes) == ("unsure", ["recoded?"])
