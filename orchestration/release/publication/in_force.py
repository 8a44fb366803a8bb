"""The returns in force: the delivery of each survey year, what was landed of it, and by which rules.

Belongs here: reading what the last promoted load left. Does not belong here: promoting (`warehouse`) or judging what a
difference means (`require`, `status`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from orchestration.release.records.forms import Record, ReturnRecord
from orchestration.settings import Settings


class _Fingerprints(Record):
    years: dict[int, ReturnRecord]
    seeds: str = ""


def active_deliveries(settings: Settings) -> dict[int, str]:
    """The delivery in force of each landed survey year."""
    found = {}
    for folder in folders(settings.landing):
        pointer = folder / "active"
        if folder.name.startswith("survey_year=") and pointer.is_file():
            found[int(folder.name.partition("=")[2])] = pointer.read_text(encoding="utf-8").strip()
    return found


def returns_in_force(settings: Settings) -> dict[int, ReturnRecord]:
    """What the warehouse in force was made from, by survey year; none where there is no warehouse.

    A year that no load has judged is not in it. Raises RecordError where the warehouse's record is damaged.
    """
    path = settings.warehouse / "current" / "fingerprints.json"
    return _Fingerprints.read(path).years if path.is_file() else {}


def landed_otherwise(used: Mapping[int, ReturnRecord], in_force: Mapping[int, ReturnRecord]) -> list[int]:
    """Years of `used` whose return in force is another: another delivery, other rules or registry rows, or unjudged."""
    return sorted(year for year, record in used.items() if in_force.get(year) != record)


def folders(parent: Path) -> list[Path]:
    """Folders directly below a folder that may be missing."""
    return [path for path in parent.iterdir() if path.is_dir()] if parent.is_dir() else []
