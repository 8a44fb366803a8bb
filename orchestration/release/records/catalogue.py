"""catalogue.json: every release ever published under one origin, in order of publication."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from orchestration.lake import LandedReturn
from orchestration.records import Record, Sha256
from orchestration.release.errors import CatalogueMissing
from orchestration.settings import DataOrigin, Settings

CATALOGUE_FILE = "catalogue.json"
# The link through which the current catalogue is read; see `publication.releases`.
STATE = ".state"
# Names the version that is being published, until it is public.
JOURNAL = ".publishing"


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
    """The releases of an origin, withdrawn ones included."""

    schema_version: Literal[1] = 1
    entries: tuple[CatalogueEntry, ...] = ()

    def entry(self, version: str) -> CatalogueEntry | None:
        """The entry of a version, withdrawn or not."""
        return next((entry for entry in self.entries if entry.version == version), None)

    def current(self, release_year: int) -> CatalogueEntry | None:
        """The current version of a year: the last published that was not withdrawn."""
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

    def with_entry(self, changed: CatalogueEntry) -> Catalogue:
        """The catalogue with an entry in place of the one of its version, or added at the end."""
        if self.entry(changed.version) is None:
            return Catalogue(entries=(*self.entries, changed))
        return Catalogue(entries=tuple(changed if e.version == changed.version else e for e in self.entries))


def read_catalogue(settings: Settings) -> Catalogue:
    """The current catalogue; an empty one where nothing was ever published.

    Raises CatalogueMissing where there are releases without a catalogue: nothing can then be known about them.
    """
    releases = settings.releases
    path = releases / STATE / CATALOGUE_FILE
    if path.exists():
        return Catalogue.read(path)
    versions = [entry for entry in releases.glob("[0-9]*") if entry.is_dir()]
    if (releases / STATE).is_symlink() or (versions and not (releases / JOURNAL).exists()):
        raise CatalogueMissing(
            f"{releases} holds releases, but {path} is missing. Restore {STATE} from a backup; nothing is published "
            "or removed until then."
        )
    return Catalogue()
