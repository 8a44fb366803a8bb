"""Importing the code location, which every process of the UI does without the lock, leaves a load's folder alone."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

from orchestration.settings import Settings
from orchestration.warehouse.dbt_build import DbtProject

pytestmark = pytest.mark.slow


def test_the_code_location_never_rewrites_the_manifest_of_a_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NCPES_HOME", str(tmp_path))
    manifest = DbtProject(Settings.from_environment()).manifest_path
    manifest.parent.mkdir(parents=True)
    manifest.write_text("of a load", encoding="utf-8")
    monkeypatch.delitem(sys.modules, "orchestration.definitions", raising=False)
    location = importlib.import_module("orchestration.definitions")
    assert location.defs.resolve_job_def("annual_load").name == "annual_load"
    assert {path.name: path.read_text(encoding="utf-8") for path in manifest.parent.iterdir()} == {
        "manifest.json": "of a load"
    }
