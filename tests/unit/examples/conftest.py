"""Small example returns, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.examples import ExampleReturn, write_examples
from orchestration.registry import Registry, load_registry
from orchestration.settings import Settings

from .scoring import SEED_FOLDER, ScoredReturn

SMALL = 3000


@pytest.fixture(scope="package")
def registry() -> Registry:
    return load_registry(SEED_FOLDER)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path, data_origin="synthetic")


@pytest.fixture(scope="package")
def small(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> ExampleReturn:
    settings = Settings(home=tmp_path_factory.mktemp("home"), data_origin="synthetic")
    return write_examples(settings, registry, 2018, respondents=SMALL, trusts=30)


@pytest.fixture(scope="package")
def scored(small: ExampleReturn) -> ScoredReturn:
    return ScoredReturn(small.folder, 2018)
