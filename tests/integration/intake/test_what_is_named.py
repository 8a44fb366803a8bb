"""What is taken and yet odd is named in the receipt and the intake report: column, code and count, and no person."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.intake.refusal import IntakeRefused
from orchestration.intake.review.report import REPORT_FILE
from orchestration.settings import Settings
from tests.integration.intake.sample_returns.small import YEAR, Return, Take, joined, landed


def test_damaged_letters_are_named_with_column_and_count(good: Return, settings: Settings, take: Take) -> None:
    for row, comment in enumerate(("CafÃ© Ã  Paris", "StaffÕs kindness", "Th\ufffdr\ufffdse", "naïve café", "fine")):
        good.responses.set(row, "COMMENTS", comment)
    receipt = take(good)
    (responses,) = [file for file in receipt.files if file.kind == "responses"]
    assert set(responses.notes) == {
        "column COMMENTS: 1 cells with letters encoded twice",
        "column COMMENTS: 1 cells with letters of a Mac (MacRoman) read as Windows",
        "column COMMENTS: 1 cells with replacement characters (U+FFFD)",
    }
    assert "Paris" not in (landed(settings, receipt) / REPORT_FILE).read_text(encoding="utf-8")


def test_a_sheet_that_was_not_read_is_named_with_its_rows(good: Return, settings: Settings, take: Take) -> None:
    import openpyxl

    good.forms["responses"] = "xlsx"
    path = good.write(settings) / f"responses_{YEAR}.xlsx"
    workbook = openpyxl.load_workbook(path)
    for name, state in (("Read me", "visible"), ("Smith 07700 900123", "hidden")):
        sheet = workbook.create_sheet(name)
        sheet.append(["text"])
        sheet.append(["more"])
        sheet.sheet_state = state
    workbook.save(path)
    del good.tables["responses"]
    (responses,) = [file for file in take(good).files if file.kind == "responses"]
    assert responses.notes == ("not read: sheet 'Read me' (2 rows)", "not read: sheet (not a name) (hidden, 2 rows)")


def test_unknown_organisation_codes_are_shown_with_their_rows(good: Return, settings: Settings, take: Take) -> None:
    for row, code in enumerate(("XZ9", "XZ9", "NULL", "John Smith")):
        good.sample.set(3 * row + 2, "TRUST_CODE", code)
    good.sample.set(1, "CCG_CODE", "99Z")
    receipt = take(good)
    assert receipt.quarantine["unknown_trust"] == 4
    assert receipt.unknown_organisations == {
        "trust": {"(not a code)": 1, "NULL": 1, "XZ9": 2},
        "ccg": {"99Z": 1},
    }
    report = (landed(settings, receipt) / REPORT_FILE).read_text(encoding="utf-8")
    assert "- unknown trust: `(not a code)` 1, `NULL` 1, `XZ9` 2" in report
    assert "Smith" not in report


def test_a_column_of_names_shows_none_of_them(good: Return, take: Take) -> None:
    for row in range(2, 22):
        good.sample.set(row, "CCG_CODE", "SMITH")
    assert take(good).unknown_organisations["ccg"] == {"(not a code)": 20}


def test_shares_of_both_sides_of_a_file_are_kept_apart(good: Return, take: Take) -> None:
    good.sample.set(2, "TRUST_CODE", "XXX")
    good.sample.set(0, "OUTCOME", "2")
    receipt = take(joined(good, "joined"))
    name = f"joined_{YEAR}.csv"
    assert receipt.quarantined_share_of_file == {name: 1 / 24, f"{name} (responses)": 1 / 16}
    assert [(file.title, file.rows_received) for file in receipt.files if file.kind.startswith("joined")] == [
        (name, 24),
        (f"{name} (responses)", 16),
    ]


@pytest.mark.parametrize("suffix", ["parquet", "dta"])
def test_record_numbers_in_single_precision_have_lost_it(
    suffix: str, good: Return, settings: Settings, take: Take
) -> None:
    sample = good.tables.pop("sample")
    path = good.write(settings) / f"sample_{YEAR}.{suffix}"
    frame = pd.DataFrame(dict(zip(sample.header, zip(*sample.rows, strict=True), strict=True)))
    frame["PSID"] = frame["PSID"].astype(np.float32)
    if suffix == "parquet":
        pq.write_table(pa.Table.from_pandas(frame), path)
    else:
        frame.to_stata(path, write_index=False)
    with pytest.raises(IntakeRefused, match="unreadable_record_number 24"):
        take(good)
