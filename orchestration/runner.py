"""Runs loads in this process: the same job as the UI and the sensor start, into the same history.

A load is one run of `annual_load`, on one partition or on those of several consecutive survey years. What became of it
is read from the records that its steps stored.
"""

from __future__ import annotations

import atexit
import logging
import os
import re
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.errors import ExitCode, ProgramError
from orchestration.failures import EXIT_CODE, Failed, FailureMessage
from orchestration.load.load import DEFAULT_OPTIONS, LOAD_FILE, LoadOptions, LoadRecord
from orchestration.load.publication import PUBLICATION_FILE, PublicationRecord
from orchestration.load.writer_lock import writer_lock
from orchestration.release.records.decision import DECISION_FILE, StoredDecision, read_decision
from orchestration.settings import Settings
from orchestration.storage import make_restricted

if TYPE_CHECKING:
    from dagster import DagsterInstance, DagsterRun, EventLogEntry, JobDefinition

DAGSTER_YAML = """\
# Written by ncpes. No telemetry leaves the machine, no sign-up window (nux) opens.
# Runs wait for each other, because there is one writer.
telemetry:
  enabled: false
nux:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 1
"""
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./ -]+")
JOB = "annual_load"
PARTITION_TAG = "dagster/partition"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"
PARENT_RUN_TAG = "dagster/parent_run_id"
ROOT_RUN_TAG = "dagster/root_run_id"
REPORT_STEP = "quality_report"
_UNKNOWN = "The run failed without an event that says why; see it in the UI (`make ui`)."


class NothingToResume(ProgramError):
    """The last run of the survey years has not failed."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class LoadOutcome:
    """What became of a load: its decision and publication as stored, and what failed after the decision, if
    anything."""

    settings: Settings
    survey_years: tuple[int, ...]
    seconds: float
    decision: StoredDecision
    publication: PublicationRecord | None
    report_failure: FailureMessage | None = None

    @property
    def candidate(self) -> Path:
        """Folder of the candidate."""
        return self.settings.candidate_of(self.survey_years[-1])

    @property
    def is_held(self) -> bool:
        """Whether the gate has decided against publication."""
        return not self.decision.is_passed


def consecutive(years: Iterable[int], registered: Sequence[int]) -> list[tuple[int, ...]]:
    """The years in order, cut where the registry knows a year between two of them.

    Years that follow each other in the registry are one load and one release, of the last of them. A year that the
    registry does not know is a load of its own, which says so.
    """
    after = dict(pairwise(sorted(registered)))
    loads: list[list[int]] = []
    for year in sorted(set(years)):
        if loads and after.get(loads[-1][-1]) == year:
            loads[-1].append(year)
        else:
            loads.append([year])
    return [tuple(load) for load in loads]


def run_load(
    settings: Settings,
    survey_years: Sequence[int],
    options: LoadOptions = DEFAULT_OPTIONS,
    *,
    as_of: date | None = None,
    resume: bool = False,
    on_event: Callable[[EventLogEntry], None] | None = None,
    on_wait: Callable[[str], None] | None = None,
) -> LoadOutcome:
    """Loads survey years that follow each other into one release of the last.

    With `resume`, goes on with the last run of these years where it failed: only the steps that have not succeeded run.

    `on_event` is given every event of Dagster as it is logged, `on_wait` the name of another writer that must end
    first. A held release is no error: the outcome's decision says so, also where its full report could not be made.
    Raises Failed, with the message and exit code of the step that failed, and WriterBusy.
    """
    years = tuple(sorted(survey_years))
    started = time.perf_counter()
    config = {
        **{"home": settings.home.as_posix(), "data_origin": settings.data_origin},
        **{"full_refresh": options.full_refresh, "publish": options.publishes},
        **{"data_docs": options.writes_data_docs, "discard_signatures": options.discards_signatures},
        "as_of": as_of.isoformat() if as_of else None,
    }
    run_id = str(uuid.uuid4())
    named = f"ncpes load {' '.join(map(str, years))} ({settings.data_origin})"
    with writer_lock(settings, named, on_wait=on_wait), _instance(settings) as instance:
        if on_event:
            instance.add_event_listener(run_id, on_event)
        failed = _failed_run(instance, years) if resume else None
        result = _annual_load().execute_in_process(
            instance=instance,
            run_id=run_id,
            op_selection=_steps_left(instance, failed) if failed else None,
            tags=partition_tags(years) | (_descent(failed) if failed else {}),
            raise_on_error=False,
            run_config={
                "resources": {"load": {"config": config}},
                "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
            },
        )
    load_id = _descent(failed)[ROOT_RUN_TAG] if failed else run_id
    return _outcome(settings, years, load_id, time.perf_counter() - started, result)


def partition_tags(years: Sequence[int]) -> dict[str, str]:
    """Tags of a run on the partitions of these years: one by its key, several by the first and the last."""
    if len(years) == 1:
        return {PARTITION_TAG: str(years[0])}
    return {RANGE_START_TAG: str(years[0]), RANGE_END_TAG: str(years[-1])}


def prepare_dagster_home(settings: Settings) -> Path:
    """The DAGSTER_HOME that command line and UI share, with its dagster.yaml, by a path that Dagster can read."""
    # Its history keeps the messages of errors.
    make_restricted(settings.dagster_home)
    (settings.dagster_home / "dagster.yaml").write_text(DAGSTER_YAML, encoding="utf-8")
    home = _plain_path(settings.dagster_home)
    os.environ["DAGSTER_HOME"] = home.as_posix()
    # Said twice, as silence must not hang on one file being found.
    os.environ["DAGSTER_DISABLE_TELEMETRY"] = "yes"
    return home


@cache
def _plain_path(folder: Path) -> Path:
    """A folder by a path of plain characters: a link, removed when the process ends, where its own has others.

    Dagster looks its configuration up as a pattern, in which brackets are a choice of letters, and writes the path of
    its history into an address, in which percent signs and question marks mean something.
    """
    if _PLAIN_PATH.fullmatch(folder.as_posix()):
        return folder
    place = Path(tempfile.mkdtemp(prefix="ncpes-dagster-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    link = place / "home"
    link.symlink_to(folder.resolve(), target_is_directory=True)
    return link


def _outcome(settings: Settings, years: tuple[int, ...], load_id: str, seconds: float, result: Any) -> LoadOutcome:
    """What the run left behind. Raises Failed unless it came to a decision and nothing failed but a held load's
    report."""
    failures = dict(_failures(result))
    candidate = settings.candidate_of(years[-1])
    decision = _decision_of(candidate, load_id)
    if decision is None or (failures and (decision.is_passed or set(failures) != {REPORT_STEP})):
        raise Failed(next(iter(failures.values()), FailureMessage(_UNKNOWN, int(ExitCode.UNEXPECTED))))
    published = candidate / PUBLICATION_FILE
    return LoadOutcome(
        settings,
        years,
        seconds,
        decision,
        PublicationRecord.read(published) if published.is_file() else None,
        failures.get(REPORT_STEP),
    )


def _decision_of(candidate: Path, load_id: str) -> StoredDecision | None:
    """The decision on the candidate that a load made; None where it has not come so far."""
    load, decision = candidate / LOAD_FILE, candidate / DECISION_FILE
    if not (load.is_file() and decision.is_file()) or LoadRecord.read(load).load_id != load_id:
        return None
    return read_decision(candidate)


def _failures(result: Any) -> Iterator[tuple[str, FailureMessage]]:
    """Steps that failed, with what a person is told. A check that blocks is no failure: the decision says why."""
    for event in result.all_events:
        if event.event_type_value != "STEP_FAILURE":
            continue
        data = event.event_specific_data
        if told := data.user_failure_data:
            code = told.metadata.get(EXIT_CODE)
            yield event.step_key, FailureMessage(str(told.description), int(code.value) if code else 1)
        elif data.error is None or data.error.cls_name != "DagsterAssetCheckFailedError":
            words = data.error.message if data.error else _UNKNOWN
            yield event.step_key, FailureMessage(f"step {event.step_key}: {words}", int(ExitCode.UNEXPECTED))


def _failed_run(instance: DagsterInstance, years: Sequence[int]) -> DagsterRun:
    """The last run of these survey years, which failed. Raises NothingToResume."""
    from dagster import DagsterRunStatus, RunsFilter

    wanted = RunsFilter(job_name=JOB, tags=dict(partition_tags(years)))
    run = next(iter(instance.get_runs(wanted, limit=1)), None)
    if run is None or run.status != DagsterRunStatus.FAILURE:
        named = " ".join(map(str, years))
        raise NothingToResume(
            f"The last load of {named} did not fail, so there is nothing to resume. Load again: ncpes load {named}"
        )
    return run


def _descent(run: DagsterRun) -> dict[str, str]:
    """Tags of a run that goes on with another: Dagster then shows both as one chain."""
    return {PARENT_RUN_TAG: run.run_id, ROOT_RUN_TAG: run.tags.get(ROOT_RUN_TAG, run.run_id)}


def _steps_left(instance: DagsterInstance, run: DagsterRun) -> list[str]:
    """The steps that have succeeded neither in a run nor in those that it went on with."""
    done: set[str] = set()
    ancestor: DagsterRun | None = run
    while ancestor:
        stats = instance.get_run_step_stats(ancestor.run_id)
        done |= {step.step_key for step in stats if step.status and step.status.value == "SUCCESS"}
        parent = ancestor.tags.get(PARENT_RUN_TAG)
        ancestor = instance.get_run_by_id(parent) if parent else None
    return [node.name for node in _annual_load().nodes if node.name not in done]


def _annual_load() -> JobDefinition:
    """The job of the code location, which Dagster assembles once a process."""
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    from orchestration.definitions import defs

    return defs.resolve_job_def(JOB)


@contextmanager
def _instance(settings: Settings) -> Iterator[DagsterInstance]:
    from dagster import DagsterInstance

    _write_history_without_waiting()
    with DagsterInstance.from_config(prepare_dagster_home(settings).as_posix()) as instance:
        yield instance


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
