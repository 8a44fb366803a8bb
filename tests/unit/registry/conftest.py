"""The registry as committed, and a copy of its seeds to plant faults in."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestration.registry import Registry, load_registry

from .planting import SEED_FOLDER


@pytest.fixture(scope="package")
def registry() -> Registry:
    return load_registry(SEED_FOLDER)


@pytest.fixture
def seeds(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SEED_FOLDER, tmp_path / "seeds"))
