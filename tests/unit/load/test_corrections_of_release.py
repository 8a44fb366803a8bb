"""Which corrections of receipts and registry the gate is given."""

from __future__ import annotations

import dataclasses
from datetime import date
from typing import Any

from orchestration.intake.landing.receipt import AppliedCorrection, Receipt
from orchestration.load.decision import corrections_of_release
from orchestration.registry import load_registry
from orchestration.registry.rows import Correction
from orchestration.settings import PROJECT_ROOT

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


def receipt(year: int, *applied: AppliedCorrection) -> Receipt:
    return Receipt.model_construct(survey_year=year, corrections=applied)


def found(registered: tuple[Correction, ...], *applied: dict[str, Any]) -> list[dict[str, Any]]:
    registry = dataclasses.replace(load_registry(PROJECT_ROOT / "dbt_project" / "seeds"), corrections=registered)
    corrections = [AppliedCorrection(**row) for row in applied]
    return corrections_of_release(registry, {2017: receipt(2017), 2018: receipt(2018, *corrections)})


def test_an_applied_correction_has_the_rows_of_the_receipt_and_the_expiry_of_the_registry() -> None:
    (row,) = found((REGISTERED,), {"correction_id": "c1", "rows": 4, "expires_on": "2019-06-30"})
    assert (row["survey_year"], row["rows"], row["expires_on"]) == (2018, 4, "2019-12-31")
    assert (row["reason"], row["owner"]) == ("typing error", "data engineer")


def test_a_registered_correction_that_no_receipt_lists_changed_nothing() -> None:
    (row,) = found((REGISTERED,))
    assert row["rows"] == 0


def test_a_correction_that_left_the_registry_is_still_in_the_landed_tables() -> None:
    (row,) = found((), {"correction_id": "c7", "rows": 2, "expires_on": "2019-06-30"})
    assert (row["correction_id"], row["rows"], row["expires_on"]) == ("c7", 2, "2019-06-30")
    assert "no longer registered" in str(row["reason"])
