"""Frames out of the warehouse, and models fitted in processes of their own."""

from __future__ import annotations

import operator
from dataclasses import replace

import duckdb
import pandas as pd
import pytest

from orchestration.all_cores import on_all_cores
from orchestration.model_tables import case_mix
from orchestration.model_tables.conversion import to_arrow, to_frame
from orchestration.registry import load_registry
from orchestration.settings import PROJECT_ROOT
from tests.benchmarks.survey import draw_year

SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"


def test_whole_numbers_stay_whole_where_some_are_null() -> None:
    frame = to_frame(duckdb.sql("select * from (values (1, 2, 'a'), (9007199254740993, null, null)) as t (n, m, s)"))
    assert frame["n"].tolist() == [1, 9007199254740993]
    assert pd.api.types.is_integer_dtype(frame["m"].dtype)
    assert frame["m"].isna().tolist() == [False, True]
    assert to_arrow(frame.rename(columns={"m": "n_m"}))["n_m"].to_pylist() == [2, None]
    assert pd.isna(frame["s"][1])


def test_an_empty_relation_is_an_empty_frame() -> None:
    assert to_frame(duckdb.sql("select 1 as a, 'x' as b where false")).columns.tolist() == ["a", "b"]


def test_results_come_in_the_order_of_the_tasks() -> None:
    assert on_all_cores(operator.pow, [(2, 3), (3, 2), (5, 1)]) == [8, 9, 5]


def test_an_error_in_a_process_reaches_the_caller() -> None:
    with pytest.raises(ZeroDivisionError):
        on_all_cores(operator.truediv, [(1, 1), (1, 0)])


def test_parts_of_a_large_year_hold_every_level_and_question_once() -> None:
    questions = pd.DataFrame(
        {"question_id": [f"q{i}" for i in range(60)], "question_kind": ["scored"] * 59 + ["rating"]}
    )
    levels = ["trust", "ccg"]
    parts = list(case_mix.divide_year(questions, levels, case_mix.WORTH_A_PROCESS))
    held = [(level, question) for some, asked in parts for level in some for question in asked["question_id"]]
    assert sorted(held) == sorted((level, name) for level in levels for name in questions["question_id"])
    assert next(iter(case_mix.divide_year(questions, levels, 10)))[0] == levels


def test_sharing_a_year_out_changes_no_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    patterns, asked = draw_year(seed=5, n_questions=3, n=4_000)
    codes = [("trust", code) for code in patterns["trust_code"].unique()] + [("ccg", "no such")]
    organisations = pd.DataFrame(codes, columns=["level", "organisation_code"]).assign(survey_year=2018)
    registry = load_registry(SEEDS)
    drawn = zip(asked["question_id"], asked["question_kind"], strict=True)
    questions = tuple(replace(registry.question(2018, name), question_kind=kind) for name, kind in drawn)
    given = patterns, organisations, replace(registry, questions=questions)
    (whole,) = case_mix.fit_years(*given)
    monkeypatch.setattr(case_mix, "WORTH_A_PROCESS", 1)
    monkeypatch.setattr(case_mix, "QUESTIONS_OF_A_PROCESS", 2)
    (shared,) = case_mix.fit_years(*given)
    for one, other in zip(whole, shared, strict=True):
        keys = [name for name in ("level", "question_id", "organisation_code", "term", "level_code") if name in one]
        one, other = (table.sort_values(keys, kind="stable", ignore_index=True) for table in (one, other))
        pd.testing.assert_frame_equal(one, other, check_exact=True)
