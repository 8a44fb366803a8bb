"""The verdict in the terminal."""

from __future__ import annotations

from pathlib import Path

import pytest
from report_examples import failures, report_inputs, results

from expectations.results import CheckResult
from orchestration.records import RecordError
from orchestration.release.records.checks import write_results
from orchestration.release.report.review import review_text


def store(folder: Path, *extra: CheckResult) -> Path:
    inputs = report_inputs(results(*extra))
    inputs.decision.write(folder / "decision.json")
    write_results(folder, inputs.results, 20)
    return folder


def test_a_held_candidate_says_why_and_where_the_report_is(tmp_path: Path) -> None:
    text = review_text(store(tmp_path, *failures()))
    assert text.startswith("2018 (synthetic): HELD, as of 2019-09-01")
    assert text.index("ERROR") < text.index("FAILED") < text.index("WARNING")
    assert "1 could not be evaluated" in text
    assert "Binder Error: no such column" in text
    assert "Report: missing" in text
    (tmp_path / "report.html").touch()
    assert f"Report: {tmp_path / 'report.html'}" in review_text(tmp_path)
    assert max(map(len, text.splitlines())) <= 100 + len(str(tmp_path))


def test_a_passed_candidate_is_short(tmp_path: Path) -> None:
    assert "PASSED" in review_text(store(tmp_path))
    assert "corrected: 3 rows of 2017 by c1 until 2020-01-01" in review_text(tmp_path)
    assert len(review_text(tmp_path).splitlines()) == 6


def test_without_a_decision_there_is_nothing_to_review(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match=r"decision\.json cannot be read"):
        review_text(tmp_path)


def test_the_reviewer_sees_the_figures_that_are_not_published(tmp_path: Path) -> None:
    """The example's failed check names a trust with 12 patients affected."""
    text = review_text(store(tmp_path, *failures()))
    assert "landing_codes: observed 0, 12 of 100" in text
    (tmp_path / "check_results.json").unlink()
    assert "landing_codes: observed 40 groups; figures of few people are withheld" in review_text(tmp_path)
