"""The report: complete without a network or a script, escaped, stable in its bytes."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace
from datetime import date
from html.parser import HTMLParser

from report_examples import check, failures, report_inputs, results

from expectations.corrections import CorrectionOfRelease
from orchestration.intake.landing.receipt import Receipt
from orchestration.release.report.collect import files_of_years
from orchestration.release.report.decide import what_to_decide
from orchestration.release.report.inputs import Delivery, EarlierResult
from orchestration.release.report.render import checks_csv, order_checks, render_report, report_json


class Outline(HTMLParser):
    """Tags in order, ids, and whether every tag is closed."""

    VOID = frozenset({"meta", "br", "link", "img", "input", "hr"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def outline(page: str) -> Outline:
    parser = Outline()
    parser.feed(page)
    assert parser.open == []
    return parser


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    page = render_report(report_inputs())
    tags = outline(page).tags
    assert not {"script", "link", "img", "iframe", "object"} & {tag for tag, _ in tags}
    assert not re.search(r"https?://|@import|url\(|\son\w+=", page)


def test_equal_records_give_equal_bytes() -> None:
    assert render_report(report_inputs()) == render_report(report_inputs())
    assert report_json(report_inputs()) == report_json(report_inputs())


def test_durations_are_not_in_the_report() -> None:
    slow = [check("landing_rows", "landing", seconds=12.5)]
    assert "12.5" not in render_report(report_inputs(slow)) + report_json(report_inputs(slow))


def test_values_are_escaped() -> None:
    page = render_report(report_inputs())
    assert "R&lt;1&gt;" in page
    assert "R<1>" not in page


def test_the_verdict_and_the_origin_come_first() -> None:
    body = render_report(report_inputs()).split("<body>")[1]
    words = (
        "SYNTHETIC",
        "Held",
        "What you must decide",
        "Failed first",
        "5,721 more",
        'id="movements"',
        'id="signoff"',
    )
    positions = [body.index(word) for word in words]
    assert positions == sorted(positions)


def test_actual_data_have_no_origin_banner() -> None:
    assert 'class="origin"' not in render_report(report_inputs(data_origin="actual"))


def test_a_release_without_anything_to_show_still_has_its_page() -> None:
    empty = report_inputs(
        results(),
        claims=(), files=(), response_rates=(), movements=(), reconciliation=(), missingness=(), suppression=(),
        not_compared=(), diagnostics=(), deliveries=(), schema_drift=(), series_breaks=(), differences=(),
        n_differences=0, previous_version="",
        assumptions=(), versions=None,
    )  # fmt: skip
    page = render_report(empty)
    outline(page)
    assert "Passed" in page
    assert "No check failed." in page


def test_every_check_shows_what_it_came_to_in_earlier_years() -> None:
    earlier = (EarlierResult(2017, "fail", "7 over 2 groups"), EarlierResult(2016, "pass", ""))
    for result in (results()[0], failures()[0]):
        page = render_report(report_inputs(earlier_results={result.check_id: earlier}))
        assert page.count("2017 failed (7 over 2 groups); 2016 passed") == 1


def test_a_load_of_several_years_shows_the_rows_of_each() -> None:
    def receipt(year: int, quarantined: int) -> Receipt:
        file = {
            "name": f"sample_{year}.csv", "kind": "sample", "sha256": "ab" * 32, "rows_received": 900,
            "rows_accepted": 900 - quarantined, "rows_folded": 0, "rows_quarantined": quarantined, "rows_excluded": 0,
            "quarantine": {f"reason_of_{year}": quarantined}, "bytes": 9, "file_format": "csv", "columns": 4,
        }  # fmt: skip
        delivery = {"delivery": "a" * 12, "intake_fingerprint": "f", "data_origin": "synthetic", "form": "two_files"}
        people = {"n_sampled": 900, "n_respondents": 600}
        return Receipt.model_validate({"survey_year": year, "files": [file], **delivery, **people})

    receipts = {2016: receipt(2016, 5), 2017: receipt(2017, 41), 2018: receipt(2018, 7)}
    files = files_of_years((2017, 2018), receipts)
    assert [(file.survey_year, file.n_quarantined, file.reasons) for file in files] == [
        (2017, 41, (("reason_of_2017", 41),)), (2018, 7, (("reason_of_2018", 7),)),
    ]  # fmt: skip
    deliveries = (Delivery(2017, "a" * 12, "synthetic", 9, 8), Delivery(2018, "b" * 12, "synthetic", 9, 8))
    page = render_report(report_inputs(files=files, survey_years=(2017, 2018), deliveries=deliveries))
    outline(page)
    assert "reason of 2017: 41" in page and "reason of 2018: 7" in page
    assert "Files received for 2017, 2018" in page
    assert "respondents 2017" in page and "respondents 2018" in page


def test_earlier_years_without_results_of_their_own_are_named() -> None:
    deliveries = tuple(Delivery(year, "a" * 12, "synthetic", 9, 8) for year in (2016, 2017, 2018))
    earlier = {"landing_rows": (EarlierResult(2016, "pass", ""),)}
    page = render_report(report_inputs(deliveries=deliveries, earlier_results=earlier, survey_years=(2017, 2018)))
    assert "There are none for 2017: it has no stored results" in page
    assert "2017, 2018 were loaded together" in page
    page = render_report(report_inputs(deliveries=deliveries))
    assert "There are none for 2016, 2017: they have no stored results" in page
    assert "together" not in page
    assert "There are none for" not in render_report(report_inputs())


def test_differences_are_capped_on_the_page_and_counted() -> None:
    page = render_report(report_inputs())
    assert "73 rows differ" in page and "all of them are in differences.csv" in page
    assert "Nothing differs from version 2018.1.0" in render_report(report_inputs(differences=(), n_differences=0))


def test_a_release_that_cannot_be_read_is_not_called_equal() -> None:
    inputs = report_inputs(differences=(), n_differences=0, previous_problem="manifest.json cannot be read <x>")
    page = render_report(inputs)
    outline(page)
    assert "manifest.json cannot be read &lt;x&gt;" in page
    assert "<code>ncpes verify 2018.1.0</code> gives details" in page
    assert "Nothing differs" not in page
    assert any("2018.1.0" in item.text and "ncpes verify" in item.text for item in what_to_decide(inputs))


def test_cells_on_two_bases_are_counted() -> None:
    words = "4,892 of 18,519 published scores of an organisation are given on two bases"
    assert words in render_report(report_inputs())
    assert "two bases" not in render_report(report_inputs(two_bases=None))


def test_failed_checks_come_first_those_not_evaluated_and_the_critical_before_the_rest() -> None:
    ordered = order_checks([*results(), *failures()])
    assert [c.check_id for c in ordered[:3]] == ["staging_broken", "landing_codes", "marts_drift"]


def test_corrections_are_confirmed_and_an_expired_one_is_corrected() -> None:
    expired = CorrectionOfRelease("c9", 2018, 7, date(2019, 8, 31), "swapped", "")
    inputs = report_inputs(results(), corrections=(expired,))
    text = " ".join(item.text for item in what_to_decide(inputs))
    assert "Confirm the correction c1 of 2017: 3 rows" in text
    assert "Correct or waive: correction c9 of 2018 changed 7 rows and expired on 2019-08-31" in text
    page = render_report(inputs)
    assert "typo &lt;i&gt;" in page
    assert "until 2019-08-31, EXPIRED" in page
    assert "until 2020-01-01)" in page


def test_what_the_checks_notice_and_miss_is_shown() -> None:
    page = render_report(report_inputs())
    assert "39 of 40 classes written beside the checks were noticed (98%)." in page
    assert "A page &lt;lost&gt;." in page
    assert "with other checks than those of this release" not in page
    measured = report_inputs().detection
    assert measured is not None
    other = report_inputs(detection=replace(measured, is_of_these_checks=False))
    assert "with other checks than those of this release" in render_report(other)
    assert "It has not been measured which faults these checks detect" in render_report(report_inputs(detection=None))


def test_json_and_csv_hold_every_check() -> None:
    inputs = report_inputs()
    assert len(json.loads(report_json(inputs))["results"]) == len(inputs.results)
    rows = list(csv.DictReader(io.StringIO(checks_csv(inputs))))
    assert len(rows) == len(inputs.results)
    assert rows[0]["status"] == "error"


def test_every_table_has_headers_and_every_section_a_name() -> None:
    tags = outline(render_report(report_inputs())).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes in tags:
        if tag == "section":
            assert attributes["aria-labelledby"] in ids
        if tag == "th":
            assert attributes["scope"] in ("row", "col", "rowgroup")
        if tag == "svg":
            # A chart has a name, unless every figure of it is in the text beside it.
            assert attributes.get("aria-label") or attributes["aria-hidden"] == "true"
