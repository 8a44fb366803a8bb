"""Cells of a workbook whose value its reader would take for empty: errors such as #N/A, and formulas never computed.

The parts of the file are parsed as the XML that they are. A sieve over their bytes, which lets through whatever may be
such a cell in any spelling, spares most workbooks the parsing. Does not belong here: reading values (`workbook`).
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol
from xml.parsers import expat

from orchestration.errors import ExitCode
from orchestration.intake.files.old_workbook import count_old_cells
from orchestration.intake.refusal import UnreadableFile

if TYPE_CHECKING:
    from orchestration.settings import IntakeLimits

SAVE_AGAIN = "ask the supplier to save the workbook again, or as CSV"
_BLOCK = 1 << 22
# What a tag may be cut in two by the end of a block: so much of it is looked at again.
_OVERLAP = 1 << 12
# A formula, an error, or an attribute spelt with entities, however the name is prefixed, quoted or spaced.
_SIEVES = {
    "xlsx": re.compile(rb"<(?:[^\s<>/:]+:)?f[\s/>]|\bt\s*=\s*[\"'](?:e|&)"),
    "ods": re.compile(rb"formula\s*=|value-type\s*=\s*[\"'](?:error|&)"),
}
_ERROR_TEXT = re.compile(r"#(N/A|REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!)|Err:[0-9]{3}")
# Parts of an XLSX file that are large and hold no cell.
_NO_CELLS = ("xl/sharedStrings.xml", "xl/styles.xml", "xl/theme/", "docProps/", "customXml/")


@dataclass
class CellCount:
    """What was found in the cells of a workbook."""

    formulas: int = 0
    uncomputed: int = 0
    errors: int = 0


class _Handler(Protocol):
    def start(self, name: str, attributes: dict[str, str]) -> None: ...

    def end(self, name: str) -> None: ...

    def text(self, text: str) -> None: ...


class _XlsxCells:
    """Cells of a worksheet: `<c t="e">` is an error, `<f>` without a `<v>` a formula that was never computed."""

    def __init__(self, count: CellCount) -> None:
        self._count = count
        self._type = ""
        self._has_formula = self._has_value = self._is_in_value = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "c":
            self._type = attributes.get("t", "n").strip()
            self._has_formula = self._has_value = False
        elif name == "f":
            self._has_formula = True
        elif name == "v":
            # An empty text that was computed is written as an empty value of the type for texts.
            self._is_in_value, self._has_value = True, self._type == "str"
        elif name == "is":
            self._has_value = True

    def text(self, text: str) -> None:
        if self._is_in_value and text.strip():
            self._has_value = True

    def end(self, name: str) -> None:
        if name == "v":
            self._is_in_value = False
        elif name == "c":
            self._count.formulas += self._has_formula
            self._count.errors += self._type == "e"
            self._count.uncomputed += self._has_formula and not self._has_value and self._type != "e"


class _OdsCells:
    """Cells of an ODS table: an error has that type, or a formula's text says so; without a type there is no value."""

    def __init__(self, count: CellCount) -> None:
        self._count = count
        self._cell: dict[str, str] | None = None
        self._text: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name in ("table-cell", "covered-table-cell"):
            self._cell, self._text = attributes, []

    def text(self, text: str) -> None:
        if self._cell is not None and "formula" in self._cell:
            self._text.append(text)

    def end(self, name: str) -> None:
        if name not in ("table-cell", "covered-table-cell") or self._cell is None:
            return
        cell, self._cell = self._cell, None
        is_formula, text = "formula" in cell, "".join(self._text).strip()
        is_error = "error" in cell.get("types", "") or (is_formula and bool(_ERROR_TEXT.fullmatch(text)))
        values = ("value", "date-value", "time-value", "boolean-value", "string-value")
        has_value = "string" in cell.get("types", "") or any(cell.get(name) for name in values) or bool(text)
        self._count.formulas += is_formula
        self._count.errors += is_error
        self._count.uncomputed += is_formula and not has_value and not is_error


def check_cells(path: Path, limits: IntakeLimits) -> list[str]:
    """Refuse a workbook with errors or formulas that were never computed; notes for the receipt.

    Raises:
        UnreadableFile: such cells, parts beyond the limits or with entities of their own, or no readable XML.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            count = _count_cells(archive, limits)
    else:
        count = CellCount(*count_old_cells(path))
    _refuse_cells(count.uncomputed, "formulas that were never computed")
    _refuse_cells(count.errors, "error values such as #N/A")
    return ["formulas: their values are those last computed"] if count.formulas else []


def _refuse_cells(count: int, what: str) -> None:
    if count:
        raise UnreadableFile(
            f"at least {count:,} cells hold {what}, which would be read as empty",
            next_step="ask the supplier for a workbook that holds plain values",
        )


def _count_cells(archive: zipfile.ZipFile, limits: IntakeLimits) -> CellCount:
    total = sum(info.file_size for info in archive.infolist())
    if total > limits.max_workbook_bytes:
        raise UnreadableFile(
            f"the workbook unpacks to {total:,} bytes, more than the limit of {limits.max_workbook_bytes:,}",
            kind=ExitCode.LIMIT_EXCEEDED,
            next_step="deliver CSV, or raise NCPES_INTAKE_MAX_WORKBOOK_BYTES if the file is genuine",
        )
    count, names = CellCount(), archive.namelist()
    family = "ods" if "content.xml" in names else "xlsx"
    for part in _parts_with_cells(names, family):
        with archive.open(part) as stream:
            may_hold = _may_hold_such_cells(stream, family, limits)
        if may_hold:
            with archive.open(part) as stream:
                _parse(stream, _OdsCells(count) if family == "ods" else _XlsxCells(count))
    # Programs that write formulas without computing them give 0 as the value and ask for it when the file is opened.
    if family == "xlsx" and count.formulas and _is_computed_when_opened(archive):
        count.uncomputed = max(count.uncomputed, count.formulas)
    return count


def _parts_with_cells(names: list[str], family: str) -> list[str]:
    if family == "ods":
        return ["content.xml"]
    # Where the sheets lie is for the file to say: only the usual place is usual.
    xml = [name for name in names if name.lower().endswith(".xml")]
    return [name for name in xml if not name.startswith(_NO_CELLS) and not name.endswith("workbook.xml")]


def _may_hold_such_cells(stream: IO[bytes], family: str, limits: IntakeLimits) -> bool:
    """Whether the sieve finds anything. All of the part is read: what it claims of its size is not believed."""
    tail, read, found = b"", 0, False
    while block := stream.read(_BLOCK):
        if not read and block.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise UnreadableFile("a part of the workbook is in UTF-16, which its reader skips", next_step=SAVE_AGAIN)
        if not read and b"DOCTYPE" in block[:1024]:
            raise _own_entities()
        read += len(block)
        if read > limits.max_workbook_bytes:
            what = "the workbook is larger than it claims"
            raise UnreadableFile(what, kind=ExitCode.LIMIT_EXCEEDED, next_step=SAVE_AGAIN)
        text = tail + block
        tail = text[-_OVERLAP:]
        found = found or _SIEVES[family].search(text) is not None
    return found


def _own_entities() -> UnreadableFile:
    return UnreadableFile("the workbook declares its own XML entities", next_step=SAVE_AGAIN)


def _parse(stream: IO[bytes], handler: _Handler) -> None:
    """Run a part through a handler by local names; types of a cell of any name are gathered as `types`."""

    def start(name: str, attributes: dict[str, str]) -> None:
        local: dict[str, str] = {}
        for key, value in attributes.items():
            short = key.rpartition(":")[2]
            # ODS states the type twice, and only the second one says `error`.
            if short == "value-type":
                local["types"] = f"{local.get('types', '')} {value}"
            else:
                local[short] = value
        handler.start(name.rpartition(":")[2], local)

    def refuse(*_: object) -> None:
        raise _own_entities()

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: handler.end(name.rpartition(":")[2])
    parser.CharacterDataHandler = handler.text
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.ParseFile(stream)
    except expat.ExpatError as error:
        raise UnreadableFile("a part of the workbook is no readable XML", next_step=SAVE_AGAIN) from error


def _is_computed_when_opened(archive: zipfile.ZipFile) -> bool:
    found = False

    class Calculation:
        def start(self, name: str, attributes: dict[str, str]) -> None:
            nonlocal found
            found |= name == "calcPr" and attributes.get("fullCalcOnLoad") in ("1", "true")

        def end(self, name: str) -> None: ...

        def text(self, text: str) -> None: ...

    for name in archive.namelist():
        if name.endswith("workbook.xml"):
            with archive.open(name) as stream:
                _parse(stream, Calculation())
    return found
