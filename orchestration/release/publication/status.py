"""What is loaded, held, published and stale, read from the files themselves.

Belongs here: reading for `ncpes status` and `ncpes releases`. Does not belong here: changing anything, or printing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.lake import Fingerprints, active_deliveries, changed_returns, promoted_fingerprints
from orchestration.records import RecordError
from orchestration.release.records.catalogue import Catalogue, read_catalogue
from orchestration.release.records.decision import StoredDecision, read_decision
from orchestration.settings import Settings


@dataclass(frozen=True)
class ReleaseRow:
    """A release in the list: where it is, and whether `current/<year>` or `latest` name it."""

    version: str
    release_year: int
    data_origin: str
    published_at: datetime
    content_digest: str
    supersedes: str | None
    folder: Path
    is_current: bool
    is_latest: bool
    withdrawn_reason: str | None


@dataclass(frozen=True)
class StaleYear:
    """A survey year whose active return is not the one that was used; None: not used, or not active any more."""

    survey_year: int
    used: str | None
    active: str | None
    is_landed_again: bool = False
    """The same delivery, but by other rules of intake, registry rows or corrections, or not checked since."""


@dataclass(frozen=True)
class YearStatus:
    """What is known of a survey year."""

    survey_year: int
    active_delivery: str | None
    verdict: str | None
    published_version: str | None
    held_in_version: str | None
    """The newest release that has the year's rows, its own or a later year's."""
    stale: tuple[StaleYear, ...]

    @property
    def states(self) -> tuple[str, ...]:
        """All that apply, in this order: loaded, held, published, stale."""
        flags = {
            "loaded": self.active_delivery is not None,
            "held": self.verdict == "held",
            "published": self.published_version is not None,
            "stale": bool(self.stale),
        }
        return tuple(name for name, holds in flags.items() if holds)


def release_list(settings: Settings) -> list[ReleaseRow]:
    """Every release ever published under this origin, in order of publication."""
    catalogue = read_catalogue(settings)
    return [
        ReleaseRow(
            version=entry.version,
            release_year=entry.release_year,
            data_origin=entry.data_origin,
            published_at=entry.published_at,
            content_digest=entry.content_digest,
            supersedes=entry.supersedes,
            folder=settings.releases / entry.version,
            is_current=catalogue.current(entry.release_year) == entry,
            is_latest=catalogue.latest() == entry,
            withdrawn_reason=entry.withdrawn.reason if entry.withdrawn else None,
        )
        for entry in catalogue.entries
    ]


def year_status(settings: Settings) -> list[YearStatus]:
    """Every survey year that was ever landed, loaded or published, in order."""
    catalogue = read_catalogue(settings)
    active = active_deliveries(settings)
    loaded = {int(path.name) for path in settings.candidates.glob("[0-9]*") if path.is_dir() and path.name.isdigit()}
    years = sorted(active.keys() | loaded | {entry.release_year for entry in catalogue.entries})
    try:
        promoted = promoted_fingerprints(settings)
    except RecordError:  # the next load rebuilds the warehouse; the rest of the status is known
        promoted = Fingerprints()
    return [_status(settings, year, active, promoted, catalogue) for year in years]


def _status(
    settings: Settings,
    year: int,
    active: Mapping[int, str],
    promoted: Fingerprints,
    catalogue: Catalogue,
) -> YearStatus:
    current = catalogue.current(year)
    decision = _decision(settings.candidate_of(year))
    used = current.deliveries if current else decision.inputs if decision else {}
    returns = current.returns if current else decision.returns if decision else {}
    # Without a warehouse nothing is known of rules; the next load rebuilds it.
    landed_again = changed_returns(returns, promoted) if promoted.years else []
    return YearStatus(
        survey_year=year,
        active_delivery=active.get(year),
        verdict=decision.verdict if decision else None,
        published_version=current.version if current else None,
        held_in_version=_held_in(year, catalogue),
        stale=_stale(year, used, active, landed_again) if used else (),
    )


def _held_in(year: int, catalogue: Catalogue) -> str | None:
    current = [entry for entry in catalogue.entries if catalogue.current(entry.release_year) == entry]
    found = [entry for entry in current if year in entry.deliveries]
    return max(found, key=lambda entry: entry.release_year).version if found else None


def _stale(
    release_year: int, used: Mapping[int, str], active: Mapping[int, str], landed_again: Sequence[int]
) -> tuple[StaleYear, ...]:
    """A release of a year is everything known as of that year, so later years do not matter to it."""
    years = sorted(year for year in used.keys() | active.keys() if year <= release_year)
    return tuple(
        StaleYear(year, used.get(year), active.get(year), is_landed_again=used.get(year) == active.get(year))
        for year in years
        if used.get(year) != active.get(year) or year in landed_again
    )


def _decision(folder: Path) -> StoredDecision | None:
    try:
        return read_decision(folder)
    except RecordError:
        return None  # a load that died before its decision has none; the rest of the status is known
