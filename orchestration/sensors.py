"""The sensor on the landing folder: a complete return starts its year's load."""

import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

from dagster import DefaultSensorStatus, RunRequest, SensorEvaluationContext, SkipReason, sensor

from orchestration.jobs import annual_load
from orchestration.partitions import survey_years
from orchestration.settings import Settings
from orchestration.warehouse.history import active_deliveries

# A folder that changed less than this long ago may still be being copied.
SETTLING_SECONDS = 60.0


def waiting_returns(settings: Settings, now: float) -> dict[int, str]:
    """Survey years whose return folder is complete and at rest, with a key of its state (names, sizes, times)."""
    found = {}
    for year in map(int, survey_years.get_partition_keys()):
        files = [path for path in sorted((settings.returns / str(year)).glob("[!.]*")) if path.is_file()]
        if files and now - max(path.stat().st_mtime for path in files) >= SETTLING_SECONDS:
            found[year] = _state(files)
    return found


def latest_waiting_year(settings: Settings) -> int | None:
    """The newest survey year with a return at rest that no load has promoted yet."""
    loaded = active_deliveries(settings)
    return max((year for year in waiting_returns(settings, time.time()) if year not in loaded), default=None)


def _state(files: list[Path]) -> str:
    text = "\n".join(f"{path.name} {path.stat().st_size} {path.stat().st_mtime_ns}" for path in files)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@sensor(job=annual_load, minimum_interval_seconds=60, default_status=DefaultSensorStatus.STOPPED)
def return_arrived(context: SensorEvaluationContext) -> Iterator[RunRequest | SkipReason]:
    """Starts a load for every return that has come or changed; the same files never start a second one."""
    found = waiting_returns(Settings.from_environment(), time.time())
    if not found:
        yield SkipReason("No return is at rest under returns/.")
    for year, state in sorted(found.items()):
        yield RunRequest(partition_key=str(year), run_key=f"{year}-{state}")
