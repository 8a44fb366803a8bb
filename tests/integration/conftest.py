"""Small worlds: returns of a few thousand invented people in a home of their own, loaded as every year is."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from orchestration.examples import write_examples
from orchestration.load.load import LoadOptions
from orchestration.registry import Registry, load_registry
from orchestration.runner import LoadOutcome, run_load
from orchestration.settings import Settings

RESPONDENTS, TRUSTS = 3000, 12
YEARS = (2016, 2017, 2018)


@dataclass
class World:
    """A home with returns in it, loaded as the command line loads them."""

    settings: Settings
    registry: Registry

    def load(self, *years: int, as_of: date | None = None, resume: bool = False, **options: Any) -> LoadOutcome:
        return run_load(self.settings, years, LoadOptions(**options), as_of=as_of, resume=resume)

    def file(self, kind: str, year: int) -> Path:
        return self.settings.returns / str(year) / f"{kind}_{year}.csv"

    def rewrite(self, kind: str, year: int, change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> None:
        """Rewrites a file of a return by a function of its rows."""
        path = self.file(kind, year)
        with path.open(newline="", encoding="utf-8") as stream:
            rows = change(list(csv.DictReader(stream)))
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, fieldnames=list(rows[0]))
            writer.writeheader()
            writer.writerows(rows)


def make_world(home: Path, years: tuple[int, ...]) -> World:
    settings = Settings(home=home, data_origin="synthetic")
    registry = load_registry(settings.seeds)
    for year in years:
        write_examples(settings, registry, year, calibrated=False, respondents=RESPONDENTS, trusts=TRUSTS)
    return World(settings, registry)


@pytest.fixture(scope="session")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """2016-2018 loaded one after the other. Tests read it; whoever changes it takes `world`."""
    world = make_world(tmp_path_factory.mktemp("loaded"), YEARS)
    for year in YEARS:
        world.load(year)
    return world


def copy_world(loaded: World, home: Path) -> World:
    """A copy of the loaded world in a home of its own."""
    shutil.copytree(loaded.settings.home, home, symlinks=True)
    return World(Settings(home=home, data_origin="synthetic"), loaded.registry)


@pytest.fixture
def world(loaded: World, tmp_path: Path) -> World:
    """A copy of the loaded world that a test may spoil."""
    return copy_world(loaded, tmp_path / "home")
