"""Where a run of tests keeps its temporary files, which tests run on one worker, and which are begun first.

A run has a temporary folder of its own, for the processes that tests start too, and removes it when it ends: nothing is
left in the system's. A world that several tests look at is made once a run.

pytest-xdist's own grouping by mark does nothing under pytest 9.2 (pytest-xdist issue 1386) and says nothing about it:
every worker made every world. Here the groups are named by where their tests lie, and a group that is torn apart all
the same fails.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest

# Tests whose name begins so are one unit of work; the longest come first, so that no worker ends alone with one of
# them. All other tests go out file by file: what a file makes for itself is made once.
UNITS = (
    # Tests of single returns are units of their own.
    "tests/integration/test_",
    "tests/mutation/",
    "tests/integration/intake/test_properties.py",
    "tests/integration/intake/test_fuzz.py",
    "tests/contract/",
    "tests/integration/intake/test_formats.py",
    "tests/faults/",
    "tests/integration/intake/test_proposal.py",
    "tests/integration/intake/test_statistical.py",
)


KEPT = pytest.StashKey[Path]()


def pytest_configure(config: pytest.Config) -> None:
    """Makes the temporary folder of a run; workers and subprocesses inherit it by the environment."""
    if hasattr(config, "workerinput"):
        return
    config.stash[KEPT] = Path(tempfile.mkdtemp(prefix="ncpes-tests-"))
    os.environ["TMPDIR"] = str(config.stash[KEPT])
    tempfile.tempdir = None


def pytest_unconfigure(config: pytest.Config) -> None:
    """Removes the temporary folder of a run, with whatever a test that failed left in it."""
    if KEPT in config.stash:
        shutil.rmtree(config.stash[KEPT], ignore_errors=True)


def unit_of(nodeid: str) -> str:
    """The unit of work that a test belongs to."""
    return next((unit for unit in UNITS if nodeid.startswith(unit)), nodeid.partition("::")[0])


def place_of(nodeid: str) -> int:
    """Where in the queue the unit of a test stands; those without a place of their own keep their order."""
    unit = unit_of(nodeid)
    return UNITS.index(unit) if unit in UNITS else len(UNITS)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hands out units of work where groups are asked for (`--dist loadgroup`)."""
    if config.getvalue("dist") != "loadgroup":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class UnitScheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit_of(nodeid)

    # The order is ours; xdist's goes by the number of tests, which says little of how long they take.
    config.option.loadscopereorder = False
    return UnitScheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The longest units first, on workers only: a run without workers keeps the order of the files."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: place_of(item.nodeid))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Fails a test whose unit another worker has begun: what they share would be made twice, and nobody would see."""
    if not getattr(item.config.option, "loadgroup", False):
        return
    unit, worker = unit_of(item.nodeid), os.environ["PYTEST_XDIST_WORKER"]
    owner = owner_of(Path(item.config.getoption("basetemp")).parent, unit, worker)
    if owner != worker:
        pytest.fail(f"{unit} was begun on {owner} and goes on on {worker}: workers do not keep to the units of work")


def owner_of(folder: Path, unit: str, worker: str) -> str:
    """The worker that a unit belongs to: the first one that asks."""
    path = folder / f"unit-{unit.replace('/', '-').replace(':', '-')}"
    try:
        with path.open("x", encoding="utf-8") as stream:
            stream.write(worker)
    except FileExistsError:
        return path.read_text(encoding="utf-8")
    return worker
