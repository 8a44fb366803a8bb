"""Runs loads in this process through Dagster, so that the command line and the UI share one history.

Definitions and the dbt manifest are made once; each load is one run of the job `annual_load`, on one partition or on
the partitions of several survey years that follow each other.
"""

from __future__ import annotations

import logging
import os
import uuid
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.load.session import LoadOptions, LoadSession, open_session
from orchestration.load.years import partition_tags
from orchestration.settings import Settings
from orchestration.storage import make_restricted
from orchestration.warehouse.dbt_build import DbtProject

if TYPE_CHECKING:
    from dagster import JobDefinition

DAGSTER_YAML = """\
# Written by ncpes. No telemetry leaves the machine, and runs wait for each other because there is one writer.
telemetry:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
"""


class LoadRunner:
    """Loads returns, one load after the other, in this process."""

    def __init__(
        self,
        settings: Settings,
        *,
        say: Callable[[str], None] = lambda message: None,
        progress: Callable[[str, int, int], None] | None = None,
    ) -> None:
        self._settings = settings
        self._say = say
        self._progress = progress
        self._dbt = DbtProject(settings)
        self._session: LoadSession | None = None
        self._job: JobDefinition | None = None

    def load(self, survey_years: int | Sequence[int], options: LoadOptions) -> LoadSession:
        """Loads one survey year, or several that follow each other into one release of the last; returns the outcome.

        Raises IntakeRefused, DbtBuildFailed, PublicationRefused, WriterBusy or UnknownSurveyYear. A held release is no
        error: the session's decision says so, also where its report is but a plain page (`report_error`).
        """
        years = (survey_years,) if isinstance(survey_years, int) else tuple(survey_years)
        load_id = str(uuid.uuid4())
        with open_session(
            self._settings, years, load_id, options, self._dbt, say=self._say, progress=self._progress
        ) as session:
            self._session = session
            self._run(years, load_id)
        if session.error is not None and not session.ends_held:
            raise session.error
        return session

    def _run(self, years: Sequence[int], load_id: str) -> None:
        from dagster import DagsterInstance

        job = self._annual_load()
        _write_history_without_waiting()
        with DagsterInstance.from_config(prepare_dagster_home(self._settings).as_posix()) as instance:
            result = job.execute_in_process(
                instance=instance,
                tags=partition_tags(years),
                run_id=load_id,
                raise_on_error=False,
                run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            )
        session = self._session
        if not result.success and session is not None and session.error is None and not session.is_held:
            session.error = RuntimeError(_failure_of(result))

    def _annual_load(self) -> JobDefinition:
        if self._job is None:
            logging.getLogger("dagster").setLevel(logging.CRITICAL)
            from dagster import ResourceDefinition

            from orchestration.assemble import build_definitions

            slot = ResourceDefinition(resource_fn=lambda _: self._session)
            self._job = build_definitions(self._dbt.manifest(), load=slot).resolve_job_def("annual_load")
        return self._job


def prepare_dagster_home(settings: Settings) -> Path:
    """The DAGSTER_HOME that the command line and the UI share, with its dagster.yaml."""
    home = settings.dagster_home
    # Its history keeps the messages of errors.
    make_restricted(home)
    (home / "dagster.yaml").write_text(DAGSTER_YAML, encoding="utf-8")
    os.environ["DAGSTER_HOME"] = home.as_posix()
    return home


@cache
def _write_history_without_waiting() -> None:
    """Lets Dagster's history of runs be written without waiting for the disk at every one of its events.

    Waiting takes longer than all statistics of a year. A machine that fails may lose the last lines of the history, and
    nothing else: releases, lake and warehouse do not go through SQLite and are written through to the disk.
    """
    from sqlalchemy import Engine, event

    @event.listens_for(Engine, "connect")
    def set_pragma(connection: Any, _: Any) -> None:
        if type(connection).__module__.startswith("sqlite3"):
            connection.execute("pragma synchronous = off")


def _failure_of(result: Any) -> str:
    """What Dagster says of the first step that failed, where no step kept an error of ours."""
    for event in result.all_events:
        if event.is_failure and event.event_specific_data is not None:
            error = getattr(event.event_specific_data, "error", None)
            if error is not None:
                return f"step {event.step_key}: {error.message}"
    return "the run failed without an event that says why; see it in the UI (`make ui`)"
