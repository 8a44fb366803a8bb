"""The sensor on the folders of returns: a complete return that is not loaded starts its year's load."""

import hashlib
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from dagster import DefaultSensorStatus, RunRequest, SensorEvaluationContext, SkipReason, sensor

from orchestration.intake.files.returns import find_return
from orchestration.intake.refusal import IntakeRefused
from orchestration.jobs import annual_load
from orchestration.lake import active_deliveries
from orchestration.partitions import survey_years
from orchestration.settings import Settings

# A folder that changed less than this long ago may still be being copied.
SETTLING_SECONDS = 60.0


def waiting_returns(settings: Settings, now: float) -> dict[int, str]:
    """Survey years whose return is complete and stable and is not the active one, with a key of its state.

    The state is names, sizes and times. A return that intake would refuse waits too: its load says why.
    """
    found, active = {}, active_deliveries(settings)
    for year in map(int, survey_years.get_partition_keys()):
        files = [path for path in sorted((settings.returns / str(year)).glob("[!.]*")) if path.is_file()]
        if files and now - max(path.stat().st_mtime for path in files) >= SETTLING_SECONDS:
            state = _state(files)
            if year not in active or _delivery(settings, year, state) != active[year]:
                found[year] = state
    return found


def latest_waiting_year(settings: Settings) -> int | None:
    """The newest survey year with a stable return that no load has promoted yet."""
    return max(waiting_returns(settings, time.time()), default=None)


def run_key(year: int, state: str, now: float) -> str:
    """Key of the run for a return: the same files start one run a day, until they are loaded.

    A run that failed or was held is so tried again on the day after: by then a lock, a registry row, a correction or a
    waiver may be another.
    """
    return f"{year}-{state}-{datetime.fromtimestamp(now, UTC):%Y-%m-%d}"


@lru_cache(maxsize=64)
def _delivery(settings: Settings, year: int, state: str) -> str | None:
    """Delivery that the files of a year make up, None where they are no return; hashed once for each state of them."""
    try:
        return find_return(settings, year).delivery
    except (IntakeRefused, OSError):
        return None


def _state(files: list[Path]) -> str:
    text = "\n".join(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@sensor(job=annual_load, minimum_interval_seconds=60, default_status=DefaultSensorStatus.STOPPED)
def return_arrived(context: SensorEvaluationContext) -> Iterator[RunRequest | SkipReason]:
    """Starts a load for every new or changed return, however the earlier returns were loaded."""
    now = time.time()
    found = waiting_returns(Settings.from_environment(), now)
    if not found:
        yield SkipReason("No new return: every complete return under returns/ has been loaded.")
    for year, state in sorted(found.items()):
        yield RunRequest(partition_key=str(year), run_key=run_key(year, state, now))
