from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.registry import Registry
from orchestration.settings import Settings
from tests.integration.intake.small import Return, project_registry, small_return, small_settings


@pytest.fixture(scope="session")
def registry() -> Registry:
    return project_registry()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return small_settings(tmp_path)


@pytest.fixture
def good(registry: Registry) -> Return:
    return small_return(registry)
