"""A load of several years: checks of a return are run for each of them, and what is wrong names its year."""

from __future__ import annotations

from dataclasses import replace

import duckdb

from expectations.context import CheckContext
from expectations.loader import Check, Preparation
from expectations.results import CheckResult, merge_years
from expectations.runner import run_checks
from tests.checks import BETWEEN, check, suite_of

RESULT = CheckResult("marts_rule", "marts", "A", "B", "critical", "pass", observed="0", n_affected=0, denominator=10)
FAILED = replace(RESULT, status="fail", observed="3", n_affected=3, groups=({"trust_code": "A"},), n_groups=1)


def at_most_2016(check_id: str, scope: str, measure: str, *reads: str) -> Check:
    limit = {"column": "observed", "max_value": 2016}
    return check(measure, BETWEEN, limit, id=check_id, scope=scope, reads=reads)


SUITE = suite_of(
    at_most_2016("marts_of_a_return", "return", "select $survey_year as observed"),
    at_most_2016("marts_by_preparation", "return", "select n as observed from prepared", "prepared"),
    at_most_2016("marts_of_the_release", "release", "select $release_year - 4 as observed"),
    preparations=(Preparation("prepared", "select $survey_year as n", ()),),
)


def contexts(*years: int) -> list[CheckContext]:
    return [CheckContext(release_year=years[-1], survey_year=year, data_origin="synthetic") for year in years]


def test_one_record_a_check_and_the_year_that_is_wrong_is_named() -> None:
    run = run_checks(duckdb.connect(), [SUITE], contexts(2015, 2016, 2017))
    assert [(result.check_id, result.status) for result in run.results] == [
        ("marts_of_a_return", "fail"),
        ("marts_by_preparation", "fail"),
        ("marts_of_the_release", "pass"),
    ]
    assert run.results[0].groups == ({"survey_year": 2017, "observed": 2017},)
    assert run.results[0].observed == "2017: 2017"
    evaluated = {year: results[0].statistics["evaluated_expectations"] for year, results in run.suite_results.items()}
    assert evaluated == {2015: 2, 2016: 2, 2017: 3}


def test_a_load_of_one_year_is_what_it_was() -> None:
    (result, *_) = run_checks(duckdb.connect(), [SUITE], contexts(2018)).results
    assert (result.observed, result.groups) == ("2018", ({"observed": 2018},))


def test_the_worst_year_decides() -> None:
    broken = replace(RESULT, status="error", message="no table")
    absent = replace(RESULT, status="not_applicable", message="not loaded")
    assert merge_years({2015: RESULT, 2016: FAILED}).status == "fail"
    assert merge_years({2015: FAILED, 2016: broken}).message == "2016: no table"
    assert merge_years({2015: absent, 2016: RESULT}).status == "pass"
    assert merge_years({2015: absent, 2016: absent}).message == "not loaded"


def test_counts_of_failed_years_add_up() -> None:
    merged = merge_years({2015: FAILED, 2016: RESULT, 2017: FAILED})
    assert (merged.n_affected, merged.denominator, merged.n_groups) == (6, 20, 2)
    assert [group["survey_year"] for group in merged.groups] == [2015, 2017]
    assert merged.observed == "2015: 3; 2017: 3"


def test_failed_years_are_kept_for_the_gate() -> None:
    assert merge_years({2015: FAILED, 2016: RESULT, 2017: FAILED}).survey_years == (2015, 2017)
    assert merge_years({2015: RESULT, 2016: RESULT}).survey_years == ()
