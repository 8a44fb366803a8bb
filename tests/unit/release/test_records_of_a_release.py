"""What is signed, confirmed, reviewed and verified: the records of a candidate and of a release, whole or damaged."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from release_case import NOW, Case, run_command
from release_example import CHECKS, activate, returns_of

from orchestration.cli import exit_code_of
from orchestration.errors import ExitCode
from orchestration.records import RecordError
from orchestration.release.candidate.manifest import verify
from orchestration.release.errors import CandidateError, FilesDiffer, PublicationRefused
from orchestration.release.publication.publish import publish
from orchestration.release.publication.sign import sign
from orchestration.release.publication.status import year_status
from orchestration.release.records.catalogue import read_catalogue


@pytest.mark.parametrize("is_signed", [True, False])
def test_a_release_is_confirmed_by_a_whole_and_signed_candidate_alone(case: Case, is_signed: bool) -> None:
    """Other deliveries, same content: nothing is published, but the catalogue changes."""
    publish(case.settings, case.folder, now=NOW)
    case.candidate(inputs={"2017": "c" * 12, "2018": "b" * 12})
    case.year(required_signatures=("quality_assurer",))
    if is_signed:
        sign(case.folder, "quality_assurer", "A. Reader", NOW)
        case.append("report.html")
    with pytest.raises(PublicationRefused, match=r"report.html has changed" if is_signed else "there is none"):
        publish(case.settings, case.folder, now=NOW)
    entry = read_catalogue(case.settings).current(2018)
    assert entry is not None and entry.deliveries[2017] == "a" * 12


def test_a_return_landed_again_makes_a_release_stale_until_it_is_confirmed(case: Case) -> None:
    publish(case.settings, case.folder, now=NOW)
    activate(case.settings, case.manifest.deliveries, intake="other rules")
    (stale,) = (row.stale for row in year_status(case.settings) if row.survey_year == 2018)
    assert [(year.survey_year, year.is_landed_again) for year in stale] == [(2017, True), (2018, True)]
    case.candidate(returns=returns_of(case.manifest.deliveries, "other rules"))
    activate(case.settings, case.manifest.deliveries, intake="other rules")
    publish(case.settings, case.folder, now=NOW)
    assert [row.stale for row in year_status(case.settings) if row.survey_year == 2018] == [()]


def test_only_signatures_of_this_manifest_go_out(case: Case) -> None:
    sign(case.folder, "quality_assurer", "A. Reader", NOW)
    (case.folder / "signatures" / "patients.csv").write_text("nhs,name\n")
    old = json.loads((case.folder / "signatures" / "quality_assurer.json").read_text())
    other = old | {"role": "lead_analyst", "manifest_sha256": "0" * 64}
    (case.folder / "signatures" / "lead_analyst.json").write_text(json.dumps(other))
    publish(case.settings, case.folder, now=NOW)
    names = [path.name for path in (case.settings.releases / "latest" / "signatures").iterdir()]
    assert names == ["quality_assurer.json"]


def test_a_held_candidate_is_not_signed(
    case: Case, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    case.candidate(verdict="held")
    arguments = ("sign", "2018", "--role", "quality_assurer", "--name", "A. Reader")
    code, words = run_command(monkeypatch, capsys, *arguments)
    assert (code, "is held and cannot be signed" in words) == (ExitCode.HELD, True)
    assert not (case.folder / "signatures").exists()


@pytest.mark.parametrize("name", ["manifest.json", "report.html"])
def test_a_candidate_that_is_not_sealed_is_reviewed_as_such(
    case: Case, name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_command(monkeypatch, capsys, "review", "2018")[0] == ExitCode.OK
    (case.folder / name).unlink()
    code, words = run_command(monkeypatch, capsys, "review", "2018")
    assert (code, f"incomplete: {name} missing" in words) == (ExitCode.NOT_PUBLISHED, True)
    case.candidate(verdict="held")
    (case.folder / name).unlink()
    assert run_command(monkeypatch, capsys, "review", "2018")[0] == ExitCode.HELD


def damage(name: str, text: str | None) -> Callable[[Path], None]:
    def change(release: Path) -> None:
        release.chmod(0o755)
        (release / name).chmod(0o644)
        (release / name).unlink() if text is None else (release / name).write_text(text)

    return change


@pytest.mark.parametrize("text", ["{}", "[]", None])
@pytest.mark.parametrize("name", ["manifest.json", "checks.json", "decision.json", "report.html"])
def test_any_damage_to_a_release_is_a_difference(
    case: Case, name: str, text: str | None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(case.settings, case.folder, now=NOW)
    damage(name, text)((case.settings.releases / "latest").resolve())
    code, words = run_command(monkeypatch, capsys, "verify", "latest")
    if name == "manifest.json" and text is None:
        assert code == ExitCode.USAGE  # nothing there that is a release
    else:
        assert (code, name in words) == (ExitCode.DIFFERENT, True)


def test_a_release_from_before_its_records_said_so_much_is_still_verified(case: Case) -> None:
    """Manifests once had no hash of checks.json, which held durations; decisions did not name suites and returns."""
    records = [record | {"seconds": 0.5} for record in CHECKS]
    (case.folder / "checks.json").write_text(json.dumps(records))
    decision = json.loads((case.folder / "decision.json").read_text())
    del decision["returns"], decision["suites_sha256"]
    (case.folder / "decision.json").write_text(json.dumps(decision))
    case.fit(checks=None)
    manifest = json.loads((case.folder / "manifest.json").read_text())
    del manifest["checks"]
    (case.folder / "manifest.json").write_text(json.dumps(manifest))
    assert verify(case.folder) == []
    with pytest.raises((PublicationRefused, RecordError)):
        publish(case.settings, case.folder, now=NOW)


@pytest.mark.parametrize("error", [CandidateError("two origins"), FilesDiffer("3 cells differ")])
def test_a_candidate_that_could_not_be_made_does_not_wait(error: Exception) -> None:
    assert exit_code_of(error) == ExitCode.BUILD_FAILED


def test_the_withdrawal_of_an_unknown_version_is_a_mistake(
    case: Case, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, words = run_command(monkeypatch, capsys, "withdraw", "2018.9.9", "--reason", "x", "--yes")
    assert (code, "was never published" in words) == (ExitCode.USAGE, True)
