"""Editing by routing rules: answers that should have been skipped are set aside, by rule, and every edit is counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from orchestration.intake.mapping.codes import ANSWERED, NO_ANSWER, Answers
from orchestration.intake.rules import RoutingRule

# States of an answer beyond those of `codes`: rightly not given, and given but set aside.
SKIPPED, SET_ASIDE = 10, 11


@dataclass
class RoutingEdits:
    """`answers` after editing, answers set aside by rule, and answers kept although their routing question is blank."""

    answers: dict[str, Answers]
    edits: dict[str, int] = field(default_factory=dict)
    contradictions: dict[str, int] = field(default_factory=dict)


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
        skips = np.isin(routing.codes, list(rule.skip_option_codes))
        blank = routing.codes == NO_ANSWER
        contradicted = np.zeros(len(skips), bool)
        unexplained = np.zeros(len(skips), bool)
        n_edits = 0
        for column in columns_of(rule.skipped_question_ids, result.answers):
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


def columns_of(question_ids: Sequence[str], columns: Mapping[str, Answers]) -> list[str]:
    """Answer columns of some questions: the question itself, or a column an option (`q62_1`) of a multiple one."""
    found = []
    for question_id in question_ids:
        found += [name for name in columns if name == question_id or name.rpartition("_")[0] == question_id]
    return found


def count_scored_answers(answers: Mapping[str, Answers], scored: frozenset[str], n_rows: int) -> np.ndarray:
    """Answers to scored questions per respondent (int64), those set aside not counted."""
    total = np.zeros(n_rows, np.int64)
    for name in scored & answers.keys():
        total += answers[name].state == ANSWERED
    return total
