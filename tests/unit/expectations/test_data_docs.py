"""Data Docs: every check on its page, nothing loaded from anywhere, no value of a row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest

from expectations.data_docs import write_data_docs
from expectations.loader import Suite, load_suites
from expectations.results import CheckResult, Status
from expectations.runner import CheckContext

STATUSES: tuple[Status, ...] = ("pass", "fail", "error", "not_applicable")
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


@pytest.fixture(scope="module")
def suites() -> list[Suite]:
    return load_suites()


@pytest.fixture(scope="module")
def results(suites: list[Suite]) -> list[CheckResult]:
    """Every status in turn, each result with a value where a careless page would show it."""
    checks = [check for suite in suites for check in suite.checks]
    return [
        CheckResult(
            check_id=check.id,
            layer=check.layer,
            title=check.title,
            why=check.why,
            severity=check.severity,
            status=STATUSES[number % 4],
            observed=VALUE,
            n_affected=3 if number % 4 == 1 else 0,
            denominator=40,
            groups=({"observed": VALUE},),
            message="BinderException: <no such column>" if number % 4 == 2 else "",
        )
        for number, check in enumerate(checks)
    ]


@pytest.fixture(scope="module")
def docs(suites: list[Suite], results: list[CheckResult], tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_data_docs(tmp_path_factory.mktemp("docs"), suites, results, CheckContext(2018, 2018, "synthetic"))


def pages(docs: Path) -> Iterator[tuple[str, str]]:
    for path in sorted(docs.parent.iterdir()):
        yield path.name, path.read_text(encoding="utf-8")


def test_every_check_that_applies_stands_on_the_page_of_its_suite(
    docs: Path, suites: list[Suite], results: list[CheckResult]
) -> None:
    found, applies = dict(pages(docs)), {r.check_id for r in results if r.status != "not_applicable"}
    assert len(found) == len(suites) + 1
    for suite in suites:
        page = found[f"{suite.name.replace('/', '_')}.html"]
        shown = {check.id for check in suite.checks if re.search(rf"\b{check.id}\b", page)}
        assert shown == {check.id for check in suite.checks} & applies


def test_status_and_counts_are_shown(docs: Path, results: list[CheckResult]) -> None:
    text = "".join(page for _, page in pages(docs))
    for status, mark in (("pass", "fa-check-circle text-success"), ("fail", "fa-times text-danger")):
        shown = len(re.findall(f'<i class="fas {mark}"', text))
        assert shown == sum(result.status == status for result in results)
    assert len(re.findall("3 unexpected values found. 7.5% of 40 total rows", text)) == sum(
        result.status == "fail" for result in results
    )
    assert "BinderException: &lt;no such column&gt;" in text
    assert "$" not in text


def test_no_page_loads_anything_and_every_link_leads_somewhere(docs: Path) -> None:
    for name, page in pages(docs):
        found = references(page)
        assert (name, found.fetched) == (name, [])
        elsewhere = [link for link in found.links if not link.startswith("#")]
        assert [link for link in elsewhere if not (docs.parent / link).is_file()] == []
        assert "default-src 'none'" in page


def test_no_value_of_a_row_is_in_a_page(docs: Path) -> None:
    assert [name for name, page in pages(docs) if VALUE in page] == []


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
