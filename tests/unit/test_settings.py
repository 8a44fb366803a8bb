"""Settings from the environment: every threshold and limit by a variable of its name, faults named in plain words."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from orchestration.cli import exit_code_of
from orchestration.settings import PROJECT_ROOT, IntakeLimits, Settings, SettingsError


@pytest.fixture(autouse=True)
def only_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("NCPES_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NCPES_HOME", str(tmp_path))


def test_the_defaults_hold_without_variables(tmp_path: Path) -> None:
    settings = Settings.from_environment()
    assert settings.home == tmp_path.resolve()
    assert (settings.data_origin, settings.intake) == ("synthetic", IntakeLimits())


def test_variables_change_limits_and_thresholds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NCPES_INTAKE_MAX_FILE_BYTES", "1000")
    monkeypatch.setenv("NCPES_INTAKE_READER_SECONDS", "2.5")
    monkeypatch.setenv("NCPES_MAX_QUARANTINED_SHARE_OF_FILE", "0.0002")
    monkeypatch.setenv("NCPES_DUCKDB_THREADS", "")
    settings = Settings.from_environment("actual")
    assert settings.intake == IntakeLimits(max_file_bytes=1000, reader_seconds=2.5)
    assert settings.max_quarantined_share_of_file == 0.0002
    assert settings.duckdb_threads >= 1
    assert settings.for_origin("synthetic").intake.max_file_bytes == 1000


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        (
            "NCPES_INTAKE_MAX_FILE_BYTES",
            "much",
            "NCPES_INTAKE_MAX_FILE_BYTES is 'much': input should be a valid integer",
        ),
        ("NCPES_INTAKE_MAX_COLUMNS", "0", "NCPES_INTAKE_MAX_COLUMNS is '0': input should be greater than 0"),
        ("NCPES_INTAKE_MAX_FILE_BYTE", "9", "NCPES_INTAKE_MAX_FILE_BYTE is '9': there is no such limit"),
        ("NCPES_DUCKDB_MEMORY_LIMIT", "much", "NCPES_DUCKDB_MEMORY_LIMIT is 'much': string should match pattern"),
        ("NCPES_MAX_QUARANTINED_SHARE_OF_FILE", "1", "input should be less than or equal to 0.001"),
        ("NCPES_MAX_QUARANTINED_SHARE_OF_ORGANISATION", "-1", "input should be greater than or equal to 0"),
        ("NCPES_DATA_ORIGIN", "real", "NCPES_DATA_ORIGIN is 'real': input should be 'actual', 'synthetic' or"),
    ],
)
def test_a_variable_that_cannot_be_used_is_named(
    variable: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=says) as refused:
        Settings.from_environment()
    assert exit_code_of(refused.value) == 2


def test_the_readme_states_every_limit_with_its_default() -> None:
    readme = (PROJECT_ROOT / "orchestration" / "intake" / "files" / "README.md").read_text(encoding="utf-8")
    for name, default in IntakeLimits().model_dump().items():
        assert f"| `NCPES_INTAKE_{name.upper()}` | {default:,.0f} |" in readme
