"""Unpacking gzip and zip of one file, counted while it unpacks: what an archive claims about its size is not believed.

Names inside an archive are never used as paths.
"""

from __future__ import annotations

import gzip
import secrets
import zipfile
import zlib
from pathlib import Path
from typing import IO

from orchestration.intake.refusal import RefusalKind, UnreadableFile
from orchestration.settings import IntakeLimits

_BLOCK = 1 << 20
_ALWAYS_ALLOWED = 10 * 1024**2
_AGAIN = "ask the supplier to send the file again"
_DAMAGE = (
    *(EOFError, zlib.error, zipfile.BadZipFile, gzip.BadGzipFile, ValueError),
    NotImplementedError,  # what zipfile says of a method of compression that damage has invented
)


def unpack_gzip(path: Path, limits: IntakeLimits, workdir: Path) -> Path:
    """Unpack a gzip file into the work folder."""
    name = path.name[:-3] if path.name.lower().endswith(".gz") else path.name
    try:
        with gzip.open(path, "rb") as packed:
            return _copy(packed, path.stat().st_size, Path(name).suffix, limits, workdir)
    except _DAMAGE as error:
        raise UnreadableFile("the gzip file is damaged or cut off", next_step=_AGAIN) from error


def unpack_zip(path: Path, limits: IntakeLimits, workdir: Path) -> Path:
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
        raise UnreadableFile("the zip file is damaged or cut off", next_step=_AGAIN) from error


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
                    kind=RefusalKind.LIMIT_EXCEEDED,
                    next_step="deliver the unpacked file if it is genuine (NCPES_INTAKE_MAX_UNPACKED_BYTES, _RATIO)",
                )
            stream.write(block)
    return target
