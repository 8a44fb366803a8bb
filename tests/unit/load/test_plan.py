"""No return enters a release unchecked, by whichever load."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.lake import read_fingerprints
from orchestration.warehouse.plan import RebuildPlan, write_fingerprints
from tests.unit.load.conftest import FINGERPRINT


def plan(unchecked: set[int], rebuilt: tuple[int, ...] = (), years: tuple[int, ...] = ()) -> RebuildPlan:
    return RebuildPlan(
        fingerprints=dict.fromkeys(years, FINGERPRINT),
        reasons=dict.fromkeys(rebuilt, "the models changed"),
        unchecked=tuple(unchecked),
        seeds="s",
        keeps_seeds=False,
    )


@pytest.mark.parametrize("part", ["delivery", "intake", "registry"])
def test_another_return_is_another_fingerprint_of_the_landed_return(part: str) -> None:
    assert FINGERPRINT.landed != FINGERPRINT.model_copy(update={part: "other"}).landed


def test_other_code_alone_is_no_other_return() -> None:
    assert FINGERPRINT.landed == FINGERPRINT.model_copy(update={"code": "other"}).landed


def test_a_load_checks_what_it_takes_in_and_what_was_landed_since() -> None:
    assert plan({2016, 2018, 2019}).checked_years((2018,)) == [2016, 2018]
    assert plan(set()).checked_years((2017, 2018)) == [2017, 2018]


def test_a_load_checks_what_it_rebuilds_up_to_its_own_year() -> None:
    assert plan(set(), (2015, 2016, 2017, 2018)).checked_years((2017,)) == [2015, 2016, 2017]


def test_a_later_return_that_was_not_checked_is_unknown_to_the_next_load(tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").touch()
    write_fingerprints(tmp_path, plan({2016, 2017}, (2016, 2018), (2016, 2017, 2018, 2019)), checked=[2016])
    stored = read_fingerprints(tmp_path).years
    assert stored.keys() == {2016, 2019}
    assert "not checked" in str(FINGERPRINT.difference_from(stored.get(2017)))
