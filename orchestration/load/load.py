"""A load: what it is about, and where its records lie. Frozen; everything else that a step needs is read from a record.

A load begins when its returns are landed: `load.json` is then written beside its warehouse, and beside its candidate
once there is one. Later steps open it from there, in the same run or in another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path

from orchestration.lake import DATABASE
from orchestration.records import Record, RecordError
from orchestration.registry import Registry, load_registry
from orchestration.settings import Settings

LOAD_FILE = "load.json"


class LoadRecord(Record):
    """What later steps must know of a load: its years, the date by which waivers expire, when it began."""

    load_id: str
    survey_years: tuple[int, ...]
    as_of: date
    started_at: datetime


@dataclass(frozen=True)
class LoadOptions:
    """What the person who starts a run may choose; each step reads those of its own run."""

    full_refresh: bool = False
    publishes: bool = True
    writes_data_docs: bool = False
    discards_signatures: bool = False


DEFAULT_OPTIONS = LoadOptions()


@dataclass(frozen=True)
class Load:
    """One load: of one survey year, or of consecutive years that go into one release of the last."""

    settings: Settings
    survey_years: tuple[int, ...]
    load_id: str
    as_of: date
    started_at: datetime
    options: LoadOptions = DEFAULT_OPTIONS

    @property
    def release_year(self) -> int:
        """The survey year of the release that this load makes: the last that it takes in."""
        return self.survey_years[-1]

    @property
    def candidate(self) -> Path:
        """Folder of the candidate of the release year, with its decision, report and files."""
        return self.settings.candidate_of(self.release_year)

    @property
    def folder(self) -> Path:
        """Folder of the load's warehouse and of the records about it: scratch, and after promotion the warehouse."""
        scratch = self.settings.scratch / self.load_id
        return scratch if scratch.is_dir() else self.settings.warehouse / self.load_id

    @property
    def database(self) -> Path:
        """The warehouse file of this load, which its models are built into."""
        return self.folder / DATABASE

    @property
    def built_database(self) -> Path:
        """The warehouse file of this load, to be read. Raises RecordError where a later load has replaced it."""
        path = self.database
        if not path.is_file():
            raise RecordError(
                f"The warehouse of the load of {self.release_year} no longer exists: a later load replaced it.",
                f"Load {self.release_year} again.",
            )
        return path

    @cached_property
    def registry(self) -> Registry:
        """The registry as it is now."""
        return load_registry(self.settings.seeds)

    @property
    def record(self) -> LoadRecord:
        """The stored form."""
        return LoadRecord(
            load_id=self.load_id, survey_years=self.survey_years, as_of=self.as_of, started_at=self.started_at
        )


def begin_load(
    settings: Settings,
    survey_years: Sequence[int],
    load_id: str,
    started_at: datetime,
    as_of: date | None = None,
    options: LoadOptions = DEFAULT_OPTIONS,
) -> Load:
    """A new load of survey years; nothing of it is stored yet. Raises UnknownSurveyYear for a year without rows."""
    load = Load(settings, tuple(sorted(survey_years)), load_id, as_of or started_at.date(), started_at, options)
    for year in load.survey_years:
        load.registry.survey_year(year)
    return load


def load_being_built(settings: Settings, release_year: int, options: LoadOptions = DEFAULT_OPTIONS) -> Load:
    """The load whose models are being built: the last whose returns were landed. RecordError where there is none."""
    for path in settings.scratch.glob(f"*/{LOAD_FILE}"):
        record = LoadRecord.read(path)
        if record.survey_years[-1] == release_year:
            return _opened(settings, record, options)
    raise RecordError(
        f"No load of {release_year} is being built: its returns were not landed, or it has been promoted since.",
        f"Materialise `landing` of {release_year} first, or load {release_year}.",
    )


def load_of_candidate(settings: Settings, release_year: int, options: LoadOptions = DEFAULT_OPTIONS) -> Load:
    """The load that made the stored candidate of a release year. RecordError where there is none."""
    path = settings.candidate_of(release_year) / LOAD_FILE
    if not path.is_file():
        raise RecordError(f"There is no candidate of {release_year}.", f"Load {release_year}.")
    return _opened(settings, LoadRecord.read(path), options)


def _opened(settings: Settings, record: LoadRecord, options: LoadOptions) -> Load:
    return Load(settings, record.survey_years, record.load_id, record.as_of, record.started_at, options)
