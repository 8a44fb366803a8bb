"""The registry as committed, and a small release on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.registry import Registry, load_registry
from orchestration.rehearsal.printing import PrintedForm
from orchestration.rehearsal.respondents import Questionnaire
from orchestration.settings import Settings

from .released import SEEDS, small_release, write_release


@pytest.fixture(scope="package")
def registry() -> Registry:
    return load_registry(SEEDS)


@pytest.fixture(scope="package")
def form(registry: Registry) -> PrintedForm:
    return PrintedForm.of_year(registry, 2018)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def release(tmp_path: Path) -> Path:
    return write_release(tmp_path / "published.csv", small_release())


@pytest.fixture(scope="package")
def questionnaire(registry: Registry) -> Questionnaire:
    return Questionnaire.of_year(registry, 2018)
