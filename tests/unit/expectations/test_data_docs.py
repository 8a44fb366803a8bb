"""Great Expectations' own results of a run, and their Data Docs: nothing loaded from anywhere, no value of a row."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import pytest

from expectations.context import CheckContext
from expectations.data_docs import write_data_docs
from expectations.loader import Check, Need
from expectations.runner import CheckRun, run_checks
from tests.checks import EQUAL, PAIR, check, suite_of

VALUE = "943 476 5919"
LOADING = {"script", "link", "img", "iframe", "object", "embed", "video", "audio", "source", "base", "form"}


class References(HTMLParser):
    """What a page would fetch, and where its links lead."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in LOADING:
            self.fetched.append(tag)
        for name, value in attrs:
            if name in ("src", "srcset", "background", "data", "poster"):
                self.fetched.append(f"{tag} {name}={value}")
            elif name == "href":
                self.links.append(value or "")


def references(page: str) -> References:
    found = References()
    found.feed(page)
    found.fetched += re.findall(r"@import|url\([^)]*\)|https?://[^\s\"'<]*", page)
    return found


def rule(name: str, measure: str, *expectation: Any, **fields: Any) -> Check:
    given = {"id": f"marts_{name}", "title": f"A rule of {name} & others", "severity": "warning", "scope": "return"}
    return check(measure, *expectation, **given | fields)


SUITES = [
    suite_of(
        rule("passes", "select 1 as observed"),
        rule("fails", f"select '{VALUE}' as place, n as observed from range(4, 10) t(n)"),
        rule("has_no_value", "select unnest([1, null]) as observed"),
        rule("differs", f"select '{VALUE}' as observed, '{VALUE[1:]}' as expected", EQUAL, PAIR),
        rule("is_text", f"select '{VALUE}' as observed"),
    ),
    suite_of(
        rule("is_equal", "select 1 as observed, 1 as expected", EQUAL, PAIR),
        rule("has_no_table", "select <1 as observed from gone"),
        rule("is_not_needed", "select 1 as observed", needs=(Need("luck", "no luck", "select false", ()),)),
        name="marts/others",
    ),
]
SHOWN = {"passes", "fails", "has_no_value", "differs", "is_text", "is_equal"}


@pytest.fixture(scope="module")
def run() -> CheckRun:
    return run_checks(duckdb.connect(), SUITES, [CheckContext(2018, year, "synthetic") for year in (2017, 2018)])


@pytest.fixture(scope="module")
def docs(run: CheckRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_docs(tmp_path_factory.mktemp("docs"), SUITES, run, "synthetic")


def pages(docs: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(docs.parent.iterdir()):
        yield path.name, path.read_text(encoding="utf-8")


def test_the_results_are_those_of_a_suite_a_file_and_name_their_checks(run: CheckRun) -> None:
    for results in run.suite_results.values():
        assert [result.suite_name for result in results] == ["marts/rules", "marts/others"]
        configs = [outcome.expectation_config for result in results for outcome in result.results]
        assert sorted(config.meta["check_id"] for config in configs) == sorted(f"marts_{name}" for name in SHOWN)
        assert {config.severity for config in configs} == {"warning"}
        assert all(result.meta["checkpoint_id"] and result.meta["validation_id"] for result in results)


def test_what_great_expectations_says_is_the_result_of_the_check(run: CheckRun) -> None:
    told = {
        outcome.expectation_config.meta["check_id"]: outcome
        for result in run.suite_results[2018]
        for outcome in result.results
    }
    stored = {result.check_id: result for result in run.results}
    assert {name: outcome.success for name, outcome in told.items()} == {
        name: stored[name].status == "pass" for name in told
    }
    counts = {"element_count": 6, "unexpected_count": 4, "unexpected_percent": pytest.approx(400 / 6)}
    assert told["marts_fails"].result == counts
    assert told["marts_has_no_value"].result["unexpected_count"] == 1
    assert [group["observed"] for group in stored["marts_fails"].groups] == 2 * [6, 7, 8, 9]
    assert (stored["marts_is_text"].status, told["marts_is_text"].exception_info["raised_exception"]) == ("error", True)


def test_no_value_is_in_the_results_of_great_expectations(run: CheckRun) -> None:
    text = json.dumps([result.to_json_dict() for results in run.suite_results.values() for result in results])
    assert VALUE not in text
    assert VALUE[1:] not in text
    assert "unexpected_list" not in text


def test_every_check_that_was_evaluated_is_on_the_page_of_its_suite_and_year(docs: Path) -> None:
    found = dict(pages(docs))
    assert set(found) == {"index.html"} | {
        f"marts_{name}_{year}.html" for name in ("rules", "others") for year in (2017, 2018)
    }
    for suite in SUITES:
        for year in (2017, 2018):
            page = found[f"{suite.name.replace('/', '_')}_{year}.html"]
            shown = {check.id for check in suite.checks if f"({check.id})" in page}
            assert shown == {check.id for check in suite.checks} & {f"marts_{name}" for name in SHOWN}


def test_status_and_counts_are_shown(docs: Path) -> None:
    page = (docs.parent / "marts_rules_2018.html").read_text(encoding="utf-8")
    assert len(re.findall('<i class="fas fa-check-circle text-success"', page)) == 1
    assert len(re.findall('<i class="fas fa-times text-danger"', page)) == 3
    assert len(re.findall('<i class="fas fa-exclamation-triangle', page)) == 1
    assert re.search(r"4 unexpected values found. ≈?66.67?% of 6 total rows", page)
    assert "A rule of fails &amp; others" in page


def test_the_index_names_what_could_not_be_evaluated_and_counts_what_does_not_apply(docs: Path) -> None:
    index = docs.read_text(encoding="utf-8")
    assert "do not apply to this load: 1." in index
    assert "could not be evaluated, and count as failed: 2." in index
    assert "marts_has_no_table: 2017: ParserException: " in index
    assert "<1" not in index


def test_no_page_loads_anything_and_every_link_leads_somewhere(docs: Path) -> None:
    for name, page in pages(docs):
        found = references(page)
        assert (name, found.fetched) == (name, [])
        elsewhere = [link for link in found.links if not link.startswith("#")]
        assert [link for link in elsewhere if not (docs.parent / link).is_file()] == []
        assert "default-src 'none'" in page


def test_no_value_of_a_row_is_in_a_page(docs: Path) -> None:
    assert [name for name, page in pages(docs) if VALUE in page or VALUE[1:] in page] == []


def test_a_run_without_results_of_great_expectations_has_an_index(run: CheckRun, tmp_path: Path) -> None:
    index = write_data_docs(tmp_path, SUITES, replace(run, suite_results={}), "synthetic")
    assert "marts_has_no_table" in index.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "planted",
    [
        "<script>alert(1)</script>",
        '<link rel="stylesheet" href="own.css">',
        '<p style="background: url(//host/x.png)">',
        '<img src="logo.png">',
        '<a href="https://greatexpectations.io">more</a>',
    ],
)
def test_a_planted_reference_is_seen(planted: str) -> None:
    assert references(planted).fetched
