"""Strict reading of suites: each thing a reviewer could trip over is refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from expectations.loader import SuiteError, load_suites, suites_digest

BETWEEN = "expect_column_values_to_be_between"
CHECK: dict[str, Any] = {
    "id": "marts_some_rule",
    "title": "A rule",
    "why": "It matters.",
    "severity": "critical",
    "affects": ["all"],
    "scope": "release",
    "reads": ["marts.fct_trends"],
    "measure": "select 1 as observed",
    "expected": "one",
    "expectation": {"type": "expect_column_values_to_be_between", "kwargs": {"column": "observed", "max_value": 1}},
}


def write(folder: Path, layer: str = "marts", name: str = "rules", **content: Any) -> Path:
    suite = {"layer": layer, "description": "Rules.", "checks": [CHECK]} | content
    (folder / layer).mkdir(parents=True, exist_ok=True)
    path = folder / layer / f"{name}.yaml"
    path.write_text(yaml.safe_dump(suite), encoding="utf-8")
    return folder


def test_the_suites_of_the_project_load() -> None:
    suites = load_suites()
    assert {suite.layer for suite in suites} == {"landing", "staging", "marts", "publication"}
    assert sum(len(suite.checks) for suite in suites) >= 80


def test_a_good_suite_loads(tmp_path: Path) -> None:
    (suite,) = load_suites(write(tmp_path))
    assert suite.checks[0].origins == ("actual", "synthetic", "reconstructed")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"title": ""}, "title is missing"),
        ({"why": None}, "why is missing"),
        ({"severity": "fatal"}, "severity fatal"),
        ({"affects": []}, "affects is missing or empty"),
        ({"scope": None}, "scope is missing"),
        ({"scope": "year"}, "scope year is not one of return, release"),
        ({"reads": []}, "reads is missing or empty"),
        ({"reads": "marts.fct_trends"}, "reads is missing or empty"),
        ({"reads": ["fct_trends"]}, "reads fct_trends: neither a table"),
        ({"reads": ["staging.stg_sample"]}, "reads staging.stg_sample: neither a table"),
        ({"origins": ["real"]}, "origins real"),
        ({"needs": ["luck"]}, "needs luck"),
        ({"id": "No"}, "an id is"),
        ({"serverity": "critical"}, "unknown key serverity"),
        ({"expectation": {"type": "expect_it"}}, "exactly type and kwargs"),
        ({"expectation": {"type": "assert_it", "kwargs": {}}}, "assert_it is not one of expect_column"),
        ({"expectation": {"type": BETWEEN, "kwargs": {"column": "score"}}}, "expectation column score"),
        ({"expectation": {"type": "expect_column_mean_to_be_between", "kwargs": {}}}, "is not one of expect_column"),
        ({"expectation": {"type": BETWEEN, "kwargs": {"column": "observed", "mostly": 0.9}}}, "between mostly is not"),
        ({"expectation": {"type": BETWEEN, "kwargs": {"row_condition": "x"}}}, "between row_condition is not"),
    ],
)
def test_a_bad_check_is_refused_by_name(tmp_path: Path, change: dict[str, Any], words: str) -> None:
    with pytest.raises(SuiteError, match=words):
        load_suites(write(tmp_path, checks=[CHECK | change]))


def test_a_count_of_offenders_is_never_less_than_none(tmp_path: Path) -> None:
    counts = {"expectation": {"type": BETWEEN, "kwargs": {"column": "observed", "max_value": 0}}}
    (suite,) = load_suites(write(tmp_path, checks=[CHECK | counts]))
    assert suite.checks[0].expectation_kwargs == {"column": "observed", "min_value": 0, "max_value": 0}


def test_an_id_used_in_two_files_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    with pytest.raises(SuiteError, match="marts_some_rule is in"):
        load_suites(write(tmp_path, name="again"))


def test_prepared_tables_are_read_across_suites_but_not_in_a_circle(tmp_path: Path) -> None:
    first = {"name": "shares", "sql": "select 1 as n", "reads": ["marts.fct_trends"]}
    second = {"name": "shifts", "sql": "select n from shares", "reads": ["shares"]}
    write(tmp_path, prepare=[second])
    write(tmp_path, name="shared", prepare=[first], checks=[CHECK | {"id": "marts_other_rule", "reads": ["shifts"]}])
    assert [suite.preparations[0].name for suite in load_suites(tmp_path)] == ["shifts", "shares"]
    other = [CHECK | {"id": "marts_other_rule"}]
    write(tmp_path, name="shared", prepare=[second], checks=other)
    with pytest.raises(SuiteError, match="prepared table shifts is in"):
        load_suites(tmp_path)
    write(tmp_path, name="shared", prepare=[first | {"reads": ["shifts"]}], checks=other)
    with pytest.raises(SuiteError, match="in a circle"):
        load_suites(tmp_path)


def test_a_need_is_resolved_to_its_question(tmp_path: Path) -> None:
    need = {"unmet": "no trend is there", "sql": "select 1 > 0", "reads": ["marts.fct_trends"]}
    (tmp_path / "needs.yaml").write_text(yaml.safe_dump({"trends": need}), encoding="utf-8")
    (suite,) = load_suites(write(tmp_path, checks=[CHECK | {"needs": ["trends"]}]))
    assert [(n.name, n.unmet) for n in suite.checks[0].needs] == [("trends", "no trend is there")]
    (tmp_path / "needs.yaml").write_text(yaml.safe_dump({"trends": need | {"reads": ["trends"]}}), encoding="utf-8")
    with pytest.raises(SuiteError, match="trends reads trends"):
        load_suites(tmp_path)


def test_a_file_in_the_wrong_folder_is_refused(tmp_path: Path) -> None:
    write(tmp_path)
    (tmp_path / "staging").mkdir()
    (tmp_path / "marts" / "rules.yaml").rename(tmp_path / "staging" / "rules.yaml")
    with pytest.raises(SuiteError, match="lies in staging"):
        load_suites(tmp_path)


def test_a_file_that_is_no_yaml_is_refused_by_name_and_line(tmp_path: Path) -> None:
    path = write(tmp_path) / "marts" / "rules.yaml"
    path.write_text("layer: marts\ndescription: one: two\n", encoding="utf-8")
    with pytest.raises(SuiteError, match=r"marts/rules.yaml: not YAML: .* line 2"):
        load_suites(tmp_path)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SuiteError, match="no check found"):
        load_suites(tmp_path)


def test_the_digest_follows_the_rules(tmp_path: Path) -> None:
    before = suites_digest(write(tmp_path))
    assert suites_digest(tmp_path) == before
    assert suites_digest(write(tmp_path, description="Other words.")) != before
