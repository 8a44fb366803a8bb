"""Which returns wait for the sensor and the schedule: those that are not loaded, however the others were loaded."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest
from dagster import RunRequest, SkipReason, build_schedule_context, build_sensor_context

from orchestration.intake.files.returns import find_return
from orchestration.schedules import yearly_load
from orchestration.sensors import latest_waiting_year, return_arrived, run_key, waiting_returns
from orchestration.settings import Settings

DAY = 86_400.0


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("NCPES_HOME", str(tmp_path))
    monkeypatch.setenv("NCPES_DATA_ORIGIN", "synthetic")
    return Settings.from_environment()


def put(settings: Settings, year: int, *, text: str = "A\n1\n", age: float = DAY) -> Path:
    """A return whose files were changed so many seconds ago; what is in them does not matter here."""
    folder = settings.returns / str(year)
    folder.mkdir(parents=True, exist_ok=True)
    for kind in ("sample", "responses", "organisations"):
        (folder / f"{kind}_{year}.csv").write_text(text)
    (folder / f"return_{year}.json").write_text(json.dumps({"survey_year": year, "data_origin": "synthetic"}))
    for path in folder.iterdir():
        os.utime(path, (time.time() - age,) * 2)
    return folder


def promote(settings: Settings, year: int) -> None:
    """What a load of the command line leaves: the active delivery of the year."""
    active = settings.landing / f"survey_year={year}" / "active"
    active.parent.mkdir(parents=True, exist_ok=True)
    active.write_text(find_return(settings, year).delivery + "\n", encoding="utf-8")


def requested() -> list[str | None]:
    ticks = return_arrived(build_sensor_context())
    return [tick.partition_key for tick in ticks if isinstance(tick, RunRequest)]


def test_a_return_that_the_command_line_loaded_does_not_wait(settings: Settings) -> None:
    put(settings, 2017)
    put(settings, 2018)
    promote(settings, 2018)
    assert (requested(), latest_waiting_year(settings)) == (["2017"], 2017)
    promote(settings, 2017)
    (tick,) = return_arrived(build_sensor_context())
    assert isinstance(tick, SkipReason)
    assert isinstance(yearly_load(build_schedule_context()), SkipReason)


def test_a_corrected_return_waits_though_its_year_is_loaded(settings: Settings) -> None:
    put(settings, 2018)
    promote(settings, 2018)
    put(settings, 2018, text="A\n2\n", age=DAY / 2)
    assert (requested(), latest_waiting_year(settings)) == (["2018"], 2018)


def test_the_same_bytes_copied_again_do_not_wait(settings: Settings) -> None:
    put(settings, 2018)
    promote(settings, 2018)
    put(settings, 2018, age=DAY / 2)
    assert requested() == []


def test_files_that_are_no_return_wait_until_a_load_has_said_why(settings: Settings) -> None:
    folder = put(settings, 2018)
    promote(settings, 2018)
    (folder / "organisations_2018.csv").unlink()
    assert requested() == ["2018"]


def test_a_return_that_is_still_being_copied_does_not_wait(settings: Settings) -> None:
    put(settings, 2018, age=5)
    assert waiting_returns(settings, time.time()) == {}


def test_a_failed_run_is_tried_again_on_another_day_and_not_before() -> None:
    morning = 1_567_300_000.0
    assert run_key(2018, "state", morning) == run_key(2018, "state", morning + 60)
    assert run_key(2018, "state", morning) != run_key(2018, "state", morning + DAY)
    assert run_key(2018, "state", morning) != run_key(2018, "other", morning)
