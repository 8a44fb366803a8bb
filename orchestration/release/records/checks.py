"""Check results as they are stored: checks.json, which is published, and check_results.json for the reviewer.

Both hold the same results in order of layer and check. In the published form figures of few people are withheld
(`published_checks`); the gate decides on that form, so that results, decision and report page agree.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from expectations.results import CheckResult, without_times
from orchestration.records import RecordError
from orchestration.release.records.published_checks import published_results

CHECKS_FILE = "checks.json"
FULL_RESULTS_FILE = "check_results.json"


def write_results(folder: Path, results: Sequence[CheckResult], threshold: int) -> None:
    """Store the results of a load in both forms.

    Args:
        folder: the candidate.
        results: with every figure.
        threshold: the largest base (persons) whose figures are withheld.
    """
    for name, stored in ((FULL_RESULTS_FILE, results), (CHECKS_FILE, published_results(results, threshold))):
        text = json.dumps(without_times(stored), indent=1, ensure_ascii=False, default=str)
        (folder / name).write_text(text + "\n", encoding="utf-8")


def read_results(folder: Path) -> list[CheckResult]:
    """The published results of a candidate or a release. Raises RecordError where they are missing or damaged."""
    return _read(folder / CHECKS_FILE)


def read_full_results(folder: Path) -> list[CheckResult]:
    """The results of a candidate with every figure; the published form where an older load stored no other.

    Raises RecordError where they are missing or damaged.
    """
    return _read(folder / (FULL_RESULTS_FILE if (folder / FULL_RESULTS_FILE).is_file() else CHECKS_FILE))


def _read(path: Path) -> list[CheckResult]:
    try:
        records = json.loads(path.read_bytes())
        if not isinstance(records, list):
            raise TypeError(f"it holds a {type(records).__name__}")
        return [CheckResult.from_dict(record) for record in records]
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise RecordError(f"{path} is not a list of check results ({error}).") from error
