"""The front door of the readers: what a file is decides who reads it, whatever its name says."""

from __future__ import annotations

from pathlib import Path

from orchestration.intake.limits import IntakeLimits
from orchestration.intake.readers.delimited import read_delimited
from orchestration.intake.readers.header import HeaderHint
from orchestration.intake.readers.source import SourceTable


def read_file(path: Path, limits: IntakeLimits, hint: HeaderHint) -> SourceTable:
    """Read a file of any accepted form as text columns.

    Raises:
        UnreadableFile: the file is of no accepted form, damaged, or beyond a limit.
    """
    return read_delimited(path, limits, hint)
