"""Record numbers and the keyed hash that replaces them (law 9). The key lies outside every lake and is never shown."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake.files.source import as_text
from orchestration.intake.rules import code_text

KEY_BYTES = 32
_HASH_LENGTH = 32
_BLOCK = 64
# 1.23457E+15 or 1234.5: digits that a spreadsheet has lost cannot be had back.
_LOST_DIGITS = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?E[+-]?[0-9]+|[0-9]+\.[0-9]+|-.*")


def normal_record_numbers(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """Record numbers in normal form: upper case, digits without zeros in front (a workbook drops them).

    A number whose digits were lost to a spreadsheet becomes `?` with its text: the caller quarantines its rows.
    """
    values = column.dictionary
    if not pc.all(pc.match_substring_regex(values, "^[1-9][0-9]*$")).as_py():
        values = pa.array([_normal_record_number(text) for text in values.to_pylist()], pa.string())
        return as_text(pa.DictionaryArray.from_arrays(column.indices, values))
    return column


def _normal_record_number(text: str | None) -> str | None:
    if text is None:
        return None
    number = code_text(text)
    return f"?{number}" if _LOST_DIGITS.fullmatch(number) else number


def read_or_make_key(path: Path) -> bytes:
    """The secret key of the respondent hash; made on first use, readable by its owner only.

    Raises:
        PermissionError: others may read the file.
    """
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as stream:
            stream.write(secrets.token_bytes(KEY_BYTES))
    if path.stat().st_mode & 0o077:
        raise PermissionError(f"the respondent key {path.name} may be read by others; set its mode to 0600")
    key = path.read_bytes()
    if len(key) < KEY_BYTES:
        raise ValueError(f"the respondent key {path.name} is shorter than {KEY_BYTES} bytes; restore it from its copy")
    return key


def hash_record_numbers(key: bytes, survey_year: int, record_numbers: Iterable[str]) -> list[str]:
    """Respondent keys: the first 32 hex digits of HMAC-SHA256(key, "<year>:<record number>")."""
    # The HMAC construction (RFC 2104) with its two padded starts made once: half the time of a call per number.
    block = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
    inner_start = hashlib.sha256(bytes(byte ^ 0x36 for byte in block) + f"{survey_year}:".encode())
    outer_start = hashlib.sha256(bytes(byte ^ 0x5C for byte in block))
    hashed = []
    for number in record_numbers:
        inner = inner_start.copy()
        inner.update(number.encode())
        outer = outer_start.copy()
        outer.update(inner.digest())
        hashed.append(outer.hexdigest()[:_HASH_LENGTH])
    return hashed


def key_identity(key: bytes) -> str:
    """A value that changes with the key and tells nothing about it; part of the intake fingerprint."""
    return hashlib.sha256(hmac.digest(key, b"ncpes key identity", "sha256")).hexdigest()[:16]
