"""The catalogue of published releases, and the one rename that makes a release public.

    releases/
      2018.1.0/                 a release, immutable
      .state -> .state-000002   the one pointer that is swapped
      .state-000002/            catalogue.json, latest -> ../2018.1.0, current/2018 -> ../../2018.1.0
      latest -> .state/latest   and `current` and `catalogue.json` likewise: these links never change

A release is public when a state that names it is swapped in, and not before: catalogue, `latest` and every
`current/<year>` change in the same instant, whatever dies around it. Belongs here: reading and swapping states, and
clearing what a crash left. Does not belong here: whether a release may go out (publish). The caller holds the writer
lock.
"""

from __future__ import annotations

import shutil
import stat
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import Field

from orchestration.lake import LandedReturn
from orchestration.records import Record, Sha256
from orchestration.release.errors import ReleaseError
from orchestration.settings import DataOrigin, Settings
from orchestration.storage import sync, sync_tree

Step = Callable[[str], None]

STATE = ".state"
NEXT_STATE = ".state.next"
INCOMING = ".incoming-"
JOURNAL = ".publishing"
CATALOGUE_FILE = "catalogue.json"
POINTERS = ("latest", "current", CATALOGUE_FILE)


class Withdrawal(Record):
    """Why and when a release was withdrawn."""

    reason: str
    withdrawn_at: datetime


class CatalogueEntry(Record):
    """A release that was published."""

    version: str
    release_year: int
    data_origin: DataOrigin
    content_digest: Sha256
    contract_digest: Sha256
    manifest_sha256: Sha256
    supersedes: str | None
    deliveries: dict[int, str]
    published_at: datetime
    returns: dict[int, LandedReturn] = Field(default_factory=dict, description="Empty in older entries.")
    withdrawn: Withdrawal | None = None


class Catalogue(Record):
    """Everything ever published under one origin, in order of publication."""

    schema_version: Literal[1] = 1
    entries: tuple[CatalogueEntry, ...] = ()

    def entry(self, version: str) -> CatalogueEntry | None:
        """The entry of a version, withdrawn or not."""
        return next((entry for entry in self.entries if entry.version == version), None)

    def current(self, release_year: int) -> CatalogueEntry | None:
        """The version of a year that stands: the last published that was not withdrawn."""
        return next((e for e in reversed(self.entries) if e.release_year == release_year and not e.withdrawn), None)

    def latest(self) -> CatalogueEntry | None:
        """The current version of the highest year that has one."""
        years = [entry.release_year for entry in self.entries if not entry.withdrawn]
        return self.current(max(years)) if years else None

    def next_version(self, release_year: int, contract_digest: str) -> str:
        """Y.1.0 first; then the minor number grows with the content, the major with the contract of the tables.

        Withdrawn versions keep their numbers.
        """
        own = [entry for entry in self.entries if entry.release_year == release_year]
        if not own:
            return f"{release_year}.1.0"
        _, major, minor = max(tuple(map(int, entry.version.split("."))) for entry in own)
        if own[-1].contract_digest != contract_digest:
            return f"{release_year}.{major + 1}.0"
        return f"{release_year}.{major}.{minor + 1}"


def read_catalogue(settings: Settings) -> Catalogue:
    """The catalogue that stands; an empty one where nothing was ever published.

    Raises ReleaseError where releases lie there without a catalogue: nothing can then be known about them.
    """
    path = settings.releases / STATE / CATALOGUE_FILE
    if path.exists():
        return Catalogue.read(path)
    if (settings.releases / STATE).is_symlink() or (_versions(settings) and not _journal(settings).exists()):
        raise ReleaseError(
            f"{settings.releases} holds releases, but {path} is missing. Restore {STATE} from a backup; nothing is "
            "published or removed until then."
        )
    return Catalogue()


def no_step(name: str) -> None:
    """The step hook of ordinary runs. A test passes one that dies at a given step."""


def swap_state(settings: Settings, catalogue: Catalogue, step: Step = no_step) -> None:
    """Make a catalogue and the pointers that follow from it the ones that stand, in one rename."""
    releases = settings.releases
    number = _state_number(settings) + 1
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
    step("state_written")
    incoming = releases / NEXT_STATE
    incoming.unlink(missing_ok=True)
    incoming.symlink_to(folder.name)
    step("state_linked")
    incoming.replace(releases / STATE)
    sync(releases)
    step("state_swapped")
    # The state before stays one round longer: a reader may be on its way through it.
    _remove_states(settings, keep=(number, number - 1))


def begin_publishing(settings: Settings, version: str) -> None:
    """Note which version is about to appear, so that a crash before the swap leaves nothing unexplained."""
    settings.releases.mkdir(parents=True, exist_ok=True)
    journal = _journal(settings)
    journal.write_text(version + "\n", encoding="utf-8")
    sync(journal)
    sync(settings.releases)


def end_publishing(settings: Settings) -> None:
    """The version of the journal is public: forget the journal."""
    _journal(settings).unlink(missing_ok=True)


def clear_leftovers(settings: Settings) -> list[str]:
    """Remove what a process that died while publishing left behind; returns what was removed.

    Only what is provably not public goes: copies under way, states that do not stand, and the version that the
    journal names if the catalogue does not.
    """
    if not settings.releases.is_dir():
        return []
    catalogue = read_catalogue(settings)
    gone = [path for path in settings.releases.iterdir() if path.name.startswith(INCOMING)]
    journal = _journal(settings)
    if journal.exists():
        version = journal.read_text(encoding="utf-8").strip()
        folder = settings.releases / version
        if version and catalogue.entry(version) is None and folder.is_dir():
            gone.append(folder)
    for path in gone:
        remove_tree(path)
    journal.unlink(missing_ok=True)
    (settings.releases / NEXT_STATE).unlink(missing_ok=True)
    number = _state_number(settings)
    _remove_states(settings, keep=(number, number - 1))
    return sorted(path.name for path in gone)


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


def _journal(settings: Settings) -> Path:
    return settings.releases / JOURNAL


def _versions(settings: Settings) -> list[str]:
    if not settings.releases.is_dir():
        return []
    return [path.name for path in settings.releases.iterdir() if path.is_dir() and path.name[:1].isdigit()]


def _state_number(settings: Settings) -> int:
    """Number of the state that stands; 0 before the first."""
    link = settings.releases / STATE
    return int(link.readlink().name.rpartition("-")[2]) if link.is_symlink() else 0


def _remove_states(settings: Settings, keep: tuple[int, ...]) -> None:
    for path in settings.releases.glob(f"{STATE}-*"):
        if int(path.name.rpartition("-")[2]) not in keep:
            shutil.rmtree(path)
