"""The child process of `apart`: reads one file under a memory limit and exits.

Exit 0: the table is written. Exit 3: refused, the reason as JSON on standard output. Anything else: it died.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

from orchestration.intake.files.header import HeaderHint
from orchestration.intake.files.source import SourceTable
from orchestration.intake.files.subprocess_reader import save_table
from orchestration.intake.refusal import RefusalKind, UnreadableFile

if TYPE_CHECKING:
    from orchestration.settings import IntakeLimits


def main() -> int:
    """Serve one request from standard input."""
    request = json.load(sys.stdin)
    # As `apart` sent them, checked: to check them again would cost the import of pydantic for every file.
    limits = cast("IntakeLimits", SimpleNamespace(**request["limits"]))
    _limit_memory(limits.reader_memory_bytes)
    try:
        table = _read(request["form"], Path(request["path"]), limits, HeaderHint(frozenset(request["names"])))
        save_table(table, Path(request["result"]))
    except UnreadableFile as refused:
        return _refuse(refused)
    except MemoryError:
        what = f"reading needs more than {limits.reader_memory_bytes:,} bytes of memory"
        step = "check that the file is the one meant; the limit is NCPES_INTAKE_READER_MEMORY_BYTES"
        return _refuse(UnreadableFile(what, kind=RefusalKind.LIMIT_EXCEEDED, next_step=step))
    except Exception as error:  # whatever a library raises on a damaged file is a refusal, never a crash
        what = f"the file is damaged or not what it claims to be ({type(error).__name__})"
        return _refuse(UnreadableFile(what, next_step="ask the supplier to send the file again, or as CSV"))
    return 0


def _read(form: str, path: Path, limits: IntakeLimits, hint: HeaderHint) -> SourceTable:
    # Each library is imported by the one child that needs it.
    if form == "workbook":
        from orchestration.intake.files.workbook import read_workbook

        return read_workbook(path, limits, hint)
    if form == "parquet":
        from orchestration.intake.files.parquet import read_parquet

        return read_parquet(path, limits)
    from orchestration.intake.files.statistical import read_statistical

    return read_statistical(path, form, limits)


def _refuse(refused: UnreadableFile) -> int:
    json.dump({"what": refused.what, "kind": int(refused.kind), "next_step": refused.next_step}, sys.stdout)
    return 3


def _limit_memory(limit: int) -> None:
    try:
        import resource
    except ImportError:  # not a Unix machine: the limits on cells and bytes still hold
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
