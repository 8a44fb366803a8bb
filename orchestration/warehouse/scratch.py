"""The scratch warehouse of a load and its promotion.

A load never writes the warehouse that stands: it works on a copy, and the copy takes its place in one rename when the
load has ended. Belongs here: making, promoting and clearing scratch. Does not belong here: what is built inside.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from pathlib import Path

from orchestration.settings import Settings
from orchestration.storage import RESTRICTED_FILE, make_restricted, sync, sync_tree
from orchestration.warehouse.history import ACTIVE, RebuildPlan, write_fingerprints

DATABASE = "warehouse.duckdb"


def make_scratch(settings: Settings, load_id: str, plan: RebuildPlan) -> Path:
    """Makes the working folder of a load with its warehouse file in it, and returns the folder.

    Whatever an earlier load left behind when it died is removed first; the caller holds the writer lock.
    """
    shutil.rmtree(settings.scratch, ignore_errors=True)
    folder = settings.scratch / load_id
    make_restricted(settings.scratch)
    folder.mkdir()
    if not plan.starts_empty:
        shutil.copyfile(settings.warehouse / "current" / DATABASE, folder / DATABASE)
    return folder


def promote(settings: Settings, scratch: Path, plan: RebuildPlan, judged: Collection[int]) -> Path:
    """Makes the scratch warehouse the current one; returns its new place. `judged` are the years that the load judged.

    Order: active deliveries, then the pointer. A crash between the two leaves a warehouse whose fingerprints no longer
    match its deliveries, which the next load sees and builds anew.
    """
    write_fingerprints(scratch, plan, judged)
    for year, fingerprint in plan.fingerprints.items():
        replace_text(settings.landing / f"survey_year={year}" / ACTIVE, fingerprint.delivery + "\n")
    place = settings.warehouse / scratch.name
    make_restricted(place)
    for name in (DATABASE, "fingerprints.json"):
        (scratch / name).chmod(RESTRICTED_FILE)
        (scratch / name).rename(place / name)
    sync_tree(place)
    swap_link(settings.warehouse / "current", place)
    sync(settings.warehouse)
    for old in settings.warehouse.iterdir():
        if old.is_dir() and not old.is_symlink() and old != place:
            shutil.rmtree(old, ignore_errors=True)
    return place


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
