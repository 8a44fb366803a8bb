"""Corrections at the gate: judged at the decision's own date, for every year of the release, and always shown."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from expectations.corrections import CorrectionOfRelease, corrections_of_release
from expectations.gate import Decision
from expectations.results import LAYERS, CheckResult
from orchestration.registry.rows import Correction
from tests.decisions import CORRECTION, decided

PASSED = [
    CheckResult(f"{layer}_passes", layer, "A rule", "It matters.", severity="critical", status="pass")
    for layer in LAYERS
]
REGISTERED = Correction(
    correction_id="c1",
    survey_year=2018,
    file_kind="sample",
    source_column="TRUST_CODE",
    match_column="TRUST_CODE",
    match_value="XXX",
    expected_value="XXX",
    corrected_value="RA1",
    reason="typing error",
    owner="data engineer",
    raised_on=date(2019, 1, 1),
    expires_on=date(2019, 12, 31),
)


def corrected(*corrections: CorrectionOfRelease, **fields: object) -> Decision:
    return decided(PASSED, corrections=corrections, **fields)


def test_a_valid_correction_passes_and_is_in_the_decision() -> None:
    decision = corrected(CORRECTION)
    assert decision.verdict == "passed"
    assert decision.to_dict()["corrections"] == (
        {
            "correction_id": "c1", "survey_year": 2018, "rows": 12, "expires_on": "2019-12-31",
            "reason": "codes of a trust were swapped", "owner": "data engineer",
        },
    )  # fmt: skip


def test_expiry_is_judged_by_the_decision_date() -> None:
    assert corrected(CORRECTION, as_of=date(2019, 12, 31)).is_passed
    late = corrected(CORRECTION, as_of=date(2020, 1, 1))
    assert late.verdict == "held"
    assert "c1 of 2018 (owner data engineer) changed 12 rows and expired on 2019-12-31" in late.reasons[0]
    assert "corrections.csv" in late.reasons[0]


def test_a_correction_of_an_earlier_year_of_the_release_counts() -> None:
    expired = replace(CORRECTION, survey_year=2016, expires_on=date(2019, 8, 31))
    assert corrected(expired).verdict == "held"


def test_a_correction_of_a_later_year_is_no_part_of_the_release() -> None:
    decision = corrected(replace(CORRECTION, survey_year=2019, expires_on=date(2019, 8, 31)))
    assert decision.verdict == "passed"
    assert decision.corrections == ()


@pytest.mark.parametrize(
    ("corrections", "words"),
    [((replace(CORRECTION, rows=0),), "changed no row"), ((CORRECTION, CORRECTION), "is there 2 times")],
)
def test_a_correction_that_changed_nothing_or_is_doubled_holds(
    corrections: tuple[CorrectionOfRelease, ...], words: str
) -> None:
    decision = corrected(*corrections)
    assert decision.verdict == "held"
    assert words in " ".join(decision.reasons)


def test_the_order_of_corrections_does_not_change_the_bytes() -> None:
    other = replace(CORRECTION, correction_id="c0", survey_year=2017)
    assert corrected(CORRECTION, other).to_json() == corrected(other, CORRECTION).to_json()


def applied(registered: tuple[Correction, ...], *of_receipt: dict[str, Any]) -> list[CorrectionOfRelease]:
    return corrections_of_release(registered, {2017: (), 2018: of_receipt})


def test_an_applied_correction_has_the_rows_of_the_receipt_and_the_expiry_of_the_registry() -> None:
    (row,) = applied((REGISTERED,), {"correction_id": "c1", "rows": 4, "expires_on": "2019-06-30"})
    assert row == CorrectionOfRelease("c1", 2018, 4, date(2019, 12, 31), "typing error", "data engineer")


def test_a_registered_correction_that_no_receipt_lists_changed_nothing() -> None:
    (row,) = applied((REGISTERED,))
    assert row.rows == 0


def test_a_correction_of_a_year_without_a_receipt_is_no_part_of_the_release() -> None:
    assert applied((replace(REGISTERED, survey_year=2019),)) == []


def test_a_correction_that_left_the_registry_is_still_in_the_landed_tables() -> None:
    (row,) = applied((), {"correction_id": "c7", "rows": 2, "expires_on": "2019-06-30"})
    assert (row.correction_id, row.rows, row.expires_on) == ("c7", 2, date(2019, 6, 30))
    assert "no longer registered" in row.reason
