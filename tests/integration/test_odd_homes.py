"""A home with brackets, quotes, spaces and percent signs in its path works like any other, and sends nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestration.runner import prepare_dagster_home
from orchestration.settings import Settings, SettingsError
from tests.integration.conftest import World
from tests.integration.test_load import digest_of, published, same_returns

ODD = 'it\'s [a] "home" of 50% {x}'


def test_dagster_reads_its_configuration_in_an_odd_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from dagster import DagsterInstance

    monkeypatch.setenv("DAGSTER_HOME", "")
    settings = Settings(home=tmp_path / ODD, data_origin="synthetic")
    home = prepare_dagster_home(settings)
    assert home.resolve() == settings.dagster_home.resolve()
    assert os.environ["DAGSTER_HOME"] == home.as_posix()
    with DagsterInstance.from_config(home.as_posix()) as instance:
        assert instance.telemetry_enabled is False
        assert instance.get_settings("concurrency")["runs"]["max_concurrent_runs"] == 1


def test_a_load_in_an_odd_path_is_the_same_release(
    loaded: World, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    world = same_returns(loaded, tmp_path / ODD)
    assert published(world.load(2016)) == (True, "2016.1.0")
    assert digest_of(world, 2016) == digest_of(loaded, 2016)
    said = "".join(capfd.readouterr())
    assert "elemetry" not in said and "Traceback" not in said


def test_a_path_that_no_tool_can_read_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NCPES_HOME", str(tmp_path / "what?"))
    with pytest.raises(SettingsError, match="choose a folder without"):
        Settings.from_environment()
