"""No return comes into a release unjudged, by whichever load."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from orchestration.lake import YearFingerprint, read_fingerprints
from orchestration.load import steps
from orchestration.load.judged_years import judged_years
from orchestration.load.session import LoadSession, StepOutOfOrder
from orchestration.warehouse.plan import RebuildPlan, write_fingerprints

LANDED = YearFingerprint(delivery="d", intake="i", registry="r", code="c")


@pytest.mark.parametrize("part", ["delivery", "intake", "registry"])
def test_another_return_is_judged_anew(part: str) -> None:
    assert LANDED.landed != LANDED.model_copy(update={part: "other"}).landed


def test_other_code_alone_is_no_other_return() -> None:
    assert LANDED.landed == LANDED.model_copy(update={"code": "other"}).landed


def session(years: tuple[int, ...], unjudged: set[int], rebuilt: tuple[int, ...] = ()) -> LoadSession:
    reasons = dict.fromkeys(rebuilt, "the models changed")
    plan = RebuildPlan(fingerprints={}, reasons=reasons, unchecked=tuple(unjudged), seeds="", keeps_seeds=False)
    return cast(LoadSession, SimpleNamespace(survey_years=years, survey_year=years[-1], plan=plan, decision=None))


def test_a_load_judges_what_it_takes_in_and_what_was_landed_since() -> None:
    assert judged_years(session((2018,), {2016, 2018, 2019})) == [2016, 2018]
    assert judged_years(session((2017, 2018), set())) == [2017, 2018]


def test_a_load_judges_what_it_builds_anew_up_to_its_own_year() -> None:
    assert judged_years(session((2017,), set(), (2015, 2016, 2017, 2018))) == [2015, 2016, 2017]


def test_a_later_return_that_was_not_judged_is_unknown_to_the_next_load(tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").touch()
    years = dict.fromkeys((2016, 2017, 2018, 2019), LANDED)
    plan = RebuildPlan(
        fingerprints=years,
        reasons={2016: "code", 2018: "code"},
        unchecked=(2016, 2017),
        seeds="s",
        keeps_seeds=False,
    )
    write_fingerprints(tmp_path, plan, checked=[2016])
    stored = read_fingerprints(tmp_path).years
    assert stored.keys() == {2016, 2019}
    assert "not checked" in str(LANDED.difference_from(stored.get(2017)))


def test_nothing_is_promoted_without_a_decision_that_passed() -> None:
    undecided: Any = session((2018,), set())
    with pytest.raises(StepOutOfOrder, match="promoted"):
        steps.promote_warehouse(undecided)
    undecided.decision, undecided.is_held = object(), True
    with pytest.raises(StepOutOfOrder, match="promoted"):
        steps.promote_warehouse(undecided)
