"""Opening a file of the raw area: what it is decides who reads it, whatever its name says; archives are unpacked first.

What an archive claims about its size is not believed: bytes are counted while it unpacks. Names inside an archive are
never used as paths.
"""

from __future__ import annotations

import gzip
import secrets
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from orchestration.errors import ExitCode
from orchestration.intake.files.delimited import read_delimited
from orchestration.intake.files.source import AGAIN, HeaderHint, SourceTable
from orchestration.intake.files.subprocess_reader import read_in_subprocess
from orchestration.intake.refusal import UnreadableFile
from orchestration.settings import IntakeLimits, Settings

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
_BLOCK = 1 << 20
# Small archives may unpack to this much, whatever the ratio.
_ALWAYS_ALLOWED = 10 * 1024**2
_DAMAGE = (
    *(EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, ValueError),
    NotImplementedError,  # what zipfile says of a method of compression that damage has invented
)


@contextmanager
def raw_workdir(settings: Settings) -> Iterator[Path]:
    """A folder for unpacked raw files: in the raw area, for the owner only, removed afterwards."""
    settings.quarantine.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(prefix=".unpacked-", dir=settings.quarantine) as folder:
        yield Path(folder)


def clear_leftovers(settings: Settings) -> None:
    """Remove raw rows that a killed intake left. The caller holds the writer lock: no other intake is running."""
    for pattern in (".unpacked-*", "survey_year=*/.writing-*"):
        for folder in settings.quarantine.glob(pattern):
            shutil.rmtree(folder)


def read_file(path: Path, limits: IntakeLimits, hint: HeaderHint, workdir: Path) -> SourceTable:
    """Read a file of any accepted format as text columns.

    `workdir` is a folder of the raw area; what is unpacked there must stay until the table is no longer used.

    Raises:
        UnreadableFile: the file is of no accepted format, damaged, or beyond a limit.
    """
    try:
        found = find_format(path)
        if found not in ("gzip", "zip"):
            return _read(found, path, limits, hint, workdir)
        unpacked = (_unpack_gzip if found == "gzip" else _unpack_zip)(path, limits, workdir)
        inner = find_format(unpacked)
        if inner in ("gzip", "zip"):
            raise UnreadableFile("an archive inside an archive", next_step="pack the data file itself, once")
        table = _read(inner, unpacked, limits, hint, workdir)
        return replace(table, format=replace(table.format, compression=found))
    except OSError as error:
        raise UnreadableFile(f"the file cannot be read: {error.strerror or 'input error'}") from error


def _read(file_format: str, path: Path, limits: IntakeLimits, hint: HeaderHint, workdir: Path) -> SourceTable:
    if file_format == "csv":
        return read_delimited(path, limits, hint)
    return read_in_subprocess(file_format, path, limits, hint, workdir)


def find_format(path: Path) -> str:
    """What a file is by its first bytes: csv, workbook, spss, stata, parquet, gzip or zip.

    Raises:
        UnreadableFile: a format that is known and not accepted.
    """
    with path.open("rb") as stream:
        start = stream.read(512)
    if start.startswith(_GZIP):
        return "gzip"
    if start.startswith(_ZIP):
        return _format_of_zip(path)
    if start.startswith(_OLE):
        _refuse_protected(path)
        return "workbook"
    if start.startswith(_PARQUET):
        return "parquet"
    if start.startswith(_SPSS):
        return "spss"
    if start.startswith(b"<stata_dta>") or (path.suffix.lower() == ".dta" and start and start[0] in _STATA_RELEASES):
        return "stata"
    foreign = next((name for magic, name in _FOREIGN.items() if start.startswith(magic)), None)
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<html", b"<!doctype", b"<?xml")):
        foreign = "a web page or XML, perhaps an error page of a download"
    if foreign:
        raise UnreadableFile(f"the file is {foreign}", next_step=f"ask the supplier for {_ACCEPTED}")
    return "csv"


def _refuse_protected(path: Path) -> None:
    """A protected workbook is a compound file with a stream of this name, whatever else is in it."""
    wanted = "EncryptedPackage".encode("utf-16-le")
    tail = b""
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            if wanted in tail + block:
                step = "ask the supplier for it without a password"
                raise UnreadableFile("the workbook is protected by a password", next_step=step)
            tail = block[-len(wanted) :]


def _format_of_zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (*_DAMAGE, OSError) as error:
        raise UnreadableFile("the zip file or workbook is damaged or cut off", next_step=AGAIN) from error
    # A workbook is a zip file with known parts; the name of the file decides nothing.
    if "xl/workbook.bin" in names:
        raise UnreadableFile("the file is an XLSB workbook", next_step=f"ask the supplier for {_ACCEPTED}")
    is_workbook = "[Content_Types].xml" in names or "content.xml" in names
    return "workbook" if is_workbook else "zip"


def _unpack_gzip(path: Path, limits: IntakeLimits, workdir: Path) -> Path:
    """Unpack a gzip file into the work folder."""
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    try:
        with gzip.open(path, "rb") as packed:
            return _copy(packed, path.stat().st_size, Path(name).suffix, limits, workdir)
    except _DAMAGE as error:
        raise UnreadableFile("the gzip file is damaged or cut off", next_step=AGAIN) from error


def _unpack_zip(path: Path, limits: IntakeLimits, workdir: Path) -> Path:
    """Unpack a zip file that holds one file into the work folder."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = [
                info for info in archive.infolist() if not info.is_dir() and not info.filename.startswith("__MACOSX/")
            ]
            if len(members) != 1:
                raise UnreadableFile(
                    f"the zip file holds {len(members):,} files, one is expected", next_step="pack each file on its own"
                )
            if members[0].flag_bits & 0x1:
                raise UnreadableFile(
                    "the zip file is protected by a password", next_step="unpack it and deliver the file itself"
                )
            with archive.open(members[0]) as packed:
                suffix = Path(members[0].filename).suffix
                return _copy(packed, path.stat().st_size, suffix, limits, workdir)
    except _DAMAGE as error:
        raise UnreadableFile("the zip file is damaged or cut off", next_step=AGAIN) from error


def _copy(
    packed: IO[bytes] | gzip.GzipFile, packed_bytes: int, suffix: str, limits: IntakeLimits, workdir: Path
) -> Path:
    """Copy what unpacks into a new file; stop at the limits."""
    allowed = min(limits.max_unpacked_bytes, max(_ALWAYS_ALLOWED, packed_bytes * limits.max_unpacked_ratio))
    safe_suffix = suffix.lower() if suffix[1:].isalnum() and len(suffix) <= 9 else ""
    target = workdir / f"unpacked-{secrets.token_hex(8)}{safe_suffix}"
    written = 0
    with target.open("wb") as stream:
        while block := packed.read(_BLOCK):
            written += len(block)
            if written > allowed:
                target.unlink()
                raise UnreadableFile(
                    f"unpacks to more than {allowed:,} bytes from {packed_bytes:,}: it may be a decompression bomb",
                    kind=ExitCode.LIMIT_EXCEEDED,
                    next_step="deliver the unpacked file if it is genuine (NCPES_INTAKE_MAX_UNPACKED_BYTES, _RATIO)",
                )
            stream.write(block)
    return target
