from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.registry import Registry
from orchestration.rehearsal.respondents import MISSING, Codes, Questionnaire, answer_routing, assign_answers

from .released import GROUPS


@given(st.lists(st.integers(0, 30), min_size=1, max_size=20))
@settings(max_examples=100, deadline=None)
def test_answers_are_spread_evenly_over_as_few_people_as_can_be(bases: list[int]) -> None:
    answers = {f"q{place}": np.arange(base, dtype=np.int32) for place, base in enumerate(bases)}
    columns = assign_answers(answers)
    assert {len(column) for column in columns.values()} == {max(bases)}
    for question_id, column in columns.items():
        assert sorted(column[column != MISSING]) == list(answers[question_id])
    n_answers = np.sum([column != MISSING for column in columns.values()], axis=0)
    # Every respondent has at least the rounded-down mean, so nobody is without an answer.
    if max(bases):
        assert set(n_answers.tolist()) <= {sum(bases) // max(bases), -(-sum(bases) // max(bases))}


@pytest.mark.parametrize(("n_positive", "n_base"), [(0, 5), (5, 5), (3, 7), (1, 30), (0, 0)])
def test_positive_answers_come_out_and_use_all_options(
    questionnaire: Questionnaire, n_positive: int, n_base: int
) -> None:
    roles = questionnaire.option_codes["q1"]
    codes = questionnaire.score_codes("q1", n_positive, n_base).tolist()
    assert len(codes) == n_base
    assert sum(code in roles["positive"] for code in codes) == n_positive
    assert sum(code in roles["negative"] for code in codes) == n_base - n_positive
    assert len({code for code in codes if code in roles["positive"]}) == min(n_positive, len(roles["positive"]))


@given(st.data())
@settings(max_examples=50, deadline=None)
def test_routing_answers_never_lead_past_an_answer(questionnaire: Questionnaire, data: st.DataObject) -> None:
    skipped = sorted({name for rule in questionnaire.routing_rules for name in rule.skipped_question_ids})
    routing_ids = {rule.routing_question_id for rule in questionnaire.routing_rules}
    columns: dict[str, Codes] = {
        name: np.asarray(data.draw(st.lists(st.sampled_from([1, MISSING]), min_size=8, max_size=8)), dtype=np.int32)
        for name in skipped
        if name not in routing_ids
    }
    routing = answer_routing(columns, questionnaire)
    assert set(routing) == routing_ids
    everything = columns | routing
    for rule in questionnaire.routing_rules:
        leads_past = np.isin(everything[rule.routing_question_id], list(rule.skip_codes))
        for name in rule.skipped_question_ids:
            assert not np.any(leads_past & (everything[name] != MISSING)), rule
        # Who answered something behind the question has answered the question too.
        behind = np.any([everything[name] != MISSING for name in rule.skipped_question_ids], axis=0)
        assert np.all(everything[rule.routing_question_id][behind] != MISSING)


def test_the_oracle_and_the_registry_name_the_same_groups(registry: Registry) -> None:
    assert [row.group_label for row in registry.groups("tumour_group")] == list(GROUPS)
