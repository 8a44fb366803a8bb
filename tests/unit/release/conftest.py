from __future__ import annotations

from pathlib import Path

import pytest
from release_case import Case
from release_example import make_candidate

from orchestration.registry import load_registry
from orchestration.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", data_origin="synthetic")


@pytest.fixture
def case(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    monkeypatch.setenv("NCPES_HOME", str(tmp_path))
    settings = Settings.from_environment()
    found = Case(settings, *make_candidate(settings), load_registry(settings.seeds))
    monkeypatch.setattr("orchestration.release.publication.publish.load_registry", lambda seeds: found.registry)
    return found
