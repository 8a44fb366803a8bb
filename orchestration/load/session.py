"""What one load knows as it goes: made at its start, filled step by step, gone at its end.

Belongs here: the state that the steps share, and how a load starts and ends. Does not belong here: the steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from orchestration.errors import ExitCode, ProgramError
from orchestration.load.writer_lock import writer_lock
from orchestration.registry import Registry, load_registry
from orchestration.settings import Settings

if TYPE_CHECKING:
    import duckdb

    from expectations.gate import Decision
    from expectations.loader import Suite
    from expectations.results import CheckResult
    from orchestration.intake.landing.receipt import Receipt
    from orchestration.release.publication.publish import PublicationOutcome
    from orchestration.release.records.candidate import Candidate
    from orchestration.warehouse.dbt_build import DbtBuild, DbtProject
    from orchestration.warehouse.plan import RebuildPlan

Required = TypeVar("Required")


class StepOutOfOrder(ProgramError):
    """A step was asked for without the steps before it: run the whole annual load."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class LoadOptions:
    """What the person who starts a load may choose."""

    full_refresh: bool = False
    as_of: date | None = None
    publishes: bool = True
    writes_data_docs: bool = False
    discards_signatures: bool = False


@dataclass
class LoadSession:
    """One load: of one survey year, or of several that follow each other and go into one release of the last.

    Fields that are None have not been reached yet.
    """

    settings: Settings
    registry: Registry
    survey_years: tuple[int, ...]
    load_id: str
    started_at: datetime
    options: LoadOptions
    dbt: DbtProject
    say: Callable[[str], None] = lambda message: None
    progress: Callable[[str, int, int], None] | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    receipts: dict[int, Receipt] = field(default_factory=dict)
    plan: RebuildPlan | None = None
    scratch: Path | None = None
    build: DbtBuild | None = None
    candidate_made: Future[Candidate] | None = None
    candidate: Candidate | None = None
    connection: duckdb.DuckDBPyConnection | None = None
    suites: list[Suite] | None = None
    results: list[CheckResult] | None = None
    decision: Decision | None = None
    publication: PublicationOutcome | None = None
    error: Exception | None = None
    report_error: Exception | None = None

    @property
    def survey_year(self) -> int:
        """The survey year of the release that this load makes: the last that it takes in."""
        return self.survey_years[-1]

    @property
    def as_of(self) -> date:
        """The date by which waivers and corrections are judged: an input of the decision, stored with it."""
        return self.options.as_of or self.started_at.date()

    @property
    def is_held(self) -> bool:
        """Whether the gate has decided, and against publication."""
        return self.decision is not None and not self.decision.is_passed

    @property
    def ends_held(self) -> bool:
        """Whether the load has come to its end as a held one: nothing failed, or nothing but the report's full page."""
        return self.is_held and (self.error is None or self.error is self.report_error)

    def wait_for_files(self) -> None:
        """Nothing of this load goes on once it has ended, however it ended."""
        wait([work for work in (self.candidate_made,) if work is not None])

    def close_connection(self) -> None:
        """Lets go of the scratch warehouse, which is about to be promoted or cleared."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    @property
    def candidate_folder(self) -> Path:
        """Where this load's candidate, decision and report are put."""
        return self.settings.candidates / str(self.survey_year)


@contextmanager
def timed(session: LoadSession, step: str) -> Iterator[None]:
    """Keeps how long a step took, for run.json."""
    session.say(f"{step} ...")
    start = time.perf_counter()
    try:
        yield
    finally:
        session.seconds[step] = round(time.perf_counter() - start, 3)


def require(value: Required | None, step: str) -> Required:
    """The result of an earlier step. Raises StepOutOfOrder, naming the step, where it has not been made."""
    if value is None:
        raise StepOutOfOrder(
            f"This step needs `{step}` of the same load. Launch the job `annual_load` as a whole, not one asset of it."
        )
    return value


@contextmanager
def open_session(
    settings: Settings,
    survey_years: Sequence[int],
    load_id: str,
    options: LoadOptions,
    dbt: DbtProject,
    *,
    say: Callable[[str], None] = lambda message: None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Iterator[LoadSession]:
    """A load session that holds the writer lock from start to end; `survey_years` in order, the last one's release.

    Raises UnknownSurveyYear where the registry lacks a year, WriterBusy where another load does not end in time.
    """
    named = " ".join(map(str, survey_years))
    with writer_lock(settings, f"ncpes load {named} ({settings.data_origin})", on_wait=say):
        # Read under the lock: whoever accepts rows for a new year holds it too.
        registry = load_registry(settings.seeds)
        for year in survey_years:
            registry.survey_year(year)
        session = LoadSession(
            settings=settings,
            registry=registry,
            survey_years=tuple(survey_years),
            load_id=load_id,
            started_at=datetime.now(UTC),
            options=options,
            dbt=dbt,
            say=say,
            progress=progress,
        )
        try:
            yield session
        finally:
            session.wait_for_files()
            session.close_connection()
