"""A small drawn return, and what a class of fault makes of it; nothing is loaded."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from orchestration.examples import write_examples
from orchestration.registry import load_registry
from orchestration.settings import Settings
from tests.mutation.fault_class import Files

from .changes import FIELD, KINDS, Spoil

YEAR, RESPONDENTS, TRUSTS = 2018, 1500, 12

Draw = Callable[[], Files]


@pytest.fixture(scope="package")
def draw(tmp_path_factory: pytest.TempPathFactory) -> Draw:
    """Makes the same small clean return again, with the random stream of the campaign."""
    settings = Settings.model_validate({"home": tmp_path_factory.mktemp("home"), "data_origin": "synthetic"})
    registry = load_registry(settings.seeds)
    for year in (YEAR - 1, YEAR):
        write_examples(settings, registry, year, calibrated=False, respondents=RESPONDENTS, trusts=TRUSTS)
    clean = {(kind, year): _read(settings.returns, kind, year) for kind in KINDS for year in (YEAR - 1, YEAR)}

    def files() -> Files:
        now, before = ([clean[kind, year].copy() for kind in KINDS] for year in (YEAR, YEAR - 1))
        folder = settings.returns / str(YEAR)
        return Files(*now, folder, YEAR, (before[0], before[1]), np.random.default_rng(YEAR))

    return files


@pytest.fixture(scope="package")
def spoil(draw: Draw) -> Spoil:
    """Gives the return before and after a class was planted, at its first size unless one is named; not to be written.

    What was planted is kept, for several tests look at it; `again` plants it once more.
    """
    clean = draw()
    kept: dict[tuple[str, float], Files] = {}

    def planted(name: str, size: float | None = None, *, again: bool = False) -> tuple[Files, Files]:
        key = (name, FIELD[name].sizes[0] if size is None else size)
        if again or key not in kept:
            files = draw()
            FIELD[name].plant(files, key[1])
            if again:
                return clean, files
            kept[key] = files
        return clean, kept[key]

    return planted


def _read(returns: Path, kind: str, year: int) -> pd.DataFrame:
    path = returns / str(year) / f"{kind}_{year}.csv"
    return pd.read_csv(path, dtype=str, keep_default_na=False)
