"""What is on the disk: who may read it, and that it is still there after the power has gone.

Belongs here: rights of the restricted areas, and writing through. Does not belong here: what lies in them.
"""

from __future__ import annotations

import os
from pathlib import Path

from orchestration.settings import Settings

RESTRICTED_FOLDER = 0o750
RESTRICTED_FILE = 0o640
_OTHERS = 0o007


def restrict(settings: Settings) -> None:
    """Makes the restricted areas of an origin and shuts them to everybody but the owner and the group.

    Releases are the open product and stay as they are. Rights that somebody has narrowed further stay narrowed. The raw
    area may belong to whoever delivers: its group keeps its rights, and a folder of somebody else is left alone.
    """
    lake = settings.landing.parent
    areas = (lake, settings.warehouse, settings.scratch, settings.marts_database.parent, settings.candidates)
    for folder in areas:
        make_restricted(folder)
    if settings.returns.is_dir() and settings.returns.stat().st_uid == os.getuid():
        settings.returns.chmod(settings.returns.stat().st_mode & ~_OTHERS)


def make_restricted(folder: Path) -> None:
    """Makes a folder that nobody outside the group may enter, or takes such rights from one that exists."""
    folder.mkdir(parents=True, exist_ok=True)
    mode = folder.stat().st_mode & 0o777
    if mode & ~RESTRICTED_FOLDER:
        folder.chmod(mode & RESTRICTED_FOLDER)


def sync(path: Path) -> None:
    """Puts a file, or the entries of a folder, on the disk itself."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Puts a folder and everything below it on the disk itself."""
    for path in sorted(folder.rglob("*")):
        if not path.is_symlink():
            sync(path)
    sync(folder)


def replace_text(path: Path, text: str) -> None:
    """Writes a small file in one step: readers see the old text or the new one, also after the power has gone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    incoming = path.with_name(f".{path.name}.incoming")
    incoming.write_text(text, encoding="utf-8")
    sync(incoming)
    incoming.replace(path)
    sync(path.parent)


def swap_link(link: Path, target: Path) -> None:
    """Points `link` at `target` (a sibling) in one rename."""
    incoming = link.with_name(f".{link.name}.incoming")
    incoming.unlink(missing_ok=True)
    incoming.symlink_to(os.path.relpath(target, link.parent))
    incoming.replace(link)
