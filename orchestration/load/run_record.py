"""run.json: when, where and how long a load ran, by which code. It is stored beside the manifest and enters no hash.

Every step adds its seconds; the files step puts the record into the candidate, where publication finds it.
"""

from __future__ import annotations

import platform
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field

from orchestration.load.load import Load
from orchestration.records import Record
from orchestration.release.records.manifest import RUN_FILE


class RunRecord(Record):
    """Times, host and code of a load. `seconds` by step; `seconds_of_checks` by check id."""

    load_id: str
    survey_year: int
    survey_years_taken_in: tuple[int, ...]
    started_at: datetime
    ended_at: datetime
    host: str
    python: str
    code_commit: str
    rebuilt_years: dict[int, str] = Field(default_factory=dict)
    seconds: dict[str, float] = Field(default_factory=dict)
    seconds_of_checks: dict[str, float] = Field(default_factory=dict)


def start_run_record(load: Load, rebuilt_years: Mapping[int, str], landing_seconds: float) -> RunRecord:
    """The record of a load whose returns have been landed, stored in its folder."""
    record = RunRecord(
        load_id=load.load_id,
        survey_year=load.release_year,
        survey_years_taken_in=load.survey_years,
        started_at=load.started_at.replace(microsecond=0),
        ended_at=_now(),
        host=platform.node(),
        python=platform.python_version(),
        code_commit=code_commit(load.settings.project_root),
        rebuilt_years=dict(sorted(rebuilt_years.items())),
        seconds={"landing": landing_seconds},
    )
    record.write(load.folder / RUN_FILE)
    return record


@contextmanager
def timed(load: Load, step: str) -> Iterator[None]:
    """Adds the seconds of a step to the run record of its load, however the step ends."""
    start = time.perf_counter()
    try:
        yield
    finally:
        add_to_run_record(load, seconds={step: round(time.perf_counter() - start, 3)})


def add_to_run_record(
    load: Load, *, seconds: Mapping[str, float] | None = None, of_checks: Mapping[str, float] | None = None
) -> None:
    """Adds seconds of steps or checks; nothing where the load has no folder any more."""
    path = load.folder / RUN_FILE
    if not path.is_file():
        return
    record = RunRecord.read(path)
    record.model_copy(
        update={
            "ended_at": _now(),
            "seconds": record.seconds | dict(seconds or {}),
            "seconds_of_checks": dict(of_checks) if of_checks is not None else record.seconds_of_checks,
        }
    ).write(path)


def put_run_record_into_candidate(load: Load) -> None:
    """Copies the record as it is now into the candidate, with which it is published."""
    (load.candidate / RUN_FILE).write_bytes((load.folder / RUN_FILE).read_bytes())


def code_commit(project_root: Path) -> str:
    """The commit of the code, with `+changes` where the tree differs from it; empty outside a checkout."""
    try:
        commit = _git(project_root, "rev-parse", "HEAD")
        return commit + ("+changes" if _git(project_root, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(project_root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=project_root, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
