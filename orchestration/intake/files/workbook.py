"""Workbooks: XLSX, XLSM, XLS and ODS through calamine, which gives values and neither formulas nor errors.

What it drops is looked for beforehand in the parts of the file, so that a formula nobody computed or an error value is
not taken for an empty cell.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from orchestration.errors import ExitCode
from orchestration.intake.files.packing import ColumnPacker
from orchestration.intake.files.source import (
    FileFormat,
    HeaderHint,
    SourceTable,
    check_width,
    choose_header,
    clean_text,
    text_column,
)
from orchestration.intake.refusal import UnreadableFile

if TYPE_CHECKING:
    from orchestration.settings import IntakeLimits

_ROWS_AT_ONCE = 20_000
_SCAN_BLOCK = 1 << 22
_LONGEST_CELL = 1 << 16
_AGAIN = "ask the supplier to save the workbook again, or as CSV"
# A cell with a formula and no value, and a cell with an error, as the two families of workbooks write them.
_NO_VALUE = {
    "xlsx": re.compile(rb"<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)(?:<v\s*/>|<v></v>)?</c>"),
    "ods": re.compile(
        rb"<table:table-cell\b(?=[^>]*table:formula=)(?![^>]*office:(?:value|date-value|string-value)[^>]*=)[^>]*/>"
    ),
}
_ERROR = {
    "xlsx": re.compile(rb'<c\b[^>]*\bt="e"'),
    "ods": re.compile(rb'calcext:value-type="error"'),
}
_FORMULA = {"xlsx": re.compile(rb"<f[ >/]"), "ods": re.compile(rb"table:formula=")}


@dataclass(frozen=True)
class _Sheet:
    name: str
    rows: Iterator[list[Any]]
    head: list[list[Any]]
    header: int
    matches: int


def read_workbook(path: Path, limits: IntakeLimits, hint: HeaderHint) -> SourceTable:
    """Read the sheet that holds the expected table; without expectations the first sheet that holds anything.

    Raises:
        UnreadableFile: protected, damaged, too large, without a table, with two tables that could be meant, with
            formulas that were never computed or with error values.
    """
    notes = _scan_parts(path, limits)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            sheet, others = _choose_sheet(workbook, limits, hint)
            names, columns, numbers = _read_rows(sheet, limits)
            file_format = _format_of(path)
    except PasswordError as error:
        raise UnreadableFile(
            "the workbook is protected by a password", next_step="ask the supplier for it without a password"
        ) from error
    except CalamineError as error:
        if "limit exceeded" in str(error):
            raise _too_many_cells("more cells than a sheet may have") from error
        raise UnreadableFile("the file is damaged or is not a workbook", next_step=_AGAIN) from error
    if others:
        notes.append(f"{others} other sheets were not read")
    return SourceTable(
        names=names,
        columns=columns,
        n_rows=len(numbers),
        format=FileFormat(file_format, sheet=sheet.name, header_row=sheet.header + 1, notes=tuple(notes)),
        first_row=sheet.header + 2,
        locate_rows=lambda: numbers,
    )


def _format_of(path: Path) -> str:
    if not zipfile.is_zipfile(path):
        return "xls"
    with zipfile.ZipFile(path) as archive:
        return "ods" if "content.xml" in archive.namelist() else "xlsx"


def _choose_sheet(workbook: CalamineWorkbook, limits: IntakeLimits, hint: HeaderHint) -> tuple[_Sheet, int]:
    """The sheet to read and how many other sheets hold something."""
    sheets = []
    for metadata in workbook.sheets_metadata:
        sheet = workbook.get_sheet_by_name(metadata.name)
        cells = sheet.total_height * sheet.total_width
        if cells > limits.max_workbook_cells:
            raise _too_many_cells(f"{cells:,} cells, more than the limit of {limits.max_workbook_cells:,}")
        rows = sheet.iter_rows()
        head = list(islice(rows, limits.max_header_rows))
        if not any(cell != "" for row in head for cell in row):
            continue
        header = choose_header(head, hint)
        visible = metadata.visible == SheetVisibleEnum.Visible
        sheets.append((visible, _Sheet(metadata.name, rows, head, header, hint.matches(head[header]))))
    if not sheets:
        raise UnreadableFile("the workbook is empty", next_step=_AGAIN)
    best = max(sheet.matches for _, sheet in sheets)
    fitting = [sheet for _, sheet in sheets if sheet.matches == best]
    if best and len(fitting) > 1:
        raise UnreadableFile(
            f"{len(fitting)} sheets hold the table", next_step="put all rows on one sheet, or deliver each as a file"
        )
    chosen = fitting[0] if best else next((sheet for visible, sheet in sheets if visible), sheets[0][1])
    return chosen, len(sheets) - 1


def _too_many_cells(how_many: str) -> UnreadableFile:
    return UnreadableFile(
        f"a sheet spans {how_many}",
        kind=ExitCode.LIMIT_EXCEEDED,
        next_step="delete what is far below or right of the table, or deliver CSV; the limit is "
        "NCPES_INTAKE_MAX_WORKBOOK_CELLS",
    )


def _read_rows(
    sheet: _Sheet, limits: IntakeLimits
) -> tuple[tuple[str, ...], tuple[pa.DictionaryArray, ...], np.ndarray]:
    """Names, text columns and row numbers. Rows without a value, columns without name and value, are none."""
    header = sheet.head[sheet.header]
    check_width(header, limits)
    packers = [ColumnPacker() for _ in header]
    numbers: list[int] = []
    number = sheet.header + 2
    block = sheet.head[sheet.header + 1 :]
    while block:
        for offset, row in enumerate(block):
            # Most rows begin with a value, so the search seldom goes far.
            if any(cell != "" for cell in row):
                numbers.append(number + offset)
        number += len(block)
        filled = [row for row in block if any(cell != "" for cell in row)]
        for packer, cells in zip(packers, zip(*filled, strict=True), strict=False):
            packer.add(text_column(cells))
        block = list(islice(sheet.rows, _ROWS_AT_ONCE))
    columns = [packer.finish() for packer in packers]
    names = [clean_text(str(cell)) if cell != "" else "" for cell in header]
    kept = [position for position, name in enumerate(names) if name or len(columns[position].dictionary)]
    return tuple(names[i] for i in kept), tuple(columns[i] for i in kept), np.asarray(numbers, np.int64)


def _scan_parts(path: Path, limits: IntakeLimits) -> list[str]:
    """Look through the parts of a zipped workbook for what calamine would drop; notes for the receipt."""
    if not zipfile.is_zipfile(path):
        return []
    with zipfile.ZipFile(path) as archive:
        total = sum(info.file_size for info in archive.infolist())
        if total > limits.max_workbook_bytes:
            raise UnreadableFile(
                f"the workbook unpacks to {total:,} bytes, more than the limit of {limits.max_workbook_bytes:,}",
                kind=ExitCode.LIMIT_EXCEEDED,
                next_step="deliver CSV, or raise NCPES_INTAKE_MAX_WORKBOOK_BYTES if the file is genuine",
            )
        names = archive.namelist()
        family = "ods" if "content.xml" in names else "xlsx"
        parts = ["content.xml"] if family == "ods" else [name for name in names if name.startswith("xl/worksheets/")]
        notes: list[str] = []
        for part in parts:
            with archive.open(part) as stream:
                _scan_part(stream, family, notes, limits)
    return notes


def _scan_part(stream: IO[bytes], family: str, notes: list[str], limits: IntakeLimits) -> None:
    tail, read = b"", 0
    while block := stream.read(_SCAN_BLOCK):
        read += len(block)
        if read > limits.max_workbook_bytes:
            raise UnreadableFile(
                "the workbook is larger than it claims", kind=ExitCode.LIMIT_EXCEEDED, next_step=_AGAIN
            )
        # A cell may lie across two blocks: what follows the last whole cell is looked at again.
        text = tail + block
        tail = text[-min(len(text), len(text) - text.rfind(b"</c>") - 4, _LONGEST_CELL) :]
        if b"DOCTYPE" in text[:1024]:
            raise UnreadableFile("the workbook declares its own XML entities", next_step=_AGAIN)
        if _FORMULA[family].search(text):
            note = "formulas: their values are those last computed"
            notes += [note] if note not in notes else []
            _refuse_cells(_NO_VALUE[family].findall(text), "formulas that were never computed")
        if _ERROR[family].search(text):
            _refuse_cells(_ERROR[family].findall(text), "error values such as #N/A")


def _refuse_cells(found: Sequence[bytes], what: str) -> None:
    if found:
        raise UnreadableFile(
            f"at least {len(found):,} cells hold {what}, which would be read as empty",
            next_step="ask the supplier for a workbook that holds plain values",
        )
