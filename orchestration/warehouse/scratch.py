"""The scratch warehouse of a load and its promotion.

A load never writes the current warehouse: it works on a copy, and the copy takes its place in one rename when the gate
has passed the load. Belongs here: making and promoting scratch. Does not belong here: what is built inside.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path

from orchestration.lake import DATABASE, activate_delivery
from orchestration.settings import Settings
from orchestration.storage import RESTRICTED_FILE, RESTRICTED_FOLDER, make_restricted, swap_link, sync, sync_tree
from orchestration.warehouse.plan import RebuildPlan, write_fingerprints


def make_scratch(settings: Settings, load_id: str, plan: RebuildPlan) -> Path:
    """Makes the working folder of a load with its warehouse file in it, and returns the folder.

    Whatever an earlier load left behind when it died is removed first; the caller holds the writer lock.
    """
    shutil.rmtree(settings.scratch, ignore_errors=True)
    folder = settings.scratch / load_id
    make_restricted(settings.scratch)
    folder.mkdir()
    if plan.kept_years:
        shutil.copyfile(settings.warehouse / "current" / DATABASE, folder / DATABASE)
    return folder


def promote(settings: Settings, load_id: str, plan: RebuildPlan, checked: Collection[int]) -> Path:
    """Makes the scratch warehouse of a load the current one; returns its new place. `checked`: the years it checked.

    Order: active deliveries, then the pointer. A crash between the two leaves a warehouse whose fingerprints no longer
    match its deliveries, which the next load sees and rebuilds. A warehouse that is promoted already stays in its
    place.
    """
    scratch, place = settings.scratch / load_id, settings.warehouse / load_id
    if scratch.is_dir():
        write_fingerprints(scratch, plan, checked)
        for path in filter(Path.is_file, scratch.iterdir()):
            path.chmod(RESTRICTED_FILE)
        make_restricted(settings.warehouse)
        for year, fingerprint in plan.fingerprints.items():
            activate_delivery(settings, year, fingerprint.delivery)
        scratch.rename(place)
        place.chmod(RESTRICTED_FOLDER)
        sync_tree(place)
    swap_link(settings.warehouse / "current", place)
    sync(settings.warehouse)
    for old in settings.warehouse.iterdir():
        if old.is_dir() and not old.is_symlink() and old != place:
            shutil.rmtree(old, ignore_errors=True)
    return place
