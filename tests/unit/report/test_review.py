"""The verdict in the terminal."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from report_examples import failures, report_inputs, results

from orchestration.release.report.review import NoCandidate, review_text


def store(folder: Path, *extra: object) -> Path:
    inputs = report_inputs(results(*extra))
    (folder / "decision.json").write_text(json.dumps(inputs.decision), encoding="utf-8")
    (folder / "checks.json").write_text(json.dumps([r.to_dict() for r in inputs.results]), encoding="utf-8")
    return folder


def test_a_held_candidate_says_why_and_where_the_report_is(tmp_path: Path) -> None:
    text = review_text(store(tmp_path, *failures()))
    assert text.startswith("2018 (synthetic): HELD, judged as of 2019-09-01")
    assert text.index("BROKE") < text.index("FAILED") < text.index("WARNING")
    assert "landing_codes: observed 0, 12 of 100" in text
    assert "report.html" in text
    assert max(map(len, text.splitlines())) <= 100 + len(str(tmp_path))


def test_a_passed_candidate_is_short(tmp_path: Path) -> None:
    assert "PASSED" in review_text(store(tmp_path))
    assert "corrected: 3 rows of 2017 by c1 until 2020-01-01" in review_text(tmp_path)
    assert len(review_text(tmp_path).splitlines()) == 6


def test_without_a_decision_the_next_step_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoCandidate, match="ncpes load"):
        review_text(tmp_path)


def test_the_reviewer_sees_the_figures_that_are_not_published(tmp_path: Path) -> None:
    folder = store(tmp_path, *failures())
    records = [result.to_dict() | {"observed": "14 of 19"} for result in report_inputs(results(*failures())).results]
    (folder / "report.json").write_text(json.dumps({"results": records}), encoding="utf-8")
    assert "landing_codes: observed 14 of 19" in review_text(folder)
