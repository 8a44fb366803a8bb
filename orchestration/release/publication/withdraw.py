"""Withdrawal: the data of a release that was published in error are removed; its manifest and a notice stay.

Belongs here: withdrawing one version. Does not belong here: whether other versions share the error; each is withdrawn
by its own command. The caller holds the writer lock.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.release.errors import NothingToWithdraw
from orchestration.release.publication.releases import (
    clear_leftovers,
    make_read_only,
    make_writable,
    remove_tree,
    swap_state,
)
from orchestration.release.records.catalogue import Catalogue, CatalogueEntry, Withdrawal
from orchestration.release.records.manifest import MANIFEST_FILE, NOTICE_FILE, SIGNATURES_FOLDER
from orchestration.settings import Settings

KEPT = (MANIFEST_FILE, SIGNATURES_FOLDER, NOTICE_FILE)


@dataclass(frozen=True)
class WithdrawnRelease:
    """A version that was withdrawn, and the one that `current/<year>` names now (None: none is left)."""

    version: str
    notice: Path
    current_version: str | None


def withdraw(settings: Settings, version: str, reason: str, now: datetime) -> WithdrawnRelease:
    """Withdraw a version: pointers first move to the version before it, then its data are removed.

    Raises NothingToWithdraw where the version was never published or is withdrawn already, or no reason is given.
    """
    if not reason.strip():
        raise NothingToWithdraw(f"{version} cannot be withdrawn without a reason: say in one sentence what went wrong.")
    catalogue = clear_leftovers(settings)
    finish_withdrawals(settings, catalogue)
    entry = catalogue.entry(version)
    if entry is None:
        known = ", ".join(e.version for e in catalogue.entries) or "none"
        raise NothingToWithdraw(f"{version} was never published here. Published versions: {known}.")
    if entry.withdrawn:
        raise NothingToWithdraw(f"{version} was withdrawn already on {entry.withdrawn.withdrawn_at.isoformat()}.")
    withdrawal = Withdrawal(reason=reason.strip(), withdrawn_at=now)
    changed = catalogue.with_entry(entry.model_copy(update={"withdrawn": withdrawal}))
    swap_state(settings, changed)
    finish_withdrawals(settings, changed)
    current = changed.current(entry.release_year)
    return WithdrawnRelease(version, settings.releases / version / NOTICE_FILE, current.version if current else None)


def finish_withdrawals(settings: Settings, catalogue: Catalogue) -> None:
    """Remove the data of every withdrawn version that still has any, as after a crash between the two steps."""
    for entry in catalogue.entries:
        folder = settings.releases / entry.version
        if entry.withdrawn and folder.is_dir() and any(path.name not in KEPT for path in folder.iterdir()):
            _remove_data(folder, entry, catalogue)


def _remove_data(folder: Path, entry: CatalogueEntry, catalogue: Catalogue) -> None:
    make_writable(folder)
    (folder / NOTICE_FILE).unlink(missing_ok=True)
    (folder / NOTICE_FILE).write_text(_notice(entry, catalogue), encoding="utf-8")
    for path in sorted(folder.iterdir()):
        if path.name in KEPT:
            continue
        if path.is_dir():
            remove_tree(path)
        else:
            path.unlink()
    make_read_only(folder)


def _notice(entry: CatalogueEntry, catalogue: Catalogue) -> str:
    assert entry.withdrawn is not None
    current = catalogue.current(entry.release_year)
    return (
        f"Release {entry.version} ({entry.data_origin} data) was withdrawn on "
        f"{entry.withdrawn.withdrawn_at.isoformat()}.\n"
        f"Reason: {entry.withdrawn.reason}\n"
        f"Published on {entry.published_at.isoformat()}; content digest {entry.content_digest}.\n"
        f"Current release of {entry.release_year}: {current.version if current else 'none'}.\n"
        "Anyone who has a copy of its data is asked to delete it.\n"
    )
