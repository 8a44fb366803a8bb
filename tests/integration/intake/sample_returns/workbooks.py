"""Workbooks as people and programs make them: rows on other sheets, errors, formulas. One odd thing each."""

# ruff: noqa: E501 - one case a line, so that the cases read as a table
from __future__ import annotations

import csv
import re
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

from orchestration.errors import ExitCode
from tests.integration.intake.sample_returns.cases import Case
from tests.integration.intake.sample_returns.small import YEAR, Return

UNREADABLE = ExitCode.UNREADABLE_FILE
RESPONSES = f"responses_{YEAR}"
_FIRST_SHEET = "xl/worksheets/sheet1.xml"


def _as(form: str, kind: str = "responses") -> Callable[[Return], object]:
    return lambda given: given.forms.__setitem__(kind, form)


def _workbook(change: Callable[[Any, Any], object], kind: str = "responses") -> Callable[[Path], object]:
    """Damage that changes the workbook and its first sheet."""

    def damage(folder: Path) -> None:
        path = folder / f"{kind}_{YEAR}.xlsx"
        workbook = openpyxl.load_workbook(path)
        change(workbook, workbook.worksheets[0])
        workbook.save(path)

    return damage


def _continues(state: str = "visible", with_header: bool = False) -> Callable[[Any, Any], None]:
    """The last four rows on a second sheet, as a program does that fills sheets one after the other."""

    def change(workbook: Any, sheet: Any) -> None:
        second = workbook.create_sheet("Sheet2")
        rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
        for row in [*([rows[0]] if with_header else []), *rows[-4:]]:
            second.append(row)
        second.sheet_state = state
        sheet.delete_rows(len(rows) - 3, 4)

    return change


def _sheet(name: str, *rows: list[Any]) -> Callable[[Any, Any], None]:
    def change(workbook: Any, _sheet: object) -> None:
        added = workbook.create_sheet(name)
        for row in rows:
            added.append(row)

    return change


def _hide_rows(_workbook: object, sheet: Any) -> None:
    for row in (3, 4, 5):
        sheet.row_dimensions[row].hidden = True
    sheet.auto_filter.ref = "A1:B10"


def _header_below(_workbook: object, sheet: Any) -> None:
    """The row of names moved under the first three people."""
    header = [cell.value for cell in sheet[1]]
    sheet.insert_rows(5)
    for column, name in enumerate(header, start=1):
        sheet.cell(5, column, name)
    sheet.delete_rows(1)


def _part(path: Path, name: str, change: Callable[[str], str]) -> None:
    """Rewrites one part of a zipped workbook as text."""
    with zipfile.ZipFile(path) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    text = parts[name].decode()
    changed = change(text)
    assert changed != text
    parts[name] = changed.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)


def _cell(xml: str, prefixed: bool = False) -> Callable[[Path], None]:
    """The cell B2 of the sheet as this XML; with prefixes every element of the sheet gets one."""

    def change(text: str) -> str:
        text = re.sub(r'<c r="B2".*?</c>', xml, text)
        return re.sub(r"<(/?)(\w)", r"<\1x:\2", text.replace("xmlns=", "xmlns:x=")) if prefixed else text

    return lambda folder: _part(folder / f"{RESPONSES}.xlsx", _FIRST_SHEET, change)


def _computed(xml: str) -> Callable[[Path], None]:
    """A formula in a workbook that a spreadsheet program has saved."""

    def damage(folder: Path) -> None:
        _cell(xml)(folder)
        _part(folder / f"{RESPONSES}.xlsx", "xl/workbook.xml", lambda text: text.replace(' fullCalcOnLoad="1"', ""))

    return damage


def _elsewhere(folder: Path) -> None:
    """An error on a sheet that lies in another folder of the file."""
    path = folder / f"{RESPONSES}.xlsx"
    _cell('<c r="B2" t="e"><v>#N/A</v></c>')(folder)
    with zipfile.ZipFile(path) as archive:
        parts = {part: archive.read(part) for part in archive.namelist()}
    parts["xl/tables/one.xml"] = parts.pop(_FIRST_SHEET)
    links, types = "xl/_rels/workbook.xml.rels", "[Content_Types].xml"
    parts[links] = parts[links].replace(b"worksheets/sheet1.xml", b"tables/one.xml")
    parts[types] = parts[types].replace(b"worksheets/sheet1.xml", b"tables/one.xml")
    with zipfile.ZipFile(path, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)


def _ods_cell(xml: str) -> Callable[[Path], None]:
    """The second cell of the second row of the ODS table as this XML."""

    def change(text: str) -> str:
        head, names, rest = text.split("<table:table-row>", 2)
        _, second, *_ = re.finditer(r"<table:table-cell[^>]*/>|<table:table-cell.*?</table:table-cell>", rest)
        return "<table:table-row>".join((head, names, rest[: second.start()] + xml + rest[second.end() :]))

    return lambda folder: _part(folder / f"{RESPONSES}.ods", "content.xml", change)


def write_xls(path: Path, header: list[str], rows: list[list[str]], extra: bytes = b"") -> None:
    """A minimal XLS file: one sheet in a compound file of sectors of 512 bytes; `extra` are records before its end."""

    def record(kind: int, content: bytes) -> bytes:
        return struct.pack("<HH", kind, len(content)) + content

    def bof(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0))

    def cell(row: int, column: int, text: str) -> bytes:
        place = struct.pack("<HHH", row, column, 0)
        if text.isdigit():
            return record(0x0203, place + struct.pack("<d", float(text)))
        return record(0x0204, place + struct.pack("<HB", len(text), 1) + text.encode("utf-16-le"))

    cells = b"".join(
        cell(row, column, text)
        for row, texts in enumerate([header, *rows])
        for column, text in enumerate(texts)
        if text
    )
    end = record(0x000A, b"")
    start = bof(5)
    named = struct.pack("<BB", 4, 0) + b"Data"
    length = len(start) + len(record(0x0085, bytes(6) + named)) + len(end)
    globals_ = start + record(0x0085, struct.pack("<IH", length, 0) + named) + end
    stream = (globals_ + bof(0x10) + cells + extra + end).ljust(4096, b"\0")
    _write_compound_file(path, stream)


def _write_compound_file(path: Path, stream: bytes) -> None:
    def entry(name: str, kind: int, child: int, first: int, size: int) -> bytes:
        text = name.encode("utf-16-le") + b"\0\0"
        links = struct.pack("<HBBIII", len(text) if name else 0, kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child)
        return text.ljust(64, b"\0") + links + bytes(36) + struct.pack("<IQ", first, size)

    sectors = -(-len(stream) // 512)
    n_fat = -(-(sectors + 2 + sectors // 128) // 128)
    chain = [0xFFFFFFFD] * n_fat + [0xFFFFFFFE] + [n_fat + 2 + i for i in range(sectors - 1)] + [0xFFFFFFFE]
    chain += [0xFFFFFFFF] * (n_fat * 128 - len(chain))
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, n_fat, n_fat, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", *range(n_fat), *[0xFFFFFFFF] * (109 - n_fat))
    directory = entry("Root Entry", 5, 1, 0xFFFFFFFE, 0) + entry("Workbook", 2, 0xFFFFFFFF, n_fat + 1, len(stream))
    directory += entry("", 0, 0xFFFFFFFF, 0, 0) * 2
    path.write_bytes(head + struct.pack(f"<{len(chain)}I", *chain) + directory + stream.ljust(sectors * 512, b"\0"))


def _place_xls(extra: bytes = b"") -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        path = folder / f"{RESPONSES}.csv"
        with path.open(newline="", encoding="utf-8") as stream:
            header, *rows = list(csv.reader(stream))
        path.unlink()
        write_xls(folder / f"{RESPONSES}.xls", header, rows, extra)

    return damage


_XLS_ERROR = struct.pack("<HHHHHBB", 0x0205, 8, 1, 1, 0, 0x2A, 1)
_XLS_FORMULA_ERROR = struct.pack("<HHHHH8sHIH", 0x0006, 22, 1, 1, 0, b"\x02\0\x2a\0\0\0\xff\xff", 0, 0, 0)


def _xlsb(folder: Path) -> None:
    (folder / f"{RESPONSES}.csv").unlink()
    with zipfile.ZipFile(folder / f"{RESPONSES}.xlsb", "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.bin", b"")


SHEETS = (
    Case("a table that continues on a second sheet", _as("xlsx"), _workbook(_continues()), refused=UNREADABLE, says=("sheet 'Sheet2' (4 rows)", "would be lost")),
    Case("a table that continues on a hidden sheet", _as("xlsx"), _workbook(_continues("hidden")), refused=UNREADABLE, says=("'Sheet2' (hidden, 4 rows)",)),
    Case("a second wave on a sheet of its own", _as("xlsx"), _workbook(_continues(with_header=True)), refused=UNREADABLE, says=("2 sheets hold the table",)),
    Case("a column on a sheet of its own", _as("xlsx"), _workbook(_sheet("Late", ["PSID", "Q99"], [18000001, 1])), refused=UNREADABLE, says=("sheet 'Late' (2 rows)",)),
    Case("one wide row on another sheet", _as("xlsx", "sample"), _workbook(_sheet("Left over", list(range(20))), "sample"), refused=UNREADABLE, says=("'Left over' (1 row)",)),
    Case("notes on another sheet", _as("xlsx"), _workbook(_sheet("Notes", ["Please read"], ["and", "answer"]))),
    Case("a list of the columns on another sheet", _as("xlsx"), _workbook(_sheet("Columns", ["name", "text"], ["Q1", "first"], ["Q2", "second"]))),
    Case("hidden rows and a filter", _as("xlsx"), _workbook(_hide_rows)),
    Case("people above the header", _as("xlsx"), _workbook(_header_below), refused=ExitCode.WRONG_STRUCTURE, says=("3 rows as wide as the table stand above its header",)),
)  # fmt: skip

CELLS = (
    Case("an error in single quotes", _as("xlsx"), _cell("<c r='B2' t = 'e'><v>#N/A</v></c>"), refused=UNREADABLE, says=("1 cells hold error values",)),
    Case("an error in prefixed elements", _as("xlsx"), _cell('<c r="B2" t="e"><v>#N/A</v></c>', prefixed=True), refused=UNREADABLE, says=("error values",)),
    Case("an error spelt with an entity", _as("xlsx"), _cell('<c r="B2" t="&#101;"><v>#N/A</v></c>'), refused=UNREADABLE, says=("error values",)),
    Case("an error on a sheet in an odd place", _as("xlsx"), _elsewhere, refused=UNREADABLE, says=("error values",)),
    Case("a formula with a blank behind", _as("xlsx"), _cell('<c r="B2"><f>1+1</f>\n  <v/> </c>'), refused=UNREADABLE, says=("formulas that were never computed",)),
    Case("a prefixed formula without value", _as("xlsx"), _cell('<c r="B2"><f>1+1</f></c>', prefixed=True), refused=UNREADABLE, says=("never computed",)),
    Case("a formula to be computed when opened", _as("xlsx"), _cell('<c r="B2"><f>1+1</f><v>0</v></c>'), refused=UNREADABLE, says=("never computed",)),
    Case("a formula computed as an empty text", _as("xlsx"), _computed('<c r="B2" t="str"><f>""</f><v></v></c>')),
    Case("a formula computed as a number", _as("xlsx"), _computed('<c r="B2"><f>1+1</f><v>2</v></c>')),
    Case("an ODS error", _as("ods"), _ods_cell("<table:table-cell table:formula='of:=NA()' office:value-type='string' office:string-value='' calcext:value-type = 'error'><text:p>#N/A</text:p></table:table-cell>"), refused=UNREADABLE, says=("error values",)),
    Case("an ODS error as Excel writes it", _as("ods"), _ods_cell('<table:table-cell office:value-type="string" table:formula="of:=NA()"><text:p>#N/A</text:p></table:table-cell>'), refused=UNREADABLE, says=("error values",)),
    Case("an ODS formula without value", _as("ods"), _ods_cell("<table:table-cell table:formula='of:=1+1'></table:table-cell>"), refused=UNREADABLE, says=("never computed",)),
    Case("an ODS formula computed as an empty text", _as("ods"), _ods_cell('<table:table-cell table:formula="of:=&quot;&quot;" office:value-type="string" calcext:value-type="string"><text:p/></table:table-cell>')),
    Case("an XLS workbook", damage=_place_xls()),
    Case("an XLS error", damage=_place_xls(_XLS_ERROR), refused=UNREADABLE, says=("1 cells hold error values",)),
    Case("an XLS formula that gives an error", damage=_place_xls(_XLS_FORMULA_ERROR), refused=UNREADABLE, says=("1 cells hold error values",)),
    Case("an XLSB workbook", damage=_xlsb, refused=UNREADABLE, says=("XLSB",)),
)  # fmt: skip
