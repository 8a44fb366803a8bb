"""Every check can fail: a fault is planted for each, and it and its declared companions turn red."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from expectations.loader import load_suites
from orchestration.examples import PLANTED_IDENTIFIERS
from tests.mutation.world import World, make_world

FOLDER = Path(__file__).parent / "planted_faults"

# One fault for each check, in the file named as its suite: SQL that spoils the tables of a small clean load so that the
# check, and the companions named beside it, turn red. `landing_*` and `receipt_measures` are plain tables here.
FILES = {
    path.relative_to(FOLDER).with_suffix("").as_posix(): yaml.safe_load(path.read_text(encoding="utf-8"))
    for path in sorted(FOLDER.rglob("*.yaml"))
}
FAULTS: dict[str, dict[str, Any]] = {check_id: fault for faults in FILES.values() for check_id, fault in faults.items()}


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return make_world(tmp_path_factory.mktemp("home"), respondents=6000, trusts=30)


def test_every_check_has_a_planted_fault_and_no_fault_is_left_over() -> None:
    checks = {suite.name: [check.id for check in suite.checks] for suite in load_suites()}
    assert {name: sorted(faults) for name, faults in FILES.items()} == {
        name: sorted(ids) for name, ids in checks.items()
    }


def test_nothing_is_red_before_a_fault_is_planted(world: World) -> None:
    red = {result.check_id: result.message or result.observed for result in world.check() if result.has_failed}
    assert red == {}


@pytest.mark.parametrize("check_id", sorted(FAULTS))
def test_its_fault_turns_a_check_red(world: World, check_id: str) -> None:
    with world.planted(FAULTS[check_id]["plant"]):
        (result,) = as_needed(world, check_id).check(check_id)
    assert (result.status, result.message) == ("fail", "")
    assert result.n_affected


@pytest.mark.slow
@pytest.mark.parametrize("check_id", sorted(FAULTS))
def test_a_fault_turns_nothing_red_but_its_check_and_declared_companions(world: World, check_id: str) -> None:
    fault = FAULTS[check_id]
    with world.planted(fault["plant"]):
        results = as_needed(world, check_id).check_readers(fault["plant"])
    red = {result.check_id for result in results if result.has_failed}
    expected = {check_id, *fault.get("companions", ())}
    assert red - reconciled() == expected - reconciled()
    assert check_id in red


@pytest.mark.slow
@pytest.mark.parametrize("check_id", ["staging_columns_are_not_exchanged", "marts_trust_score_moved_beyond_chance"])
def test_checks_that_do_not_read_what_a_fault_spoils_would_not_turn_red(world: World, check_id: str) -> None:
    plant = FAULTS[check_id]["plant"]
    with world.planted(plant):
        every, readers = world.check(), world.check_readers(plant)
    assert len(readers) < len(every)
    assert {r.check_id for r in every if r.has_failed} == {r.check_id for r in readers if r.has_failed}


def test_a_file_cut_at_a_limit_is_told_with_the_name_of_the_limit(world: World) -> None:
    with world.planted(FAULTS["landing_file_is_not_cut_at_a_program_limit"]["plant"]):
        (result,) = world.check("landing_file_is_not_cut_at_a_program_limit")
    limits = [(group["program_limit"], group["denominator"]) for group in result.groups if group["observed"]]
    assert limits == [("rows of an XLS workbook", 65535)]
    assert "waivers.csv" in next(
        check.next_step for suite in world.suites for check in suite.checks if check.id == result.check_id
    )


def test_an_unknown_status_of_a_mart_is_seen_as_that_of_a_published_table(world: World) -> None:
    with world.planted("update marts.fct_question_scores set status = 'hidden' where rowid = 0"):
        (result,) = world.check("publication_status_is_from_the_vocabulary")
    assert [(group["pub_table"], group["observed"]) for group in result.groups] == [("fct_question_scores", 1)]


def test_a_registered_merger_explains_trusts_that_vanish_and_appear(world: World) -> None:
    renamed = """
        update intermediate.int_responses set trust_code = 'ZZ9' where survey_year = 2018 and trust_code = (
            select trust_code from landing_responses group by 1 having count(*) > 60 order by count(*) limit 1)
    """
    registered = """;
        insert into registry.organisation_mergers
        select 2018, 'trust', trust_code, 'ZZ9', 'new_code', 'told' from landing_responses
        group by trust_code having count(*) > 60 order by count(*) limit 1
    """
    checks = ("staging_trusts_merged", "staging_trusts_vanished", "staging_trusts_appeared")
    red = {}
    for plant in (renamed, renamed + registered):
        with world.planted(plant):
            results = [result for check in checks for result in world.check(check)]
            red[plant] = {result.check_id: result.groups for result in results if result.has_failed}
    assert set(red[renamed]) == {"staging_trusts_vanished", "staging_trusts_appeared"}
    ((check, (group,)),) = red[renamed + registered].items()
    assert (check, group["merged_into"]) == ("staging_trusts_merged", "ZZ9")
    assert group["denominator"] > 0


def as_needed(world: World, check_id: str) -> World:
    """The world as the check needs it: a drawn one called calibrated for checks against published figures."""
    return World(world.connection, world.suites, FAULTS[check_id].get("needs") == "calibrated")


def reconciled() -> set[str]:
    """Checks against published figures, which a small drawn world cannot meet; they are proven one by one."""
    return {check_id for check_id, fault in FAULTS.items() if fault.get("needs") == "calibrated"}


def test_no_result_holds_an_identifier_or_a_respondent(world: World) -> None:
    with world.planted(FAULTS["landing_answer_codes_are_registered"]["plant"]):
        text = json.dumps([result.to_dict() for result in world.check()], default=str)
    keys = [key for (key,) in world.connection.execute("select respondent_key from landing_sample").fetchall()]
    assert not [key for key in keys if key in text]
    assert not [identifier for identifier in PLANTED_IDENTIFIERS if identifier in text]
