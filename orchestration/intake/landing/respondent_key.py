"""The secret key of the respondent hash: made once, for its owner only, never replaced while landings depend on it.

Two landings can be joined only where one key made them. A key that was lost, changed or opened to others is for a
person to put right, so each is named with the step. Does not belong here: where the hash is landed (`tables`).
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path

from orchestration.errors import ExitCode, ProgramError
from orchestration.intake.landing.receipt import read_receipt
from orchestration.lake import RECEIPT_FILE
from orchestration.settings import DATA_ORIGINS, Settings

KEY_BYTES = 32
_HASH_LENGTH = 32
_BLOCK = 64


class KeyUnusable(ProgramError):
    """The respondent key is missing, changed, cut off or open to others; nothing was changed."""

    exit_code = ExitCode.USAGE


def respondent_key(settings: Settings) -> bytes:
    """The key of this home; made on first use, before anything is landed.

    Raises:
        KeyUnusable: there are landings and no key or another key than theirs, or the file cannot be used.
    """
    path, landed = settings.respondent_key_file, _landings(settings)
    if not path.exists() and landed:
        raise KeyUnusable(
            f"the respondent key {path} is missing, and {len(landed):,} landed deliveries were made with it; a new key "
            f"would make every respondent another one. Restore the file from its copy. {_NEW_KEY}"
        )
    key = read_or_make_key(path)
    others = sum(1 for folder in landed if not _is_made_with(folder, key))
    if others:
        raise KeyUnusable(
            f"the respondent key {path} is not the one that {others:,} of {len(landed):,} landed deliveries were made "
            f"with. Restore that key from its copy. {_NEW_KEY}"
        )
    return key


_NEW_KEY = (
    "If it is lost for good, move the folder lake/landing of every origin of this home away and load all years again: "
    "they are then landed with a new key"
)


def _landings(settings: Settings) -> list[Path]:
    """Folders of landed deliveries of every origin of this home, which share the key."""
    landings = [settings.for_origin(origin).landing for origin in DATA_ORIGINS]
    receipts = f"survey_year=*/delivery=*/{RECEIPT_FILE}"
    return sorted(path.parent for landing in landings for path in landing.glob(receipts))


def _is_made_with(folder: Path, key: bytes) -> bool:
    """Whether a landing was made with a key; one of older code, which does not say, is taken to be."""
    receipt = read_receipt(folder)
    return receipt is None or receipt.key_identity in ("", key_identity(key))


def read_or_make_key(path: Path) -> bytes:
    """The key in a file; made where there is none, readable by its owner only.

    Raises:
        KeyUnusable: others may read the file, it cannot be read, or it is cut off.
    """
    try:
        if not path.exists():
            _make_key(path)
        if path.stat().st_mode & 0o077:
            mode = stat.S_IMODE(path.stat().st_mode)
            raise KeyUnusable(
                f"the respondent key {path} may be read by others (mode {mode:04o}). Find out who had access, then "
                f"run: chmod 0600 '{path}'"
            )
        key = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or "input error").lower()
        step = "Give the account that runs the load the right to read it"
        raise KeyUnusable(f"the respondent key {path} cannot be used: {reason}. {step}") from error
    if len(key) < KEY_BYTES:
        raise KeyUnusable(f"the respondent key {path} is shorter than {KEY_BYTES} bytes. Restore it from its copy")
    return key


def _make_key(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(secrets.token_bytes(KEY_BYTES))


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
