"""Respondents whose answers add up to given counts, one trust and tumour group at a time.

Belongs here: who answers what. Does not belong here: the counts (counts.py, ratings.py) and the files (reconstruct.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.registry import Registry

Codes = NDArray[np.int32]
# Not an option code of any question; written as the missing code of the return's column.
MISSING = -1


@dataclass(frozen=True)
class RoutingRule:
    """Answering `routing_question_id` with one of `skip_codes` leads past the questions of `skipped_question_ids`."""

    routing_question_id: str
    skip_codes: frozenset[int]
    skipped_question_ids: tuple[str, ...]


@dataclass(frozen=True)
class Questionnaire:
    """What a year's answers look like, from the registry: option codes by question and role, and the routing."""

    option_codes: Mapping[str, Mapping[str, Sequence[int]]]
    routing_rules: Sequence[RoutingRule]

    @classmethod
    def of_year(cls, registry: Registry, survey_year: int) -> Questionnaire:
        """The questionnaire of a survey year."""
        codes: dict[str, dict[str, list[int]]] = {}
        for option in registry.response_options_of(survey_year):
            codes.setdefault(option.question_id, {}).setdefault(option.role, []).append(option.option_code)
        rules = [
            RoutingRule(rule.routing_question_id, frozenset(rule.skip_option_codes), tuple(rule.skipped_question_ids))
            for rule in registry.routing_rules_of(survey_year)
        ]
        return cls(codes, rules)

    def score_codes(self, question_id: str, n_positive: int, n_base: int) -> Codes:
        """Option codes of `n_base` answers, `n_positive` of them positive, evenly mixed and over all options of a role.

        Positives stand where the rounded-down line from 0 to n_positive rises.
        """
        line = np.arange(n_base + 1) * n_positive // max(n_base, 1)
        is_positive = np.diff(line) > 0
        codes = np.empty(n_base, dtype=np.int32)
        for role, chosen in (("positive", is_positive), ("negative", ~is_positive)):
            options = np.asarray(self.option_codes[question_id][role], dtype=np.int32)
            codes[chosen] = options[np.arange(np.count_nonzero(chosen)) % len(options)]
        return codes


def assign_answers(answers: Mapping[str, Codes]) -> dict[str, Codes]:
    """Spread each question's answers over as few respondents as there can be: the largest base of the group.

    `answers` holds the given option codes of each question, shape (n_base,); the result has one code a respondent,
    MISSING where the question is left open. Every question starts at the respondent after the last one of the question
    before, round and round, so the numbers of answers of two respondents differ by at most one: nobody stays below the
    useable minimum as long as the answers suffice for all.
    """
    n_respondents = max((len(codes) for codes in answers.values()), default=0)
    columns: dict[str, Codes] = {}
    start = 0
    for question_id, codes in answers.items():
        column = np.full(n_respondents, MISSING, dtype=np.int32)
        if n_respondents:
            column[(start + np.arange(len(codes))) % n_respondents] = codes
            start += len(codes)
        columns[question_id] = column
    return columns


def answer_routing(columns: Mapping[str, Codes], questionnaire: Questionnaire) -> dict[str, Codes]:
    """Answers to the routing questions that agree with the given answers, so that intake sets none aside.

    People who answered none of the questions that an option leads past get the first such option; everybody else gets
    one that leads past nothing they answered; MISSING where no option does. Later routing questions first: they may
    themselves be led past by an earlier one.
    """
    rules: dict[str, list[RoutingRule]] = {}
    for rule in questionnaire.routing_rules:
        rules.setdefault(rule.routing_question_id, []).append(rule)
    answered = {question_id: codes != MISSING for question_id, codes in columns.items()}
    n_respondents = len(next(iter(answered.values()), ()))
    routing: dict[str, Codes] = {}
    for question_id in sorted(rules, key=lambda name: int(name.lstrip("q")), reverse=True):
        own_rules = rules[question_id]
        all_codes = [code for codes in questionnaire.option_codes[question_id].values() for code in codes]
        skip_codes = frozenset().union(*(rule.skip_codes for rule in own_rules))
        column = np.full(n_respondents, MISSING, dtype=np.int32)
        for code in sorted(all_codes, key=lambda code: (code not in skip_codes, code)):
            contradicts = np.zeros(n_respondents, dtype=bool)
            for rule in own_rules:
                if code in rule.skip_codes:
                    for skipped in rule.skipped_question_ids:
                        contradicts |= answered.get(skipped, False)
            column[(column == MISSING) & ~contradicts] = code
        routing[question_id] = column
        answered[question_id] = column != MISSING
    return routing
