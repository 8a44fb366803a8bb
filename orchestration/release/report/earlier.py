"""What the report compares a candidate with: the release of its year that stands, and the checks of earlier years.

Belongs here: finding and reading what earlier loads left. Does not belong here: comparing content (`diff`).
"""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from expectations.results import CheckResult
from orchestration.release.candidate import read_candidate
from orchestration.release.catalogue import read_catalogue
from orchestration.release.diff import ReleaseDiff, diff_releases
from orchestration.release.errors import RecordError
from orchestration.release.records import CHECKS_FILE
from orchestration.settings import Settings

DIFFERENCES_FILE = "differences.csv"


def compare_with_release(settings: Settings, candidate: Path, release_year: int) -> tuple[str, ReleaseDiff]:
    """Version of the year's release that stands, and what is different in the candidate; no version where none does.

    Every difference stands in `differences.csv` beside the candidate. A release that is damaged is no fault of the
    candidate: what is wrong stands in `problem`, and the candidate gets its report. Raises RecordError where the
    candidate itself is damaged.
    """
    current = read_catalogue(settings).current(release_year)
    if current is None:
        return "", ReleaseDiff()
    read_candidate(candidate)
    try:
        diff = diff_releases(settings.releases / current.version, candidate, candidate / DIFFERENCES_FILE)
    except (RecordError, duckdb.Error, OSError, KeyError) as error:
        words = error.reason if isinstance(error, RecordError) else str(error).partition("\n")[0]
        # The report is published, and where the releases lie is nobody's business.
        diff = ReleaseDiff(problem=words.replace(f"{settings.releases}/", ""))
    return current.version, diff


def earlier_results(settings: Settings, release_year: int) -> dict[int, list[CheckResult]]:
    """Results of the last load of each earlier survey year, held or not.

    Results that an older form of the program stored are left out: they would say nothing of the check of today.
    """
    found = {}
    for path in settings.candidates.glob(f"*/{CHECKS_FILE}"):
        if not path.parent.name.isdigit() or int(path.parent.name) >= release_year:
            continue
        try:
            records = json.loads(path.read_text(encoding="utf-8"))
            found[int(path.parent.name)] = [CheckResult.from_dict(record) for record in records]
        except (ValueError, TypeError, KeyError):
            continue
    return found
