"""Organisations of two years compared: who appears, vanishes, moves, is renamed or seems to have merged."""

from __future__ import annotations

import pytest

from orchestration.intake.review.organisation_changes import Organisation, compare_organisations
from orchestration.registry.rows import OrganisationMerger


def test_organisations_are_compared_with_the_year_before() -> None:
    before = [
        Organisation("trust", "RA1", "Northtown Hospitals", "E01", 400),
        Organisation("trust", "RB2", "Northtown Infirmary", "E01", 100),
        Organisation("trust", "RC3", "Farshire", "E02", 300),
        Organisation("trust", "RD4", "Coast Care", "E02", 50),
    ]
    after = [
        Organisation("trust", "RA1", "Northtown Hospitals", "E01", 505),
        Organisation("trust", "RC3", "Farshire University Hospitals", "E03", 300),
        Organisation("trust", "RE5", "Newly Made", "E09", 10),
    ]
    changes = {
        (change.change, change.code_before, change.code_after): change
        for change in compare_organisations(before, after)
    }
    assert set(changes) == {
        ("appeared", None, "RE5"),
        ("merged", "RB2", "RA1"),
        ("vanished", "RD4", None),
        ("renamed", "RC3", "RC3"),
        ("moved", "RC3", "RC3"),
    }
    assert changes["merged", "RB2", "RA1"].confidence == "likely"


def trust(code: str, patients: int = 100) -> Organisation:
    return Organisation("trust", code, f"Hospitals of {code}", "E01", patients)


def merger(old: str, new: str, year: int = 2018) -> OrganisationMerger:
    return OrganisationMerger(year, "trust", old, new, "merger", "announced in April")


def test_an_accepted_merger_is_certain() -> None:
    before, after = [trust("RA1"), trust("RB2"), trust("RC3")], [trust("RA1"), trust("RN9", 200)]
    accepted = [merger("RB2", "RN9"), merger("RC3", "RN9")]
    changes = compare_organisations(before, after, accepted)
    assert [(change.change, change.code_before, change.code_after, change.confidence) for change in changes] == [
        ("merged", "RB2", "RN9", "certain"),
        ("merged", "RC3", "RN9", "certain"),
    ]
    assert all(change.evidence == "registered as merger: announced in April" for change in changes)


@pytest.mark.parametrize(
    ("after", "says"),
    [
        ([trust("RA1"), trust("RB2")], "RB2 is still there"),
        ([trust("RC3")], "RA1 is not there"),
        ([trust("RC3"), trust("RB2")], "RB2 is still there and RA1 is not there"),
    ],
)
def test_an_accepted_merger_that_the_files_deny_is_unsure(after: list[Organisation], says: str) -> None:
    changes = compare_organisations([trust("RA1"), trust("RB2"), trust("RC3")], after, [merger("RB2", "RA1")])
    (found,) = [change for change in changes if change.change == "merged" and change.code_before == "RB2"]
    assert (found.confidence, says in found.evidence) == ("unsure", True)
