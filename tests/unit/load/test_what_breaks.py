"""A load that has come to its checks ends with results, a decision and a page, whatever breaks on the way."""

from __future__ import annotations

import json
from concurrent.futures import Future
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from expectations.gate import decide
from expectations.loader import SuiteError, load_suites
from expectations.results import LAYERS, CheckResult
from orchestration.lake import YearFingerprint
from orchestration.load import checking, steps
from orchestration.load.run import LoadRunner
from orchestration.load.session import LoadOptions, LoadSession
from orchestration.registry import load_registry
from orchestration.release.errors import CandidateError
from orchestration.release.records.checks import write_results
from orchestration.settings import Settings
from orchestration.warehouse.plan import RebuildPlan

BUILD: Any = SimpleNamespace(run_results={"results": []}, manifest={"nodes": {}})
PLAN = RebuildPlan(
    fingerprints={2018: YearFingerprint(delivery="b" * 12, intake="i", registry="r", code="c")},
    reasons={},
    unchecked=(),
    seeds="",
    keeps_seeds=False,
)


@pytest.fixture
def session(tmp_path: Path) -> LoadSession:
    settings = Settings(home=tmp_path, data_origin="synthetic")
    made: Future[Any] = Future()
    made.set_result(SimpleNamespace(content_digest="d" * 64, defects=(), tables=()))
    (settings.candidates / "2018").mkdir(parents=True)
    return LoadSession(
        settings=settings,
        registry=load_registry(settings.seeds),
        survey_years=(2018,),
        load_id="load",
        started_at=datetime(2019, 9, 1, tzinfo=UTC),
        options=LoadOptions(as_of=date(2019, 9, 1)),
        dbt=cast(Any, None),
        plan=PLAN,
        scratch=tmp_path / "nothing_is_here",
        build=BUILD,
        candidate_made=made,
    )


def stored(session: LoadSession) -> dict[str, dict[str, Any]]:
    records = json.loads((session.candidate_folder / "checks.json").read_text(encoding="utf-8"))
    return {record["check_id"]: record for record in records}


def test_checks_that_cannot_be_run_are_an_error_each_and_the_load_is_held(
    session: LoadSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(steps, "_receipts", lambda session: {})
    steps.run_checks(session)  # there is no warehouse to connect to
    ids = {check.id for suite in load_suites(session.settings.suites) for check in suite.checks}
    assert {name for name, record in stored(session).items() if record["status"] == "error"} == ids
    assert stored(session)["publication_candidate_has_no_defect"]["status"] == "pass"
    steps.decide(session)
    assert session.is_held
    assert json.loads((session.candidate_folder / "decision.json").read_text())["counts"]["error"] == len(ids)


def test_suites_that_cannot_be_read_hold_the_load(session: LoadSession, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(folder: Path) -> None:
        raise SuiteError("marts/rules.yaml: no checks")

    monkeypatch.setattr("expectations.loader.load_suites", refuse)
    monkeypatch.setattr("expectations.dbt.dbt_results", lambda *_: [][0])
    monkeypatch.setattr(steps, "_receipts", lambda session: {})
    steps.run_checks(session)
    assert "marts/rules.yaml" in stored(session)[checking.SUITES_CHECK]["message"]
    assert stored(session)[checking.DBT_CHECK]["status"] == "error"
    steps.decide(session)
    assert session.is_held


def test_results_are_stored_where_the_candidate_could_not_be_made(session: LoadSession) -> None:
    session.candidate_made = Future()
    session.candidate_made.set_exception(CandidateError("pub_trends has no column data_origin."))
    with pytest.raises(CandidateError):
        steps.run_checks(session)
    assert stored(session)


def test_defects_of_the_candidate_hold_the_load_and_cannot_be_waived(
    session: LoadSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.candidate = cast(Any, SimpleNamespace(defects=("pub_trends: 2 rows have the key of another row",)))
    result = checking.defects_of_candidate(session)
    assert (result.status, result.severity, result.is_waivable, result.n_affected) == ("fail", "critical", False, 1)
    session.decision = judged(session, [result])

    def refuse(settings: Settings, folder: Path) -> None:
        raise CandidateError("the candidate has defects")

    monkeypatch.setattr("orchestration.release.candidate.manifest.package_candidate", refuse)
    steps.write_files(session)
    assert not (session.candidate_folder / "manifest.json").exists()
    session.candidate = cast(Any, SimpleNamespace(defects=()))
    with pytest.raises(CandidateError):
        steps.write_files(session)


def judged(session: LoadSession, extra: list[CheckResult]) -> Any:
    session.results = [CheckResult(f"{layer}_x", layer, "T", "W", "critical", "pass") for layer in LAYERS] + extra
    return decide(session.results, [], "2019-09-01", 2018, "synthetic", "d" * 64, {2018: "b" * 12})


@pytest.mark.parametrize("is_held", [True, False])
def test_a_report_that_cannot_be_made_leaves_a_plain_page_and_no_manifest(
    session: LoadSession, monkeypatch: pytest.MonkeyPatch, is_held: bool
) -> None:
    broken = CheckResult("marts_rule", "marts", "A <rule>", "W", "critical", "fail", observed="9 of 10")
    session.decision = judged(session, [broken] if is_held else [])
    write_results(session.candidate_folder, session.results or [], 20)
    (session.candidate_folder / "decision.json").write_text(session.decision.to_json(), encoding="utf-8")

    def boom(session: LoadSession) -> None:
        raise RuntimeError("Jane Doe 943 476 5919")

    monkeypatch.setattr(steps, "_write_full_report", boom)
    with pytest.raises(RuntimeError):
        steps.write_report(session)
    page = (session.candidate_folder / "report.html").read_text(encoding="utf-8")
    assert "The quality report could not be made (RuntimeError)" in page
    assert ("A &lt;rule&gt;" in page, "held" in page) == (is_held, is_held)
    assert "Jane" not in page
    assert not (session.candidate_folder / "manifest.json").exists()
    session.error = session.report_error
    assert session.ends_held is is_held


def test_a_held_load_whose_report_broke_is_returned_and_another_error_is_raised(
    session: LoadSession, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    runner = LoadRunner(session.settings)
    fault = RuntimeError("the template is broken")

    def run(of_report: bool) -> None:
        running = runner._session
        assert running is not None
        running.decision = judged(running, [CheckResult("marts_rule", "marts", "T", "W", "critical", "fail")])
        running.error = fault
        running.report_error = fault if of_report else None

    monkeypatch.setattr(runner, "_run", lambda years, load_id: run(True))
    assert runner.load(2018, LoadOptions()).report_error is fault
    monkeypatch.setattr(runner, "_run", lambda years, load_id: run(False))
    with pytest.raises(RuntimeError, match="template"):
        runner.load(2018, LoadOptions())
