"""A real load in which checks or report break: it ends held or unsealed, with a page; the release is unchanged."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from click.testing import CliRunner

from orchestration.cli import cli
from orchestration.errors import ExitCode
from orchestration.failures import Failed
from orchestration.release.publication.status import release_list
from tests.integration.conftest import World

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("world")]


def boom(*_: Any, **__: Any) -> None:
    raise RuntimeError("Jane Doe 943 476 5919")


def review(world: World, monkeypatch: pytest.MonkeyPatch) -> tuple[int, str]:
    monkeypatch.setenv("NCPES_HOME", str(world.settings.home))
    result = CliRunner().invoke(cli, ["review", "2018"])
    return result.exit_code, result.output


def test_checks_that_cannot_be_run_hold_the_load(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.load.checks.run_suites", boom)
    outcome = world.load(2018)
    assert outcome.is_held
    stored = json.loads((outcome.candidate / "checks.json").read_text(encoding="utf-8"))
    assert {record["status"] for record in stored if record["engine"] == "great_expectations"} == {"error"}
    page = (outcome.candidate / "report.html").read_text(encoding="utf-8")
    assert "RuntimeError" in page and "Jane" not in page
    assert review(world, monkeypatch)[0] == ExitCode.HELD
    assert len(release_list(world.settings)) == 3


def test_a_held_load_whose_report_breaks_is_held(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.load.checks.run_suites", boom)
    monkeypatch.setattr("orchestration.release.report.write.render_report", boom)
    outcome = world.load(2018)
    assert outcome.is_held and outcome.report_failure is not None
    assert "could not be made" in (outcome.candidate / "report.html").read_text(encoding="utf-8")
    code, words = review(world, monkeypatch)
    assert (code, "incomplete" in words) == (ExitCode.HELD, True)


def test_a_passed_load_whose_report_breaks_is_not_sealed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orchestration.release.report.write.render_report", boom)
    with pytest.raises(Failed, match="An unexpected error"):
        world.load(2018, as_of=date(2019, 9, 1))
    code, words = review(world, monkeypatch)
    assert (code, "incomplete: manifest.json missing" in words) == (ExitCode.NOT_PUBLISHED, True)
    assert len(release_list(world.settings)) == 3
