"""The runner: a record for every check, whatever happens, and never a value of a person."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb
import pytest

from expectations.loader import Check, Need, Preparation
from expectations.results import CheckResult
from tests.checks import check, run


@pytest.fixture(scope="module")
def connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "create table trusts as select * from (values ('A', 1.0), ('B', 9.0), ('C', 7.0)) as t(code, score)"
    )
    return connection


def need(sql: str) -> Need:
    return Need(sql, "there are too few trusts", sql, ("trusts",))


def test_a_failed_check_names_its_groups(connection: duckdb.DuckDBPyConnection) -> None:
    (result,) = run(connection, check("select code as trust_code, score as observed from trusts order by code"))
    assert result.status == "fail"
    assert (result.n_affected, result.denominator, result.n_groups) == (2, 3, 2)
    assert [group["trust_code"] for group in result.groups] == ["B", "C"]
    assert result.observed == "7 to 9 over 2 groups"


def test_groups_are_capped_but_counted(connection: duckdb.DuckDBPyConnection) -> None:
    measure = "select code as trust_code, score as observed from trusts order by code"
    (result,) = run(connection, check(measure), group_limit=1)
    assert len(result.groups) == 1
    assert result.n_groups == 2


def test_a_count_of_offenders_is_what_is_affected(connection: duckdb.DuckDBPyConnection) -> None:
    measure = "select count(*) filter (where score > 5) as observed, count(*) as denominator from trusts"
    (result,) = run(connection, check(measure, kwargs={"column": "observed", "max_value": 0}))
    assert (result.status, result.n_affected, result.denominator) == ("fail", 2, 3)


def test_a_passed_check_says_what_it_saw(connection: duckdb.DuckDBPyConnection) -> None:
    (result,) = run(
        connection, check("select max(score) as observed from trusts", kwargs={"column": "observed", "max_value": 10})
    )
    assert (result.status, result.observed, result.n_affected) == ("pass", "9", 0)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (check("select nothing from trusts"), "nothing"),
        (check("select * from no_such_table"), "no_such_table"),
        (check("select score as observed from trusts where false"), "nothing to check"),
        (check("select 1 as other"), "observed"),
        (check("select 1 as observed", "expect_no_such_thing"), "expect_no_such_thing"),
        (check("select $unknown as observed"), "unknown"),
        (check("select 1 as observed", kwargs={"column": "observed"}), "alidation error"),
    ],
)
def test_a_check_that_cannot_be_evaluated_is_not_data_that_failed(
    connection: duckdb.DuckDBPyConnection, broken: Check, words: str
) -> None:
    (result,) = run(connection, broken)
    assert result.status == "error"
    assert words in result.message


def test_no_offender_among_many_is_a_pass_only_with_a_population(connection: duckdb.DuckDBPyConnection) -> None:
    measure = "select code, 1 as observed from trusts where score > 100"
    (result,) = run(connection, check(measure, population="select count(*) from trusts"))
    assert (result.status, result.denominator) == ("pass", 3)
    (result,) = run(connection, check(measure, population="select count(*) from trusts where false"))
    assert result.status == "error"


def test_a_group_without_a_value_offends(connection: duckdb.DuckDBPyConnection) -> None:
    (result,) = run(connection, check("select code, nullif(score, 7) / 3 as observed from trusts order by code"))
    assert (result.status, result.groups) == ("fail", ({"code": "C", "observed": None},))


def test_parameters_reach_measure_and_expectation(connection: duckdb.DuckDBPyConnection) -> None:
    bound = check(
        "select score + $shift as observed from trusts",
        kwargs={"column": "observed", "max_value": "$limit"},
        parameters={"shift": 10, "limit": 15},
    )
    (result,) = run(connection, bound, thresholds={"limit": 1})
    assert result.n_affected == 2


def test_origin_year_and_needs_decide_whether_a_check_applies(connection: duckdb.DuckDBPyConnection) -> None:
    results = run(
        connection,
        check("select 1 as observed", id="marts_origin", origins=("actual",)),
        check("select 1 as observed", id="marts_since", since=2019),
        check("select 1 as observed", id="marts_needs", needs=(need("select n > 0 from gone"),)),
        check("select 1 as observed", id="marts_unmet", needs=(need("select count(*) > 3 from trusts"),)),
        check("select 1 as observed", id="marts_met", needs=(need("select count(*) > 2 from trusts"),)),
    )
    assert [r.status for r in results] == ["not_applicable", "not_applicable", "error", "not_applicable", "pass"]
    assert "synthetic" in results[0].message
    assert "2019" in results[1].message
    assert "select n > 0 from gone" in results[2].message
    assert results[3].message == "there are too few trusts"


def test_a_failed_preparation_concerns_only_the_checks_that_read_it(connection: duckdb.DuckDBPyConnection) -> None:
    results = run(
        connection,
        check("select n as observed from counts", id="marts_reads_it", reads=("counts",)),
        check("select 1 as observed", id="marts_does_not"),
        preparations=(Preparation("counts", "select count(*) as n from gone", ("gone",)),),
    )
    assert [result.status for result in results] == ["error", "pass"]
    assert "could not be prepared" in results[0].message


def test_receipt_becomes_measures(tmp_path: Path) -> None:
    connection = duckdb.connect()
    for name in ("sample", "responses", "organisations"):
        connection.execute(f"copy (select 1 as one) to '{tmp_path / name}.parquet'")
    receipt = {
        "survey_year": 2018,
        "delivery": "abc",
        "files": [{"name": "s.csv", "kind": "sample", "rows_received": 3, "exclusions": {"late": 2}}],
        "answers": {"q1": {"blank": 4}},
        "corrections": [],
    }
    (tmp_path / "receipt.json").write_text(json.dumps(receipt), encoding="utf-8")
    run(connection, check("select 1 as observed"), landing=tmp_path)
    rows = connection.execute("select file, kind, measure, item, value from receipt_measures order by all").fetchall()
    assert rows == [
        ("", "", "answers.blank", "q1", 4.0),
        ("", "", "survey_year", "", 2018.0),
        ("s.csv", "sample", "exclusions", "late", 2.0),
        ("s.csv", "sample", "rows_received", "", 3.0),
    ]


def test_results_survive_json() -> None:
    result = CheckResult("marts_rule", "marts", "A", "B", "critical", "fail", groups=({"trust_code": "A"},), n_groups=1)
    assert CheckResult.from_dict(json.loads(json.dumps(result.to_dict()))) == result
