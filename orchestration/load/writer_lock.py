"""One writer at a time: whatever writes under the home of the data holds its lock; a process that waits is told for
whom.

The lock is the operating system's (it goes with the process that held it, however that died); the note beside it only
names the holder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from orchestration.errors import ExitCode, ProgramError
from orchestration.settings import Settings
from orchestration.storage import restrict

# Locks that this process holds: what it calls while it holds one goes on.
_HELD: set[Path] = set()


class WriterBusy(ProgramError):
    """Another process is writing and did not finish in time."""

    exit_code = ExitCode.BUSY


@contextmanager
def writer_lock(settings: Settings, purpose: str, on_wait: Callable[[str], None] | None = None) -> Iterator[None]:
    """Holds the home of all data for writing, and keeps the restricted areas of this origin from others.

    Waits up to `settings.lock_timeout_seconds`; `on_wait` is told once who holds it. Raises WriterBusy after that. A
    process that holds it already goes on.
    """
    settings.root.mkdir(parents=True, exist_ok=True)
    if settings.lock_file in _HELD:
        restrict(settings)
        yield
        return
    holder = settings.lock_file.with_suffix(".json")
    lock = FileLock(settings.lock_file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        if on_wait:
            on_wait(f"Waiting for {_name_of(holder)} to finish ...")
        try:
            lock.acquire(timeout=settings.lock_timeout_seconds)
        except Timeout:
            raise WriterBusy(
                f"{_name_of(holder)} has been writing under {settings.home} for more than "
                f"{settings.lock_timeout_seconds:.0f} s. Wait for it to end, or stop it, and run the command again."
            ) from None
    _HELD.add(settings.lock_file)
    try:
        restrict(settings)
        holder.write_text(json.dumps({"pid": os.getpid(), "purpose": purpose}), encoding="utf-8")
        yield
    finally:
        _HELD.discard(settings.lock_file)
        holder.unlink(missing_ok=True)
        lock.release()


def _name_of(holder: Path) -> str:
    try:
        note = json.loads(holder.read_text(encoding="utf-8"))
        return f"`{note['purpose']}` (process {note['pid']})"
    except (OSError, ValueError, KeyError):
        return "another process"
