"""Every change that this process makes below a folder, as Python's audit events report it before it happens.

Nothing in the program helps: every call is seen that opens a file for writing, or makes, renames or removes a
path, or changes its rights.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
# Event -> its position of the descriptor that a relative path starts from (None: it has none).
_CHANGES = {
    "os.mkdir": 2,
    "os.rename": 2,
    "os.remove": 1,
    "os.rmdir": 1,
    "os.symlink": 2,
    "os.chmod": 2,
    "open": None,
}
_watching: list[tuple[Path, Callable[[str], None]]] = []


@contextmanager
def watched(folder: Path, on_change: Callable[[str], None]) -> Iterator[None]:
    """Calls `on_change` before each change below a folder, with its name: what is done, and to which path.

    An exception of `on_change` prevents the change, as if the process had died before it.
    """
    _watching.append((folder, on_change))
    try:
        yield
    finally:
        _watching.pop()


def _report(event: str, arguments: tuple[Any, ...]) -> None:
    if not _watching or event not in _CHANGES:
        return
    folder, on_change = _watching[-1]
    if event == "open" and not (isinstance(arguments[2], int) and arguments[2] & _WRITING):
        return
    position = _CHANGES[event]
    # A link names its target first, a rename its old name: the path that changes is the second.
    changed = arguments[1] if event in ("os.symlink", "os.rename") else arguments[0]
    if not isinstance(changed, str | os.PathLike):
        return
    path = Path(changed)
    descriptor = arguments[position] if position is not None else -1
    if not path.is_absolute() and isinstance(descriptor, int) and descriptor >= 0:
        path = Path(f"/proc/self/fd/{descriptor}").readlink() / path
    if path.is_relative_to(folder):
        on_change(f"{event.removeprefix('os.')} {path.relative_to(folder)}")


sys.addaudithook(_report)
