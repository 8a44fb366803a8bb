"""A load that has come to its checks ends with results, a decision and a page, whatever breaks on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from expectations.loader import SuiteError, load_suites
from expectations.results import LAYERS, CheckResult
from orchestration.load import checks
from orchestration.load.checks import run_checks
from orchestration.load.decision import decide_on_candidate
from orchestration.load.files import write_candidate_files
from orchestration.load.load import Load
from orchestration.load.promotion import promote_warehouse
from orchestration.load.report import write_report
from orchestration.release.errors import CandidateError, CandidateHeld
from orchestration.release.records.checks import write_results
from tests.decisions import decided


def stored(load: Load) -> dict[str, dict[str, Any]]:
    records = json.loads((load.candidate / "checks.json").read_text(encoding="utf-8"))
    return {record["check_id"]: record for record in records}


def store_decision(load: Load, *extra: CheckResult) -> None:
    """Results of every layer and the gate's decision on them."""
    results = [CheckResult(f"{layer}_x", layer, "T", "W", "critical", "pass") for layer in LAYERS] + list(extra)
    (load.candidate / "decision.json").write_text(decided(results).to_json(), encoding="utf-8")
    write_results(load.candidate, results, 20)


FAILED = CheckResult("marts_rule", "marts", "A <rule>", "W", "critical", "fail", observed="9 of 10")


def test_checks_that_cannot_be_run_are_an_error_each_and_the_load_is_held(load: Load) -> None:
    run_checks(load)  # there is no warehouse to connect to
    ids = {check.id for suite in load_suites(load.settings.suites) for check in suite.checks} | {checks.DBT_CHECK}
    assert {name for name, record in stored(load).items() if record["status"] == "error"} == ids
    assert stored(load)["publication_candidate_has_no_defect"]["status"] == "pass"
    decision = decide_on_candidate(load)
    assert not decision.is_passed
    assert json.loads((load.candidate / "decision.json").read_text())["counts"]["error"] == len(ids)


def test_suites_that_cannot_be_read_hold_the_load(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> None:
        raise SuiteError("marts/rules.yaml: no checks")

    for module in ("checks", "decision"):
        monkeypatch.setattr(f"orchestration.load.{module}.load_suites", refuse)
    monkeypatch.setattr("orchestration.load.checks.dbt_results", lambda *_: [][0])
    run_checks(load)
    assert "marts/rules.yaml" in stored(load)[checks.SUITES_CHECK]["message"]
    assert stored(load)[checks.DBT_CHECK]["status"] == "error"
    assert not decide_on_candidate(load).is_passed


def test_defects_of_the_candidate_hold_the_load_and_cannot_be_waived(make_load: Callable[..., Load]) -> None:
    load = make_load(defects=("pub_trends: 2 rows have the key of another row",))
    run_checks(load)
    result = stored(load)[checks.CANDIDATE_CHECK]
    assert (result["status"], result["severity"], result["is_waivable"], result["n_affected"]) == (
        *("fail", "critical", False, 1),
    )
    store_decision(load, CheckResult.from_dict(result))
    assert write_candidate_files(load) is None
    assert not (load.candidate / "manifest.json").exists()
    store_decision(load)
    with pytest.raises(CandidateError):
        write_candidate_files(load)


@pytest.mark.parametrize("is_held", [True, False])
def test_a_report_that_cannot_be_made_leaves_a_plain_page_and_no_manifest(
    load: Load, monkeypatch: pytest.MonkeyPatch, is_held: bool
) -> None:
    store_decision(load, *([FAILED] if is_held else []))
    load.database.touch()

    def boom(*_: Any) -> None:
        raise RuntimeError("Jane Doe 943 476 5919")

    monkeypatch.setattr("orchestration.load.report.write_quality_report", boom)
    with pytest.raises(RuntimeError):
        write_report(load)
    page = (load.candidate / "report.html").read_text(encoding="utf-8")
    assert "The quality report could not be made (RuntimeError)" in page
    assert ("A &lt;rule&gt;" in page, "held" in page) == (is_held, is_held)
    assert "Jane" not in page
    assert not (load.candidate / "manifest.json").exists()


def test_nothing_is_promoted_that_is_held(load: Load) -> None:
    store_decision(load, FAILED)
    with pytest.raises(CandidateHeld, match="not promoted"):
        promote_warehouse(load)
    assert not load.settings.marts_database.exists()
