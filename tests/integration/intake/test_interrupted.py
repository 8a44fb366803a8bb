"""Intakes that are disturbed: files change under the reader, processes are killed, files are of another origin."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestration.errors import ExitCode
from orchestration.intake.files.returns import (
    ReturnFile,
    SurveyReturn,
    refuse_files_of_other_origins,
    refuse_if_changed,
)
from orchestration.intake.landing.tables import REPLACED, ReadReturn, restore_landings
from orchestration.intake.proposal.propose import propose
from orchestration.intake.receive import read_return
from orchestration.intake.refusal import IntakeRefused
from orchestration.lake import landing_folder
from orchestration.registry import Registry
from orchestration.settings import Settings
from tests.integration.intake.sample_returns.small import YEAR, Return, Take, receive, small_return, with_corrections


def test_a_file_that_changes_while_it_is_read_is_refused(
    good: Return, registry: Registry, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = good.write(settings)
    other = small_return(registry, seed=2)

    def read_and_overwrite(*arguments: object) -> ReadReturn:
        read = read_return(*arguments)  # type: ignore[arg-type]  # the arguments of the function it stands for
        other.write(settings)
        return read

    monkeypatch.setattr("orchestration.intake.receive.read_return", read_and_overwrite)
    with pytest.raises(IntakeRefused, match=r"responses_2018.csv: it changed while it was being read") as refused:
        receive(settings, registry)
    assert refused.value.exit_code == ExitCode.UNREADABLE_FILE
    assert not list(settings.landing.glob("survey_year=*/delivery=*"))
    monkeypatch.undo()
    receive(settings, registry)
    (folder / "responses_2018.csv").unlink()
    with pytest.raises(IntakeRefused, match="changed while"):
        refuse_if_changed(
            SurveyReturn(YEAR, "synthetic", "", (ReturnFile(folder / "responses_2018.csv", "", "", 0),), "")
        )


def test_a_landing_comes_back_after_a_death_between_the_two_moves(
    good: Return, registry: Registry, settings: Settings, monkeypatch: pytest.MonkeyPatch, take: Take
) -> None:
    receipt = take(good)
    folder = landing_folder(settings, YEAR, receipt.delivery)
    landed = {path.name: path.read_bytes() for path in folder.iterdir()}
    move = Path.replace

    def die_at_the_second_move(self: Path, target: Path) -> Path:
        if self.parent == settings.scratch and target == folder:
            raise SystemExit("killed")
        return move(self, target)

    monkeypatch.setattr(Path, "replace", die_at_the_second_move)
    with pytest.raises(SystemExit):
        receive(
            settings,
            with_corrections(registry, {"match_value": "RA1", "expected_value": "RA1", "corrected_value": "RA2"}),
        )
    assert not folder.exists()
    monkeypatch.undo()
    # Another year comes next: every load reads the landings of all years.
    small_return(registry, YEAR - 1).write(settings)
    receive(settings, registry, YEAR - 1)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == landed
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_a_death_after_the_two_moves_leaves_the_new_landing(good: Return, settings: Settings, take: Take) -> None:
    folder = landing_folder(settings, YEAR, take(good).delivery)
    old = folder.with_name(REPLACED + folder.name)
    shutil.copytree(folder, old)
    (old / "receipt.json").write_text("older")
    restore_landings(settings)
    assert not old.exists() and (folder / "receipt.json").read_text() != "older"


def test_what_is_landed_is_on_the_disk_before_it_takes_its_place(
    good: Return, monkeypatch: pytest.MonkeyPatch, take: Take
) -> None:
    synced: list[str] = []
    monkeypatch.setattr("orchestration.storage.sync", lambda path: synced.append(path.name))
    take(good)
    assert {"sample.parquet", "responses.parquet", "organisations.parquet", "receipt.json"} <= set(synced)


def test_raw_rows_of_an_intake_that_was_killed_are_cleared(
    good: Return, registry: Registry, settings: Settings
) -> None:
    good.write(settings)
    left = [settings.quarantine / ".unpacked-abc", settings.quarantine / f"survey_year={YEAR}" / ".writing-abc"]
    for folder in left:
        folder.mkdir(parents=True)
        (folder / "rows.csv").write_text("999 000 0000")
    receive(settings, registry)
    assert [folder for folder in left if folder.exists()] == []


def test_files_of_another_origin_are_not_taken(registry: Registry, good: Return, settings: Settings) -> None:
    folder = good.write(settings.for_origin("actual"))
    files = sorted(folder.glob("*.csv"))
    with pytest.raises(IntakeRefused, match="next: run it with --origin actual, or `export NCPES_DATA_ORIGIN=actual`"):
        propose(settings, registry, files, 2019)
    refuse_files_of_other_origins(settings.for_origin("actual"), 2019, files)
