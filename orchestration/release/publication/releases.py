"""The folder of published releases, and the one rename that makes a release public.

    releases/
      2018.1.0/                 a release, immutable
      .state -> .state-000002   the one pointer that is swapped
      .state-000002/            catalogue.json, latest -> ../2018.1.0, current/2018 -> ../../2018.1.0
      latest -> .state/latest   and `current` and `catalogue.json` likewise: these links never change

A release is public when a state that names it is swapped in, and not before: catalogue, `latest` and every
`current/<year>` change in the same instant, at whichever step a process dies. Belongs here: swapping states, and
removing what a crash left. Does not belong here: whether a release may be published (require). The caller holds the
writer lock.
"""

from __future__ import annotations

import shutil
import stat
from pathlib import Path

from orchestration.release.records.catalogue import CATALOGUE_FILE, JOURNAL, STATE, Catalogue, read_catalogue
from orchestration.settings import Settings
from orchestration.storage import swap_link, sync, sync_tree

# A copy of a candidate that is not a release yet.
INCOMING = ".incoming-"
POINTERS = ("latest", "current", CATALOGUE_FILE)


def swap_state(settings: Settings, catalogue: Catalogue) -> None:
    """Make a catalogue and the pointers that follow from it the current ones, in one rename."""
    releases = settings.releases
    number = _state_number(releases) + 1
    folder = releases / f"{STATE}-{number:06d}"
    if folder.exists():
        shutil.rmtree(folder)
    (folder / "current").mkdir(parents=True)
    catalogue.write(folder / CATALOGUE_FILE)
    for year in {entry.release_year for entry in catalogue.entries}:
        if current := catalogue.current(year):
            (folder / "current" / str(year)).symlink_to(Path("../..") / current.version)
    if latest := catalogue.latest():
        (folder / "latest").symlink_to(Path("..") / latest.version)
    sync_tree(folder)
    for name in POINTERS:
        if not (releases / name).is_symlink():
            (releases / name).symlink_to(Path(STATE) / name)
    swap_link(releases / STATE, folder)
    sync(releases)
    (releases / JOURNAL).unlink(missing_ok=True)
    _remove_old_states(releases)


def clear_leftovers(settings: Settings) -> Catalogue:
    """Remove what a process that died while publishing left behind; returns the current catalogue.

    Only what is provably not public is removed: unfinished copies, states that are not current, and the version that
    the journal names if the catalogue does not.
    """
    releases, catalogue = settings.releases, read_catalogue(settings)
    if not releases.is_dir():
        return catalogue
    for copy in releases.glob(f"{INCOMING}*"):
        remove_tree(copy)
    journal = releases / JOURNAL
    if journal.exists():
        version = journal.read_text(encoding="utf-8").strip()
        if catalogue.entry(version) is None and (releases / version).is_dir():
            remove_tree(releases / version)
        journal.unlink()
    for unfinished in releases.glob(".*.incoming"):
        unfinished.unlink()
    _remove_old_states(releases)
    return catalogue


def make_read_only(folder: Path) -> None:
    """Take away every right to write, files and folders."""
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)


def make_writable(folder: Path) -> None:
    """Give the owner the right to change a folder and what is below it; parents first, or their children stay shut."""
    folder.chmod(folder.stat().st_mode | stat.S_IRWXU)
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            make_writable(path)


def remove_tree(folder: Path) -> None:
    """Remove a folder that may be read-only."""
    make_writable(folder)
    shutil.rmtree(folder)


def _state_number(releases: Path) -> int:
    """Number of the current state; 0 before the first."""
    link = releases / STATE
    return int(link.readlink().name.rpartition("-")[2]) if link.is_symlink() else 0


def _remove_old_states(releases: Path) -> None:
    """Remove all states but the current one and the one before it: a reader may be on its way through that one."""
    number = _state_number(releases)
    for path in releases.glob(f"{STATE}-*"):
        if int(path.name.rpartition("-")[2]) not in (number, number - 1):
            shutil.rmtree(path)
