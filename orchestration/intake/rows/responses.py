"""The responses: answers of each respondent, joined to the sample by record number and edited by routing.

Answers that should have been skipped are set aside, by rule of the registry, and every edit is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake.landing.receipt import AnswerCounts
from orchestration.intake.mapping.codes import (
    ANSWERED,
    BLANK,
    DECLARED_MISSING,
    MISSING_CODE,
    NO_ANSWER,
    Answers,
    decode_answers,
)
from orchestration.intake.mapping.columns import MappedFile
from orchestration.intake.refusal import Problem
from orchestration.intake.rows.outcomes import ACCEPTED, EXCLUDED, FOLDED, QUARANTINED, FileRows
from orchestration.intake.rows.sample import People, take_record_numbers
from orchestration.intake.rules import YearRules
from orchestration.registry import RoutingRule

# States of an answer beyond those of `codes`: rightly not given, and given but set aside.
SKIPPED, SET_ASIDE = 10, 11


@dataclass
class ResponseRows:
    """A response file row by row. `sample_row` is the row of the person in the sample (-1: none)."""

    rows: FileRows
    answers: dict[str, Answers]
    sample_row: np.ndarray


@dataclass
class RoutingEdits:
    """`answers` after editing, answers set aside by rule, and answers kept although their routing question is blank."""

    answers: dict[str, Answers]
    edits: dict[str, int] = field(default_factory=dict)
    contradictions: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class UseableResponses:
    """Respondents that are landed: their rows in the file, edited answers, and the counts for the receipt."""

    rows: np.ndarray
    edits: RoutingEdits
    counts: dict[str, AnswerCounts]


def decode_all_answers(mapped: MappedFile, rules: YearRules, problems: list[Problem]) -> dict[str, Answers]:
    """All answer columns of a file, in the order of the registry."""
    return {
        target: decode_answers(mapped, target, rules, problems)
        for target in rules.answer_columns
        if target in mapped.columns
    }


def read_responses(rows: FileRows, rules: YearRules, people: People, problems: list[Problem]) -> ResponseRows:
    """Decode a response file and decide on each of its rows; answers are not edited yet."""
    answers = decode_all_answers(rows.mapped, rules, problems)
    numbers = take_record_numbers(rows)
    # The first accepted row of a number is the person's; without one, any row says what became of them.
    person_rows = np.argsort(people.row_outcome != ACCEPTED, kind="stable")
    values = people.record_numbers.take(person_rows)
    found = pc.index_in(numbers.cast(pa.string()), value_set=values, skip_nulls=True)
    position = found.fill_null(-1).to_numpy(zero_copy_only=False)
    sample_row = np.where(position < 0, -1, person_rows[position])
    of_person = np.where(sample_row < 0, FOLDED, people.row_outcome[sample_row])
    rows.outcomes.decide(sample_row < 0, QUARANTINED, "no_sample_row")
    rows.outcomes.decide(of_person == QUARANTINED, QUARANTINED, "sample_row_quarantined")
    rows.outcomes.decide(of_person == EXCLUDED, EXCLUDED, "sample_row_excluded")
    contradicts = np.not_equal(people.labels["outcome"][sample_row], "returned")
    rows.outcomes.decide(contradicts, QUARANTINED, "outcome_contradicts_response")
    return ResponseRows(rows, answers, sample_row)


def take_useable(responses: ResponseRows, rules: YearRules) -> UseableResponses:
    """Edit by routing, exclude people with too few scored answers left, and count what became of every answer."""
    outcomes, routing = responses.rows.outcomes, rules.registry.routing_rules_of(rules.survey_year)
    candidates = np.flatnonzero(outcomes.accepted)
    edited = apply_routing(_take(responses.answers, candidates), routing)
    n_scored = _count_scored_answers(edited.answers, rules.scored_columns, len(candidates))
    useable = n_scored >= rules.year.useable_minimum_answers
    if not useable.all():
        not_useable = np.zeros(responses.rows.mapped.n_rows, bool)
        not_useable[candidates[~useable]] = True
        outcomes.decide(not_useable, EXCLUDED, "not_useable")
        candidates = candidates[useable]
        # Edits are reported for the landed respondents only, so that they reconcile with the landed table.
        edited = apply_routing(_take(responses.answers, candidates), routing)
    return UseableResponses(candidates, edited, {name: _count(answer) for name, answer in edited.answers.items()})


def _take(answers: Mapping[str, Answers], rows: np.ndarray) -> dict[str, Answers]:
    return {name: Answers(answer.codes[rows], answer.state[rows]) for name, answer in answers.items()}


def apply_routing(answers: Mapping[str, Answers], rules: Sequence[RoutingRule]) -> RoutingEdits:
    """Apply the rules in the order of the questionnaire, so that a routing answer set aside routes nobody.

    Contradictions counted per rule: `<rule>:unrouted`, people with an answer that was set aside, and
    `<rule>:no_routing_answer`, people who answered skippable questions without the routing question (their answers are
    kept: nothing says that they should have skipped).
    """
    result = RoutingEdits(dict(answers))
    for rule in rules:
        routing = result.answers.get(rule.routing_question_id)
        if routing is None:
            continue
        skips = np.isin(routing.codes, rule.skip_option_codes)
        blank = routing.codes == NO_ANSWER
        contradicted = np.zeros(len(skips), bool)
        unexplained = np.zeros(len(skips), bool)
        n_edits = 0
        for column in _columns_of(rule.skipped_question_ids, result.answers):
            answer = result.answers[column]
            answered = answer.codes != NO_ANSWER
            aside = skips & answered
            contradicted |= aside
            unexplained |= blank & answered
            n_edits += int(np.count_nonzero(aside))
            state = np.where(aside, SET_ASIDE, np.where(skips & (answer.state != SET_ASIDE), SKIPPED, answer.state))
            result.answers[column] = Answers(np.where(aside, NO_ANSWER, answer.codes), state.astype(np.uint8))
        result.edits[rule.rule_id] = n_edits
        result.contradictions[f"{rule.rule_id}:unrouted"] = int(np.count_nonzero(contradicted))
        result.contradictions[f"{rule.rule_id}:no_routing_answer"] = int(np.count_nonzero(unexplained))
    return result


def _columns_of(question_ids: Sequence[str], columns: Mapping[str, Answers]) -> list[str]:
    """Answer columns of some questions: the question itself, or a column an option (`q62_1`) of a multiple one."""
    found = []
    for question_id in question_ids:
        found += [name for name in columns if name == question_id or name.rpartition("_")[0] == question_id]
    return found


def _count_scored_answers(answers: Mapping[str, Answers], scored: frozenset[str], n_rows: int) -> np.ndarray:
    """Answers to scored questions per respondent (int64), those set aside not counted."""
    total = np.zeros(n_rows, np.int64)
    for name in scored & answers.keys():
        total += answers[name].state == ANSWERED
    return total


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
