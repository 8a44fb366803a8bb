"""The responses: answers of each respondent after editing, joined to the sample by record number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake.landing.receipt import AnswerCounts
from orchestration.intake.mapping.codes import ANSWERED, BLANK, DECLARED_MISSING, MISSING_CODE, Answers, decode_answers
from orchestration.intake.mapping.columns import MappedFile
from orchestration.intake.refusal import Problem
from orchestration.intake.rows.outcomes import ACCEPTED, EXCLUDED, FOLDED, QUARANTINED, RowFates
from orchestration.intake.rows.people import People, take_record_numbers
from orchestration.intake.rows.routing import SET_ASIDE, SKIPPED, RoutingEdits, apply_routing, count_scored_answers
from orchestration.intake.rules import YearRules


@dataclass
class ResponseRows:
    """A response file row by row. `sample_row` is the row of the person in the sample (-1: none)."""

    mapped: MappedFile
    answers: dict[str, Answers]
    sample_row: np.ndarray
    fates: RowFates


def read_responses(
    mapped: MappedFile, rules: YearRules, people: People, fates: RowFates, problems: list[Problem]
) -> ResponseRows:
    """Decode a response file and decide on each of its rows; answers are not edited yet."""
    answers = decode_all_answers(mapped, rules, problems)
    numbers = take_record_numbers(mapped, fates)
    # The first accepted row of a number stands for the person; failing that any row tells what became of them.
    person_rows = np.argsort(people.fate != ACCEPTED, kind="stable")
    values = people.record_numbers.take(person_rows)
    found = pc.index_in(numbers.cast(pa.string()), value_set=values, skip_nulls=True)
    position = found.fill_null(-1).to_numpy(zero_copy_only=False)
    sample_row = np.where(position < 0, -1, person_rows[position])
    fate_of_person = np.where(sample_row < 0, FOLDED, people.fate[sample_row])
    fates.decide(sample_row < 0, QUARANTINED, "no_sample_row")
    fates.decide(fate_of_person == QUARANTINED, QUARANTINED, "sample_row_quarantined")
    fates.decide(fate_of_person == EXCLUDED, EXCLUDED, "sample_row_excluded")
    outcome = people.labels["outcome"][sample_row]
    fates.decide(np.not_equal(outcome, "returned"), QUARANTINED, "outcome_contradicts_response")
    return ResponseRows(mapped, answers, sample_row, fates)


def decode_all_answers(mapped: MappedFile, rules: YearRules, problems: list[Problem]) -> dict[str, Answers]:
    """All answer columns of a file, in the order of the registry."""
    return {
        target: decode_answers(mapped, target, rules, problems)
        for target in rules.answer_columns
        if target in mapped.rules
    }


@dataclass(frozen=True)
class UseableResponses:
    """Respondents that are landed: their rows in the file, edited answers, and the counts for the receipt."""

    rows: np.ndarray
    edits: RoutingEdits
    counts: dict[str, AnswerCounts]


def take_useable(responses: ResponseRows, rules: YearRules) -> UseableResponses:
    """Edit by routing, exclude who has too few scored answers left, and count what became of every answer."""
    candidates = np.flatnonzero(responses.fates.accepted)
    answers = {
        name: Answers(answer.codes[candidates], answer.state[candidates]) for name, answer in responses.answers.items()
    }
    edited = apply_routing(answers, rules.routing)
    n_scored = count_scored_answers(edited.answers, rules.scored_columns, len(candidates))
    useable = n_scored >= rules.useable_minimum_answers
    if not useable.all():
        not_useable = np.zeros(len(responses.fates.fate), bool)
        not_useable[candidates[~useable]] = True
        responses.fates.decide(not_useable, EXCLUDED, "not_useable")
        # Edits are reported for the landed respondents only, so that they reconcile with the landed table.
        edited = apply_routing(
            {name: Answers(answer.codes[useable], answer.state[useable]) for name, answer in answers.items()},
            rules.routing,
        )
    counts = {name: _count(answer) for name, answer in edited.answers.items()}
    return UseableResponses(candidates[useable], edited, counts)


def _count(answer: Answers) -> AnswerCounts:
    number = np.bincount(answer.state, minlength=SET_ASIDE + 1)
    return AnswerCounts(
        answered=int(number[ANSWERED]),
        blank=int(number[BLANK]),
        missing_code=int(number[MISSING_CODE]),
        declared_missing=int(number[DECLARED_MISSING]),
        skipped_by_routing=int(number[SKIPPED]),
        set_aside=int(number[SET_ASIDE]),
    )
