"""The record of what the gate notices: read back as written, with what was missed, and up to the marks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from expectations.detection import (
    PAGE,
    SETS,
    CleanYear,
    Detection,
    FaultClassRecord,
    Planting,
    read_detection,
    render_page,
    summary_lines,
)
from tests.mutation.fault_class import set_of
from tests.mutation.fault_classes import CLASSES


@pytest.fixture
def measured() -> Detection:
    held = Planting(1.0, "held", True, ("a_check",))
    passed = Planting(0.1, "passed", False)
    classes = (
        FaultClassRecord("page_lost", "A page was lost", "own", "held", "forms", (held, passed)),
        FaultClassRecord("codes_swapped", "Codes were swapped", "blind", "held", "trusts", (passed,)),
    )
    years = (CleanYear(101, 2016, (), ("a_warning",)), CleanYear(101, 2017, ("a_check",), ()))
    return Detection("2026-11-26", "0" * 64, 7000, 30, ("trusts merge",), classes, years)


def test_a_record_is_read_back_as_it_was_written(measured: Detection, tmp_path) -> None:
    path = tmp_path / "detection.json"
    path.write_text(measured.to_json(), encoding="utf-8")
    assert read_detection(path) == measured
    assert read_detection(tmp_path / "none.json") is None
    path.write_text('{"classes": []}', encoding="utf-8")
    with pytest.raises(ValueError, match="make mutation"):
        read_detection(path)


def test_what_was_not_noticed_is_said_first(measured: Detection) -> None:
    page = render_page(measured)
    assert "- **Codes were swapped** (codes_swapped; 0.1 of trusts)" in page
    assert "**passed: not noticed**" in page
    assert "`a_check`" in page
    lines = summary_lines(measured)
    assert "1 of 1 classes written beside the checks were noticed (100%)." in lines
    assert any(line.startswith("0 of 1 classes written without having read the checks") for line in lines)
    assert "All together 1 of 2 (50.0%)." in lines
    assert "1 of 2 drawn years without a fault failed a critical check." in lines


def test_nothing_missed_is_said_too(measured: Detection) -> None:
    clean = replace(measured, classes=measured.classes[:1])
    assert "## Not noticed at the stated size\n\nNone." in render_page(clean)


def test_the_page_is_that_of_the_record_and_names_every_class() -> None:
    record = read_detection()
    assert record is not None
    assert PAGE.read_text(encoding="utf-8") == render_page(record)
    assert {entry.name: entry.set for entry in record.classes} == {c.name: set_of(c) for c in CLASSES.values()}
    assert {set_of(c) for c in CLASSES.values()} <= set(SETS)


def test_the_marks_are_reached() -> None:
    """At least 95% of 40 or more classes at their stated size; at most one false alarm in 20 or more drawn years."""
    record = read_detection()
    assert record is not None
    assert len(record.classes) >= 40
    assert len(record.missed) <= 0.05 * len(record.classes)
    assert len(record.clean_years) >= 20
    assert len(record.false_alarms) <= 1
