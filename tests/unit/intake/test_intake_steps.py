"""Small rules of intake on small arrays: ages, dates, diagnoses, codes, keys, routing, row outcomes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from orchestration.errors import ExitCode
from orchestration.intake.files.returns import kind_by_name
from orchestration.intake.files.source import as_text, cell_text, code_text, normal_name
from orchestration.intake.landing.respondent_key import hash_record_numbers, key_identity, read_or_make_key
from orchestration.intake.mapping.codes import (
    ANSWERED,
    BLANK,
    NO_ANSWER,
    Answers,
    is_declared_missing,
    normal_record_numbers,
)
from orchestration.intake.mapping.labels import similarity, wording
from orchestration.intake.refusal import IntakeRefused, Problem, shown_codes, shown_name
from orchestration.intake.rows.organisations import organisation_code
from orchestration.intake.rows.outcomes import EXCLUDED, QUARANTINED, RowOutcomes, share_by_code
from orchestration.intake.rows.responses import SET_ASIDE, SKIPPED, apply_routing
from orchestration.intake.rows.sample import (
    age_at_discharge,
    age_group,
    icd10_prefix,
    impossible_dates,
    outside_months,
)
from orchestration.registry import DemographicGroup, RoutingRule


def ints(*values: int) -> np.ndarray:
    return np.asarray(values, np.int64)


@pytest.mark.parametrize(
    ("birth", "discharge", "age"),
    [
        ((1950, 6), (2018, 5), 67),
        ((1950, 6), (2018, 6), 68),
        ((1950, 6), (2018, 7), 68),
        ((-1, 6), (2018, 7), -1),
        ((1950, -1), (2018, 7), -1),
    ],
)
def test_age_counts_the_birthday_from_the_first_of_its_month(
    birth: tuple[int, int], discharge: tuple[int, int], age: int
) -> None:
    parts = (ints(birth[0]), ints(birth[1]), ints(discharge[0]), ints(discharge[1]))
    assert age_at_discharge(*parts).tolist() == [age]


@pytest.mark.parametrize(
    ("date", "impossible"),
    [
        ((1950, 6, 2018, 2, 28), False),
        ((1950, 6, 2018, 2, 29), True),
        ((1950, 6, 2016, 2, 29), False),
        ((1950, 6, 1900, 2, 29), True),
        ((1950, 6, 2018, 4, 31), True),
        ((1950, 6, 2018, 4, 0), True),
        ((1950, 0, 2018, 4, 1), True),
        ((2018, 6, 2018, 4, 1), True),
        ((2019, -1, 2018, 4, 1), True),
        ((1850, 1, 2018, 4, 1), True),
        ((-1, -1, -1, -1, -1), False),
    ],
)
def test_impossible_dates(date: tuple[int, ...], impossible: bool) -> None:
    assert impossible_dates(*(ints(part) for part in date)).tolist() == [impossible]


@pytest.mark.parametrize(
    ("year", "month", "outside"),
    [
        (2018, 3, True),
        (2018, 4, False),
        (2018, 6, False),
        (2018, 7, True),
        (2017, 5, True),
        (2019, 5, True),
        (-1, 5, False),
        (2018, -1, False),
        (-1, -1, False),
        (-1, 7, True),
        (2017, -1, True),
    ],
)
def test_survey_months_are_checked_where_they_are_given(year: int, month: int, outside: bool) -> None:
    assert outside_months(ints(year), ints(month), 2018, (4, 6)).tolist() == [outside]


def test_a_survey_of_one_month() -> None:
    assert outside_months(ints(*[2018] * 3), ints(4, 5, 6), 2018, (5, 5)).tolist() == [True, False, True]


def test_age_groups_at_their_edges() -> None:
    ages = ints(15, 16, 24, 25, 84, 85, 115, -1)
    lowest = {"85+": 85, "16-24": 16, "25-34": 25}
    groups = [DemographicGroup("age_group", code, code, age, False, age, None) for code, age in lowest.items()]
    assert age_group(ages, groups).tolist() == [None, "16-24", "16-24", "25-34", "25-34", "85+", "85+", None]


@pytest.mark.parametrize(
    ("code", "prefix"),
    [("C50", "C50"), ("C50.9", "C50"), ("C509", "C50"), ("C50.X", "C50"), ("C50-", "C50"), ("50", None), ("C5", None)],
)
def test_icd10_spellings(code: str, prefix: str | None) -> None:
    assert icd10_prefix(code) == prefix


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1", "1"),
        ("01", "1"),
        (" 1.0 ", "1"),
        ("\uff11", "1"),
        ("a", "A"),
        ("1.5", "1.5"),
        ("", ""),
        ("999", "999"),
        ("000", "0"),
        ("0" + "7" * 5000, "7" * 5000),
    ],
)
def test_normal_codes(text: str, code: str) -> None:
    assert code_text(text) == code


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (3.0, "3"),
        (3.5, "3.5"),
        (True, "1"),
        (float("nan"), None),
        ("", None),
        ("\ufeff x\u00a0", "x"),
        (2.0**60, "1.152921504606847e+18"),
    ],
)
def test_cells_become_text(cell: object, text: str | None) -> None:
    assert cell_text(cell) == text


def test_columns_of_any_type_become_the_same_text() -> None:
    expected = ["1", "2", None, "1"]
    for column in (
        pa.array(["1", " 2", "", "1 "]),
        pa.array([1, 2, None, 1]),
        pa.array([1.0, 2.0, None, 1.0]),
        pa.chunked_array([["1", "2"], ["", "1"]]).dictionary_encode(),
    ):
        assert as_text(column).to_pylist() == expected


@pytest.mark.parametrize(
    ("written", "name"), [("q 1", "Q_1"), (" Trust-Code ", "TRUST_CODE"), ("Q62.1", "Q62_1"), ("\uff31\uff11", "Q1")]
)
def test_normal_names(written: str, name: str) -> None:
    assert normal_name(written) == name


def test_organisation_codes_keep_their_zeros() -> None:
    assert [organisation_code(code) for code in ("ra1", "11", "011", "E54000001")] == ["RA1", "011", "011", "E54000001"]


def test_record_numbers_in_normal_form() -> None:
    column = as_text(pa.array(["007", "7", "prn12", "1.8E+07", None]))
    assert normal_record_numbers(column).to_pylist() == ["7", "7", "PRN12", "?1.8E+07", None]


def test_the_hash_is_an_hmac(tmp_path: Path) -> None:
    import hmac

    key = read_or_make_key(tmp_path / "private" / "key")
    assert read_or_make_key(tmp_path / "private" / "key") == key
    expected = hmac.digest(key, b"2018:18000001", "sha256").hex()[:32]
    assert hash_record_numbers(key, 2018, ["18000001"]) == [expected]
    assert hash_record_numbers(key, 2017, ["18000001"]) != [expected]
    assert key_identity(key) != key_identity(b"x" * 32)


def test_declared_missing_values_and_ranges() -> None:
    declared = ("998", (-9.0, -1.0), ".a")
    assert [is_declared_missing(text, declared) for text in ("998", "-5", ".a", "1", "x")] == [
        True,
        True,
        True,
        False,
        False,
    ]


def answers(*codes: int | None) -> Answers:
    values = np.asarray([NO_ANSWER if code is None else code for code in codes], np.int16)
    return Answers(values, np.where(values == NO_ANSWER, BLANK, ANSWERED).astype(np.uint8))


def test_routing_sets_aside_counts_and_follows_the_questionnaire() -> None:
    rules = (
        RoutingRule(2018, "first", "q1", (2,), ("q2", "q3", "q62"), "quoted"),
        RoutingRule(2018, "second", "q2", (2,), ("q3",), "quoted"),
    )
    given = {
        "q1": answers(1, 2, 2, None),
        "q2": answers(2, 2, None, 1),
        "q3": answers(5, 5, None, 5),
        "q62_1": answers(1, 1, None, 0),
    }
    result = apply_routing(given, rules)
    assert result.edits == {"first": 3, "second": 1}
    assert result.contradictions["first:unrouted"] == 1
    assert result.contradictions["first:no_routing_answer"] == 1
    assert result.answers["q3"].codes.tolist() == [NO_ANSWER, NO_ANSWER, NO_ANSWER, 5]
    assert result.answers["q2"].state.tolist() == [ANSWERED, SET_ASIDE, SKIPPED, ANSWERED]
    assert given["q3"].codes.tolist() == [5, 5, NO_ANSWER, 5]


def test_the_first_decision_about_a_row_is_kept() -> None:
    outcomes = RowOutcomes(3)
    outcomes.decide(np.asarray([True, False, False]), QUARANTINED, "one")
    outcomes.decide(np.asarray([True, True, False]), EXCLUDED, "two")
    assert outcomes.reasons(QUARANTINED) == {"one": 1}
    assert outcomes.reasons(EXCLUDED) == {"two": 1}
    assert outcomes.accepted.tolist() == [False, False, True]


def test_shares_by_code_leave_out_rows_without_one() -> None:
    codes = np.asarray(["A", "A", "B", None], dtype=object)
    assert share_by_code(codes, np.asarray([True, False, False, True])) == {"A": 0.5}


def test_messages_show_codes_and_hide_people() -> None:
    assert shown_codes(["9", "9434765919"]) == "'9' and 1 more not shown"
    assert shown_codes(["Mrs Smith"]) == "(1 unlike a code not shown)"
    assert shown_codes(["-1", "Ann", "M13", "X", "7"]) == "'-1', '7', 'X' and 2 more not shown"
    assert shown_name("TRUST_CODE") == "TRUST_CODE"
    assert shown_name("9434765919") == shown_name("M13 9WL/Smith") == "(not a name)"


def test_a_refusal_has_all_problems_and_the_lowest_kind() -> None:
    refused = IntakeRefused(
        2018, [Problem(ExitCode.UNKNOWN_CODE, "x", "f", "c", 2, "y"), Problem(ExitCode.WRONG_STRUCTURE, "z")]
    )
    assert refused.exit_code == ExitCode.WRONG_STRUCTURE
    assert "f, column c: x (2)" in str(refused)
    assert "next: y" in str(refused)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("sample_2018.csv", "sample"),
        ("NCPES_Responses_2018.xlsx", "responses"),
        ("non-respondents.sav", "nonrespondents"),
        ("respondents_2018.dta", "respondents"),
        ("organizations.csv", "organisations"),
        ("responsesheet.csv", None),
        ("notes.txt", None),
    ],
)
def test_kinds_by_name(name: str, kind: str | None) -> None:
    assert kind_by_name(name) == kind


def test_likeness_of_texts() -> None:
    assert wording("Q12. Did you, or didn't you?") == "did you or didnt you"
    assert similarity("Did you see your GP?", "Q3: did you see your GP") == 1.0
    assert similarity("Did you see your GP?", "How old are you?") < 0.6
