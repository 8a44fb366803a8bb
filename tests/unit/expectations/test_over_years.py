"""A load of several years: checks of a year's return are judged for each, and what is wrong names its year."""

from __future__ import annotations

from dataclasses import replace

import duckdb

from expectations.loader import Check, Preparation, Suite, load_suites
from expectations.over_years import checks_of_a_year, merge_years, run_checks_of_years
from expectations.results import CheckResult
from expectations.runner import CheckContext

RESULT = CheckResult("marts_rule", "marts", "A", "B", "critical", "pass", observed="0", n_affected=0, denominator=10)
FAILED = replace(RESULT, status="fail", observed="3", n_affected=3, groups=({"trust_code": "A"},), n_groups=1)


def check(check_id: str, measure: str, **fields: object) -> Check:
    return Check(
        id=check_id,
        layer="marts",
        title="A rule",
        why="It matters.",
        severity="critical",
        affects=("all",),
        measure=measure,
        expected="at most 2016",
        expectation_type="expect_column_values_to_be_between",
        expectation_kwargs={"column": "observed", "max_value": 2016},
        **fields,  # type: ignore[arg-type]
    )


SUITE = Suite(
    "marts/rules",
    "marts",
    "Rules.",
    (
        check("marts_of_a_year", "select $survey_year as observed"),
        check("marts_by_preparation", "select n as observed from prepared"),
        check("marts_of_the_release", "select $release_year - 4 as observed"),
    ),
    (Preparation("prepared", "select $survey_year as n"),),
)


def contexts(*years: int) -> list[CheckContext]:
    return [CheckContext(release_year=years[-1], survey_year=year, data_origin="synthetic") for year in years]


def test_a_check_speaks_of_a_year_by_itself_or_by_what_was_prepared() -> None:
    assert [check.id for check in checks_of_a_year(SUITE).checks] == ["marts_of_a_year", "marts_by_preparation"]


def test_a_return_is_a_matter_of_its_year() -> None:
    landed = replace(SUITE, checks=(check("marts_landed", "select count(*) as observed from landing_sample"),))
    assert checks_of_a_year(landed).checks
    counted = replace(SUITE, checks=(check("marts_pop", "select 1 as observed", population="from receipt_measures"),))
    assert checks_of_a_year(counted).checks


def test_one_record_a_check_and_the_year_that_is_wrong_is_named() -> None:
    results = run_checks_of_years(duckdb.connect(), [SUITE], contexts(2015, 2016, 2017))
    assert [(result.check_id, result.status) for result in results] == [
        ("marts_of_a_year", "fail"),
        ("marts_by_preparation", "fail"),
        ("marts_of_the_release", "pass"),
    ]
    assert results[0].groups == ({"survey_year": 2017, "observed": 2017},)
    assert results[0].observed == "2017: 2017"


def test_a_load_of_one_year_is_what_it_was() -> None:
    (result, *_) = run_checks_of_years(duckdb.connect(), [SUITE], contexts(2018))
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


def test_a_preparation_that_reads_a_preparation_of_a_year_is_of_a_year() -> None:
    chained = replace(
        SUITE,
        checks=(check("marts_by_chain", "select n as observed from second"),),
        preparations=(*SUITE.preparations, Preparation("second", "select n from prepared")),
    )
    assert checks_of_a_year(chained).checks


def test_every_check_of_a_return_and_its_movements_is_judged_for_each_year() -> None:
    suites = load_suites()
    of_a_return = [suite for suite in suites if suite.layer in ("landing", "staging") or suite.name == "marts/movement"]
    assert of_a_return
    for suite in of_a_return:
        assert checks_of_a_year(suite).checks == suite.checks, suite.name


def test_failed_years_are_kept_for_the_gate() -> None:
    assert merge_years({2015: FAILED, 2016: RESULT, 2017: FAILED}).survey_years == (2015, 2017)
    assert merge_years({2015: RESULT, 2016: RESULT}).survey_years == ()
