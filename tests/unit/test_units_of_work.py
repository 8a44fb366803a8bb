"""Tests that share a world run on one worker; where they do not, the run says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.settings import PROJECT_ROOT
from tests import conftest as units


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("tests/integration/test_load.py::test_a", "tests/integration/test_readme_commands.py::test_b[x]"),
        ("tests/mutation/test_planted_faults.py::test_a[x]", "tests/mutation/test_planted_faults.py::test_a[y::z]"),
        ("tests/unit/release/test_rows.py::test_a", "tests/unit/release/test_rows.py::test_b[a::b]"),
    ],
)
def test_tests_that_share_something_are_one_unit(one: str, other: str) -> None:
    assert units.unit_of(one) == units.unit_of(other)


@pytest.mark.parametrize("folder", ["tests/unit", "tests/integration/intake"])
def test_other_files_are_units_of_their_own(folder: str) -> None:
    assert units.unit_of(f"{folder}/test_a.py::test_a") != units.unit_of(f"{folder}/test_b.py::test_a")


@pytest.mark.parametrize("unit", units.UNITS)
def test_a_named_unit_has_tests(unit: str) -> None:
    path, _, test = unit.partition("::")
    where = PROJECT_ROOT / path
    assert f"def {test}" in where.read_text(encoding="utf-8") if test else list(where.parent.glob(f"{where.name}*"))


def test_a_unit_belongs_to_the_worker_that_began_it(tmp_path: Path) -> None:
    assert [units.owner_of(tmp_path, "tests/a/", worker) for worker in ("gw1", "gw0", "gw1")] == ["gw1"] * 3
    assert units.owner_of(tmp_path, "tests/b/", "gw0") == "gw0"


def test_a_unit_that_another_worker_began_fails(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(request.config.option, "loadgroup", True, raising=False)
    monkeypatch.setattr(request.config.option, "basetemp", str(tmp_path / "popen-gw1"))
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw1")
    units.pytest_runtest_setup(request.node)
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    with pytest.raises(pytest.fail.Exception, match="begun on gw1"):
        units.pytest_runtest_setup(request.node)
