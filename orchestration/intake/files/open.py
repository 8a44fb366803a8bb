"""The front door of the readers: what a file is decides who reads it, whatever its name says."""

from __future__ import annotations

import zipfile
from dataclasses import replace
from pathlib import Path

from orchestration.intake.files.archive import unpack_gzip, unpack_zip
from orchestration.intake.files.delimited import read_delimited
from orchestration.intake.files.header import HeaderHint
from orchestration.intake.files.source import SourceTable
from orchestration.intake.files.subprocess_reader import read_apart
from orchestration.intake.refusal import UnreadableFile
from orchestration.settings import IntakeLimits

_ACCEPTED = "CSV or TSV, XLSX, XLSM, XLS, ODS, SAV, ZSAV, DTA, Parquet, or one of them in gzip or zip"
_GZIP, _ZIP, _OLE, _PARQUET = b"\x1f\x8b", b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PAR1"
_SPSS = (b"$FL2", b"$FL3")
_FOREIGN = {
    b"%PDF": "a PDF document",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"BZh": "a bzip2 file",
    b"\xfd7zX": "an xz file",
    b"\x28\xb5\x2f\xfd": "a Zstandard file",
    b"SQLi": "an SQLite database",
    b"\x89PNG": "an image",
    b"{\\rt": "an RTF document",
    b"ARRO": "an Arrow file",
}
_STATA_RELEASES = range(0x69, 0x77)


def read_file(path: Path, limits: IntakeLimits, hint: HeaderHint, workdir: Path) -> SourceTable:
    """Read a file of any accepted form as text columns.

    `workdir` is a folder of the raw area; what is unpacked there must stay until the table is no longer used.

    Raises:
        UnreadableFile: the file is of no accepted form, damaged, or beyond a limit.
    """
    try:
        return _read(path, limits, hint, workdir, may_unpack=True)
    except OSError as error:
        raise UnreadableFile(f"the file cannot be read: {error.strerror or 'input error'}") from error


def _read(path: Path, limits: IntakeLimits, hint: HeaderHint, workdir: Path, *, may_unpack: bool) -> SourceTable:
    form = find_form(path)
    if form in ("gzip", "zip"):
        if not may_unpack:
            raise UnreadableFile("an archive inside an archive", next_step="pack the data file itself, once")
        unpack = unpack_gzip if form == "gzip" else unpack_zip
        table = _read(unpack(path, limits, workdir), limits, hint, workdir, may_unpack=False)
        return replace(table, noticed=replace(table.noticed, compression=form))
    if form == "csv":
        return read_delimited(path, limits, hint)
    return read_apart(form, path, limits, hint, workdir)


def find_form(path: Path) -> str:
    """What a file is by its first bytes: csv, workbook, spss, stata, parquet, gzip or zip.

    Raises:
        UnreadableFile: a form that is known and not accepted.
    """
    with path.open("rb") as stream:
        start = stream.read(512)
    if start.startswith(_GZIP):
        return "gzip"
    if start.startswith(_ZIP):
        return _find_form_of_zip(path)
    if start.startswith(_OLE):
        _refuse_protected(path)
        return "workbook"
    if start.startswith(_PARQUET):
        return "parquet"
    if start.startswith(_SPSS):
        return "spss"
    if start.startswith(b"<stata_dta>") or (path.suffix.lower() == ".dta" and start and start[0] in _STATA_RELEASES):
        return "stata"
    found = next((name for magic, name in _FOREIGN.items() if start.startswith(magic)), None)
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<html", b"<!doctype", b"<?xml")):
        found = "a web page or XML, perhaps an error page of a download"
    if found:
        raise UnreadableFile(f"the file is {found}", next_step=f"ask the supplier for {_ACCEPTED}")
    return "csv"


def _refuse_protected(path: Path) -> None:
    """A protected workbook is a compound file with a stream of this name, whatever else is in it."""
    wanted = "EncryptedPackage".encode("utf-16-le")
    tail = b""
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            if wanted in tail + block:
                step = "ask the supplier for it without a password"
                raise UnreadableFile("the workbook is protected by a password", next_step=step)
            tail = block[-len(wanted) :]


def _find_form_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:  # what a damaged zip file raises
        raise UnreadableFile(
            "the zip file or workbook is damaged or cut off", next_step="ask the supplier to send the file again"
        ) from error
    # A workbook is a zip file with known parts; the name of the file decides nothing.
    is_workbook = "[Content_Types].xml" in names or "content.xml" in names
    return "workbook" if is_workbook else "zip"
