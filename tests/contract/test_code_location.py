"""Importing the code location, which every process of the UI does without the lock, disturbs no load."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow


def test_the_code_location_parses_the_project_once_and_leaves_the_folder_of_a_load_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NCPES_HOME", str(tmp_path))
    monkeypatch.setattr("orchestration.warehouse.dbt_project._FOLDERS", {})
    target = tmp_path / "dbt" / "target"
    target.mkdir(parents=True)
    (target / "run_results.json").write_text("of a load", encoding="utf-8")
    (parsed,) = {parsed_by_an_import(tmp_path, monkeypatch) for _ in range(2)}
    assert parsed.startswith("parsed-")
    assert [path.read_text(encoding="utf-8") for path in target.iterdir()] == ["of a load"]


def parsed_by_an_import(home: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Imports the code location afresh; the folder of the parsed project and when it was made."""
    monkeypatch.delitem(sys.modules, "orchestration.definitions", raising=False)
    location = importlib.import_module("orchestration.definitions")
    assert location.defs.resolve_job_def("annual_load").name == "annual_load"
    (folder,) = (path for path in (home / "dbt").iterdir() if path.name != "target")
    return f"{folder.name} {(folder / 'manifest.json').stat().st_mtime_ns}"
