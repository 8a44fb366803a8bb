"""Defects of the files themselves: bytes, archives, workbooks, folders. One each."""

# ruff: noqa: E501 - one case a line, so that the cases read as a table
from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl

from orchestration.errors import ExitCode
from tests.integration.intake.sample_returns.cases import Case
from tests.integration.intake.sample_returns.formats import csv_bytes, write_ods
from tests.integration.intake.sample_returns.small import YEAR, Return

UNREADABLE, LIMIT, NONE = ExitCode.UNREADABLE_FILE, ExitCode.LIMIT_EXCEEDED, ExitCode.NO_RETURN
RESPONSES = f"responses_{YEAR}"


def _csv(folder: Path) -> Path:
    return folder / f"{RESPONSES}.csv"


def _edit(folder: Path, old: bytes, new: bytes, count: int = 1) -> None:
    path = _csv(folder)
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, count))


def _as(form: str, kind: str = "responses") -> Callable[[Any], None]:
    """A spoiler that only chooses the form."""
    return lambda given: given.forms.__setitem__(kind, form)


def _replace_by(folder: Path, name: str, content: bytes) -> None:
    _csv(folder).unlink()
    (folder / name).write_bytes(content)


def _cut(folder: Path, name: str, share: float) -> None:
    path = folder / name
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])


def _two_in_a_zip(folder: Path) -> None:
    with zipfile.ZipFile(folder / f"{RESPONSES}.zip", "w") as archive:
        archive.writestr("one.csv", _csv(folder).read_bytes())
        archive.writestr("two.csv", b"a,b\n1,2\n")
    _csv(folder).unlink()


def _gzip_of_gzip(folder: Path) -> None:
    _replace_by(folder, f"{RESPONSES}.csv.gz", gzip.compress(gzip.compress(_csv(folder).read_bytes())))


def _bomb(folder: Path) -> None:
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb", compresslevel=9) as stream:
        for _ in range(64):
            stream.write(b"1," * (1 << 20))
    _replace_by(folder, f"{RESPONSES}.csv.gz", packed.getvalue())


def _workbook(folder: Path, change: Callable[[Any, Any], object]) -> None:
    path = folder / f"{RESPONSES}.xlsx"
    workbook = openpyxl.load_workbook(path)
    change(workbook, workbook.worksheets[0])
    workbook.save(path)


def _titles(_workbook: object, sheet: Any) -> None:
    sheet.insert_rows(1, 3)
    sheet["A1"] = "National Cancer Patient Experience Survey, responses"
    sheet.merge_cells("A1:F1")


def _hidden_first(workbook, _sheet) -> None:  # type: ignore[no-untyped-def] - as above
    notes = workbook.create_sheet("Notes", 0)
    notes["A1"] = "Please read"
    notes.sheet_state = "hidden"


def _protected(folder: Path) -> None:
    """What tells a protected workbook: a compound file with a stream of this name."""
    names = "EncryptionInfo".encode("utf-16-le") + bytes(100) + "EncryptedPackage".encode("utf-16-le")
    _replace_by(folder, f"{RESPONSES}.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000) + names + bytes(4000))


def _ods_bomb(folder: Path, cell: str) -> None:
    _csv(folder).unlink()
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    write_ods(folder / f"{RESPONSES}.ods", row * 900)


def _entity_bomb(folder: Path) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "lol"}">' for n in range(10))
    head = f'<?xml version="1.0"?><!DOCTYPE x [{entities}]>'
    _csv(folder).unlink()
    with zipfile.ZipFile(folder / f"{RESPONSES}.ods", "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", head + "<x>&e9;</x>")


def _unclosed_quote(folder: Path) -> None:
    lines = _csv(folder).read_bytes().split(b"\n")
    lines[3] = lines[3].replace(b",", b',"', 1)
    _csv(folder).write_bytes(b"\n".join(lines))


def _quote_around_rows(folder: Path) -> None:
    """As many cells as there should be, but one of them holds the rows between."""
    lines = _csv(folder).read_bytes().split(b"\n")
    lines[3] = lines[3][: lines[3].rindex(b",") + 1] + b'"' + lines[3][lines[3].rindex(b",") + 1 :]
    lines[6] += b'"'
    _csv(folder).write_bytes(b"\n".join(lines))


def _rename(folder: Path, old: str, new: str) -> None:
    (folder / old).rename(folder / new)


BYTES = (
    Case("an empty file", damage=lambda f: _csv(f).write_bytes(b""), refused=UNREADABLE, says=("empty",)),
    Case("only blank lines", damage=lambda f: _csv(f).write_bytes(b"\n \n\n"), refused=UNREADABLE, says=("empty",)),
    Case("a header without rows", lambda r: r.responses.rows.clear(), refused=UNREADABLE, says=("without a row",)),
    Case("a file without header", damage=lambda f: _csv(f).write_bytes(_csv(f).read_bytes().split(b"\n", 1)[1]), refused=ExitCode.WRONG_STRUCTURE, says=("no header row",)),
    Case("binary junk", damage=lambda f: _csv(f).write_bytes(bytes(range(256)) * 40), refused=UNREADABLE, says=("binary",)),
    Case("a web page", damage=lambda f: _csv(f).write_bytes(b"<!DOCTYPE html><html>404</html>"), refused=UNREADABLE, says=("web page",)),
    Case("a PDF document", damage=lambda f: _csv(f).write_bytes(b"%PDF-1.7 ..."), refused=UNREADABLE, says=("PDF",)),
    Case("a row with a cell too few", damage=lambda f: _edit(f, b"\n18000002,", b"\n18000002"), quarantined={"unreadable_row": 1}, respondents=15),
    Case("a row with a cell too many", damage=lambda f: _edit(f, b"\n18000002,", b"\n18000002,1,"), quarantined={"unreadable_row": 1}, respondents=15),
    Case("no row of the header's width", damage=lambda f: _csv(f).write_bytes(_csv(f).read_bytes().split(b"\n")[0] + b"\n1,2\n3,4\n"), refused=UNREADABLE, says=("no row fits", "(2)")),
    Case("cut off in the last row", damage=lambda f: _csv(f).write_bytes(_csv(f).read_bytes()[:-120]), quarantined={"unreadable_row": 1}, respondents=15),
    Case("a quote too many before a quoted cell", damage=_unclosed_quote, quarantined={"unreadable_row": 2}, respondents=15),
    Case("a quote that is not closed", lambda r: r.responses.drop("COMMENTS"), _unclosed_quote, refused=UNREADABLE, says=("swallows",)),
    Case("two quotes around rows", lambda r: r.responses.drop("COMMENTS"), _quote_around_rows, refused=UNREADABLE, says=("swallows",)),
    Case("blank lines between rows", damage=lambda f: _edit(f, b"\n1800", b"\n\n\n1800", 5)),
    Case("Windows line ends", damage=lambda f: _csv(f).write_bytes(_csv(f).read_bytes().replace(b"\n", b"\r\n"))),
    Case("old Mac line ends", damage=lambda f: _csv(f).write_bytes(_csv(f).read_bytes().replace(b"\n", b"\r"))),
    Case("Windows letters late in the file", damage=lambda f: _edit(f, b"fine", b"caf\xe9")),
    Case("a broken row of Windows letters beyond the first block", damage=lambda f: _csv(f).write_bytes(_csv(f).read_bytes().replace(b"fine", b"fine " * 70_000, 1).rstrip(b"\n") + b"\n18000099,\xff2\n"), quarantined={"unreadable_row": 1}),
    Case("bytes that no encoding has", damage=lambda f: _edit(f, b"fine", b"\x81\x8d\xff"), refused=UNREADABLE, says=("no text in cp1252",)),
    Case("half a letter of UTF-16", lambda r: r.forms.__setitem__("responses", "utf16"), lambda f: (f / f"{RESPONSES}.txt").write_bytes((f / f"{RESPONSES}.txt").read_bytes()[:3000] + b"\x00\xdc" * 3), refused=UNREADABLE, says=("no text in utf-16",)),
    Case("a null byte", damage=lambda f: _edit(f, b"fine", b"fi\x00ne"), refused=UNREADABLE, says=("binary",)),
    Case("titles above the header", damage=lambda f: _csv(f).write_bytes(b"Survey responses\nas of today\n" + _csv(f).read_bytes())),
    Case("a cell of two megabytes", damage=lambda f: _edit(f, b"fine", b"fine " * 400_000)),
    Case("other quotes round every cell", damage=lambda f: _csv(f).write_bytes(_csv(f).read_bytes().replace(b"18000001,", b'"18000001",'))),
)  # fmt: skip

ARCHIVES = (
    Case("two files in a zip", damage=_two_in_a_zip, refused=UNREADABLE, says=("2 files",)),
    Case("a gzip in a gzip", damage=_gzip_of_gzip, refused=UNREADABLE, says=("archive inside an archive",)),
    Case("a decompression bomb", damage=_bomb, refused=LIMIT, says=("bomb",)),
    Case("a gzip cut off", _as("gz"), lambda f: _cut(f, f"{RESPONSES}.csv.gz", 0.7), refused=UNREADABLE, says=("cut off",)),
    Case("a zip cut off", _as("zip"), lambda f: _cut(f, f"{RESPONSES}.zip", 0.7), refused=UNREADABLE, says=("cut off",)),
    Case("a zip named csv", _as("zip"), lambda f: _rename(f, f"{RESPONSES}.zip", f"{RESPONSES}.csv")),
    Case("a workbook named csv", _as("xlsx"), lambda f: _rename(f, f"{RESPONSES}.xlsx", f"{RESPONSES}.csv")),
)  # fmt: skip

BINARIES = (
    Case("titles above a workbook's header", _as("xlsx"), lambda f: _workbook(f, _titles)),
    Case("a hidden sheet in front", _as("xlsx"), lambda f: _workbook(f, _hidden_first)),
    Case("two sheets with the table", _as("xlsx"), lambda f: _workbook(f, lambda w, s: w.copy_worksheet(s)), refused=UNREADABLE, says=("2 sheets",)),
    Case("a far cell in a workbook", _as("xlsx"), lambda f: _workbook(f, lambda _w, s: s.cell(1_048_576, 16_384, 1)), refused=UNREADABLE, says=("memory",)),
    Case("formulas never computed", _as("xlsx"), lambda f: _workbook(f, lambda _w, s: s.__setitem__("B2", "=1+1")), refused=UNREADABLE, says=("formulas",)),
    Case("a date where a code was", _as("xlsx"), lambda f: _workbook(f, lambda _w, s: s.__setitem__("B2", dt.date(2018, 1, 2))), refused=ExitCode.UNKNOWN_CODE, says=("Q1",)),
    Case("empty rows below the table", _as("xlsx"), lambda f: _workbook(f, lambda _w, s: s.cell(5_000, 1, ""))),
    Case("a workbook cut off", _as("xlsx"), lambda f: _cut(f, f"{RESPONSES}.xlsx", 0.8), refused=UNREADABLE, says=("cut off",)),
    Case("a billion empty rows", damage=lambda f: _ods_bomb(f, "<table:table-cell/>"), refused=UNREADABLE, says=("empty",)),
    Case("a billion full rows", damage=lambda f: _ods_bomb(f, '<table:table-cell table:number-columns-repeated="9999" office:value-type="float" office:value="1"/>'), refused=LIMIT, says=("cells",)),
    Case("an entity bomb", damage=_entity_bomb, refused=UNREADABLE, says=("entities",)),
    Case("a protected workbook", damage=_protected, refused=UNREADABLE, says=("password",)),
    Case("a SAV file cut off", _as("sav"), lambda f: _cut(f, f"{RESPONSES}.sav", 0.6), refused=UNREADABLE, says=("cut off",)),
    Case("a DTA file cut off", _as("dta"), lambda f: _cut(f, f"{RESPONSES}.dta", 0.6), refused=UNREADABLE, says=("cut off",)),
    Case("a Parquet file cut off", _as("parquet"), lambda f: _cut(f, f"{RESPONSES}.parquet", 0.6), refused=UNREADABLE, says=("cut off",)),
)  # fmt: skip


def _note(**changes: object):  # type: ignore[no-untyped-def] - a spoiler of the delivery note
    def spoil(given: Return) -> None:
        assert given.note is not None
        given.note.update(changes)

    return spoil


def _no_note(given: Return) -> None:
    given.note = None


FOLDERS = (
    Case("no sample file", lambda r: r.tables.pop("sample"), refused=NONE, says=("no known form",)),
    Case("no organisation file", lambda r: r.tables.pop("organisations"), refused=NONE, says=("organisation file is missing",)),
    Case("a directory as a file", damage=lambda f: (_csv(f).unlink(), _csv(f).mkdir()), refused=NONE, says=("directory",)),
    Case("two sample files", damage=lambda f: (f / f"sample_{YEAR}_v2.csv").write_bytes(b"x"), refused=NONE, says=("more than one sample",)),
    Case("a file of unknown purpose", damage=lambda f: (f / "notes.docx").write_bytes(b"x"), refused=NONE, says=("notes.docx",)),
    Case("a name with a line break", damage=lambda f: (f / "a\nOK.csv").write_bytes(b"x"), refused=NONE, says=("a?OK.csv",)),
    Case("a link that leads nowhere", damage=lambda f: (f / "joined.csv").symlink_to("/nowhere"), refused=NONE, says=("link",)),
    Case("another origin", _note(data_origin="reconstructed"), refused=ExitCode.WRONG_ORIGIN, says=("reconstructed",)),
    Case("no note, so actual", _no_note, refused=ExitCode.WRONG_ORIGIN, says=("actual",)),
    Case("a note of another year", _note(survey_year=2016), refused=NONE, says=("another survey year",)),
    Case("a note with the year in quotes", _note(survey_year=f" {YEAR}")),
    Case("a note in UTF-16", damage=lambda f: (f / f"return_{YEAR}.json").write_text((f / f"return_{YEAR}.json").read_text(), encoding="utf-16")),
    Case("a note with a mark in front", damage=lambda f: (f / f"return_{YEAR}.json").write_text((f / f"return_{YEAR}.json").read_text(), encoding="utf-8-sig")),
    Case("a note that is no JSON", damage=lambda f: (f / f"return_{YEAR}.json").write_text("{"), refused=NONE, says=("JSON",)),
    Case("a note that is a list", damage=lambda f: (f / f"return_{YEAR}.json").write_text(json.dumps([1])), refused=NONE, says=("JSON",)),
    Case("hidden files beside", damage=lambda f: (f / ".DS_Store").write_bytes(b"x")),
    Case("a lock file of a spreadsheet beside", damage=lambda f: (f / "~$sample.xlsx").write_bytes(b"x")),
    Case("a kind from the note", _note(files={"p.csv": "responses"}), lambda f: _rename(f, f"{RESPONSES}.csv", "p.csv")),
    Case("the wrong table under a name", damage=lambda f: _csv(f).write_bytes(csv_bytes(["a", "b"], [["1", "2"]])), refused=ExitCode.WRONG_STRUCTURE, says=("another table",)),
)  # fmt: skip
