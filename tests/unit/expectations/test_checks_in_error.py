"""A check that cannot be evaluated is a result: no exception leaves the runner, and no other year's data are read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.dbt import dbt_results
from expectations.loader import LANDED, Check, Preparation
from expectations.results import CheckResult
from expectations.runner import broken_results
from tests.checks import BETWEEN, EQUAL, PAIR, ZERO, check, suite_of
from tests.checks import run as run_on


def must_be_zero(name: str, measure: str, *expectation: Any, reads: tuple[str, ...] = ()) -> Check:
    return check(measure, *(expectation or (BETWEEN, ZERO)), id=f"marts_{name}", reads=reads)


FINE = must_be_zero("fine", "select 0 as observed")


def run(*checks: Check, connection: Any = None, **context: Any) -> dict[str, CheckResult]:
    return {result.check_id: result for result in run_on(connection or duckdb.connect(), *checks, **context)}


@pytest.mark.parametrize(
    "broken",
    [
        must_be_zero("broken", "select 'inf'::double as observed"),
        must_be_zero("broken", "select 1.0::double / 0 as observed"),
        must_be_zero("broken", "select 0 as observed, 'inf'::double as denominator"),
        must_be_zero("broken", "select 0 as observed, 'x' as denominator"),
        must_be_zero("broken", "select [1] as observed, 5 as expected", EQUAL, PAIR),
        must_be_zero("broken", "select {'a': n} as observed, {'a': 9} as expected from range(2) t(n)", EQUAL, PAIR),
    ],
    ids=["infinite", "division by zero", "infinite denominator", "text denominator", "list", "struct"],
)
def test_figures_that_cannot_be_told_are_an_error_of_their_check_alone(broken: Check) -> None:
    results = run(FINE, broken)
    assert (results["marts_fine"].status, results["marts_broken"].status) == ("pass", "error")
    assert results["marts_broken"].message


def test_a_preparation_that_failed_is_not_read_from_what_has_its_name() -> None:
    connection = duckdb.connect()
    connection.execute("create temp view counts as select 0 as n")
    results = run(
        FINE,
        must_be_zero("reads", "select n as observed from counts", reads=("counts",)),
        must_be_zero("after", "select n as observed from later", reads=("later",)),
        connection=connection,
        preparations=(
            Preparation("counts", "select n from gone", ("gone",)),
            Preparation("later", "select n from counts", ("counts",)),
        ),
    )
    assert {name: result.status for name, result in results.items()} == {
        "marts_fine": "pass", "marts_reads": "error", "marts_after": "error",
    }  # fmt: skip
    assert "counts could not be prepared" in results["marts_after"].message


def land(folder: Path, rows: int) -> Path:
    folder.mkdir()
    with duckdb.connect() as connection:
        for name in ("sample", "responses", "organisations"):
            connection.execute(f"copy (select 1 as one from range({rows})) to '{folder / name}.parquet'")
    (folder / "receipt.json").write_text(json.dumps({"rows": rows, "files": []}), encoding="utf-8")
    return folder


@pytest.mark.parametrize("damaged", ["responses.parquet", "receipt.json"])
def test_a_return_that_cannot_be_read_is_not_checked_on_the_one_before(tmp_path: Path, damaged: str) -> None:
    connection = duckdb.connect()
    reads = (
        must_be_zero("sample", "select count(*) - 3 as observed from landing_sample", reads=LANDED[:1]),
        must_be_zero(
            "receipt", "select value - 3 as observed from receipt_measures where measure = 'rows'", reads=LANDED[3:]
        ),
    )
    before = run(*reads, connection=connection, landing=land(tmp_path / "2017", 3))
    assert {result.status for result in before.values()} == {"pass"}
    (land(tmp_path / "2018", 3) / damaged).write_text("damaged", encoding="utf-8")
    results = run(FINE, *reads, connection=connection, landing=tmp_path / "2018")
    assert [result.status for result in results.values()] == ["pass", "error", "error"]
    assert "the landed return of 2018 cannot be read" in results["marts_receipt"].message


class DeadConnection:
    """A connection that DuckDB has given up."""

    def execute(self, *arguments: object) -> None:
        raise duckdb.FatalException("FATAL Error: database has been invalidated")


def test_a_dead_connection_is_an_error_of_every_check_and_nothing_else(tmp_path: Path) -> None:
    preparations = (Preparation("counts", "select 1 as n", ()),)
    results = run(FINE, connection=DeadConnection(), preparations=preparations, landing=tmp_path)
    assert results["marts_fine"].status == "error"


def test_a_run_that_failed_as_a_whole_passes_no_check() -> None:
    (result,) = broken_results([suite_of(FINE)], "the checks could not be run")
    assert (result.check_id, result.status, result.severity) == ("marts_fine", "error", "critical")


def test_no_value_of_a_person_is_in_a_message() -> None:
    connection = duckdb.connect()
    connection.execute(
        "create temp table answers as select 'Jane O''Doe 943 476 5919' as free_text, 9434765919 as number, "
        "'13/13/1950' as born, 'abc' as respondent_key"
    )
    results = run(
        must_be_zero("text", "select count(*) filter (where cast(free_text as integer) > 3) as observed from answers"),
        must_be_zero("number", "select cast(number as tinyint) as observed from answers"),
        must_be_zero("date", "select count(cast(born as date)) as observed from answers"),
        must_be_zero("denominator", "select 0 as observed, free_text as denominator from answers"),
        must_be_zero("key", "select respondent_key, 0 as observed from answers"),
        must_be_zero("name", "select no_such_column as observed from answers"),
        connection=connection,
    )
    assert {result.status for result in results.values()} == {"error"}
    told = json.dumps([result.to_dict() for result in results.values()])
    for secret in ("Jane", "Doe", "943", "13/13", "abc"):
        assert secret not in told
    assert "ConversionException" in results["marts_text"].message
    assert "no_such_column" in results["marts_name"].message
    assert "names groups, never a person" in results["marts_key"].message


@pytest.mark.parametrize(
    ("message", "told"),
    [
        ("Conversion Error: Could not convert string 'Jane Doe' to INT32", "Conversion Error: its words are withheld"),
        ("Runtime Error in test keys (models/m.yml)\n  Invalid Input Error: Jane", "Runtime Error in test keys"),
        ("Runtime Error in test k (m.yml)\n  Binder Error: column \"n\" at 'Jane'", 'Binder Error: column "n"'),
        ("", ""),
    ],
)
def test_what_dbt_stored_of_a_broken_test_quotes_no_value(message: str, told: str) -> None:
    node = {"name": "s", "fqn": ["ncpes", "publication"], "config": {"meta": {}}}
    outcome = {"unique_id": "test.n.s", "status": "error", "failures": None, "message": message}
    (result,) = dbt_results({"results": [outcome]}, {"nodes": {"test.n.s": node}})
    assert result.message.startswith(told)
    assert "Jane" not in result.message
