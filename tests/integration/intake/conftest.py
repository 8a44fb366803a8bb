from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.intake.landing.receipt import Receipt
from orchestration.registry import Registry
from orchestration.settings import Settings
from tests.integration.intake.sample_returns.small import (
    Return,
    Take,
    project_registry,
    receive,
    small_return,
    small_settings,
)


@pytest.fixture(scope="session")
def registry() -> Registry:
    return project_registry()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return small_settings(tmp_path)


@pytest.fixture
def good(registry: Registry) -> Return:
    return small_return(registry)


@pytest.fixture
def take(registry: Registry, settings: Settings) -> Take:
    def write_and_receive(given: Return, other: Registry | None = None) -> Receipt:
        given.write(settings)
        return receive(settings, other or registry, given.year)

    return write_and_receive
