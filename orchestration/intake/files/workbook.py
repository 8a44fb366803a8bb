"""Workbooks: XLSX, XLSM, XLS and ODS through calamine, which gives values and neither formulas nor errors.

What it would take for an empty cell is looked for beforehand (`workbook_cells`). One sheet is read; any other sheet is
named with its rows, and one whose rows may belong to the table refuses the file. Hidden rows are rows like others.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from orchestration.errors import ExitCode
from orchestration.intake.files.packing import ColumnPacker
from orchestration.intake.files.source import (
    AS_WIDE,
    FileFormat,
    HeaderHint,
    SourceTable,
    check_width,
    choose_header,
    clean_text,
    refuse_rows_above,
    text_column,
)
from orchestration.intake.files.workbook_cells import SAVE_AGAIN, check_cells
from orchestration.intake.refusal import NOT_A_NAME, UnreadableFile, shown_name

if TYPE_CHECKING:
    from orchestration.settings import IntakeLimits

_ROWS_AT_ONCE = 20_000
_NOT_ONE_TABLE = "put all rows of the table on one sheet, or deliver each table as a file of its own"
_MOST_NAMED = 4


@dataclass(frozen=True)
class _Sheet:
    """A sheet that holds something; `extent` is rows and columns from the first to the last cell with a value."""

    name: str
    is_visible: bool
    rows: Iterator[list[Any]]
    head: list[list[Any]]
    header: int
    matches: int
    extent: tuple[int, int]

    @property
    def title(self) -> str:
        """The sheet for a message, with its rows."""
        hidden = "" if self.is_visible else "hidden, "
        noun = "row" if self.extent[0] == 1 else "rows"
        return f"sheet {shown_sheet(self.name)} ({hidden}{self.extent[0]:,} {noun})"


def shown_sheet(name: str) -> str:
    """Name of a sheet for a message, in quotes; one that does not look like a name is hidden."""
    shown = shown_name(name)
    return shown if shown == NOT_A_NAME else f"'{shown}'"


def read_workbook(path: Path, limits: IntakeLimits, hint: HeaderHint) -> SourceTable:
    """Read the sheet that holds the expected table; without expectations the first sheet that holds anything.

    Raises:
        UnreadableFile: protected, damaged, too large, without a table, with rows of the table on other sheets, with
            formulas that were never computed or with error values.
    """
    notes = check_cells(path, limits)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            sheet, left = _choose_sheet(workbook, limits, hint)
            names, columns, numbers = _read_rows(sheet, limits)
            file_format = _format_of(path)
    except PasswordError as error:
        raise UnreadableFile(
            "the workbook is protected by a password", next_step="ask the supplier for it without a password"
        ) from error
    except CalamineError as error:
        if "limit exceeded" in str(error):
            raise _too_many_cells("more cells than a sheet may have") from error
        raise UnreadableFile("the file is damaged or is not a workbook", next_step=SAVE_AGAIN) from error
    notes += left
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


def _choose_sheet(workbook: CalamineWorkbook, limits: IntakeLimits, hint: HeaderHint) -> tuple[_Sheet, list[str]]:
    """The sheet to read, and notes on those that are left.

    Raises:
        UnreadableFile: another sheet holds rows that may belong to the table.
    """
    sheets = [sheet for metadata in workbook.sheets_metadata if (sheet := _open(workbook, metadata, limits, hint))]
    if not sheets:
        raise UnreadableFile("the workbook is empty", next_step=SAVE_AGAIN)
    best = max(sheet.matches for sheet in sheets)
    fitting = [sheet for sheet in sheets if sheet.matches == best]
    if best and len(fitting) > 1:
        raise UnreadableFile(f"{len(fitting)} sheets hold the table", next_step=_NOT_ONE_TABLE)
    chosen = fitting[0] if best else next((sheet for sheet in sheets if sheet.is_visible), sheets[0])
    others = [sheet for sheet in sheets if sheet is not chosen]
    if best:
        refuse_rows_above(chosen.head, chosen.header)
        _refuse_rows_elsewhere(chosen, others, hint)
    notes = [f"not read: {sheet.title}" for sheet in others]
    return chosen, [*notes, *([] if chosen.is_visible else ["the sheet that was read is hidden"])]


def _open(workbook: CalamineWorkbook, metadata: Any, limits: IntakeLimits, hint: HeaderHint) -> _Sheet | None:
    """A sheet with its leading rows; None where it holds nothing."""
    if metadata.typ != SheetTypeEnum.WorkSheet:
        return None
    sheet = workbook.get_sheet_by_name(metadata.name)
    if sheet.end is None:
        return None
    cells = (sheet.end[0] + 1) * (sheet.end[1] + 1)
    if cells > limits.max_workbook_cells:
        raise _too_many_cells(f"{cells:,} cells, more than the limit of {limits.max_workbook_cells:,}")
    rows = sheet.iter_rows()
    head = list(islice(rows, limits.max_header_rows))
    header = choose_header(head, hint)
    is_visible = metadata.visible == SheetVisibleEnum.Visible
    extent = (sheet.height, sheet.width)
    return _Sheet(metadata.name, is_visible, rows, head, header, hint.matches(head[header]), extent)


def _refuse_rows_elsewhere(chosen: _Sheet, others: Sequence[_Sheet], hint: HeaderHint) -> None:
    """Refuse sheets that may continue the table: a header of expected names, or rows as wide as the table.

    One expected name a row, in several rows, is a list of the columns and no header.
    """
    width = sum(1 for cell in chosen.head[chosen.header] if cell != "")
    found = []
    for sheet in others:
        named = [hint.matches(row) for row in sheet.head]
        has_header = max(named) > 1 or sum(named) == 1
        if has_header or sheet.extent[1] >= AS_WIDE * width:
            found.append(sheet.title)
    if found:
        shown = "; ".join(found[:_MOST_NAMED]) + (f" and {len(found) - _MOST_NAMED} more" * (len(found) > _MOST_NAMED))
        raise UnreadableFile(
            f"rows that may belong to the table stand on other sheets than {shown_sheet(chosen.name)}, and would be "
            f"lost: {shown}",
            next_step=f"{_NOT_ONE_TABLE}; delete sheets that hold something else",
        )


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
