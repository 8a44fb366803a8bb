"""The corrections that a release rests on, and whether they hold it. Pure: no file, no clock.

Belongs here: what receipts say was applied beside what the registry asks for, and whether it is valid at a date. Does
not belong here: applying one (intake does, and refuses one that finds nothing or another value than it expects).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from orchestration.registry.rows import Correction


@dataclass(frozen=True)
class CorrectionOfRelease:
    """A correction of a survey year of the release; `rows` is how many rows of the landed return it changed."""

    correction_id: str
    survey_year: int
    rows: int
    expires_on: date
    reason: str
    owner: str

    def problem(self, as_of: date) -> str:
        """Why this correction holds a release that is decided on `as_of`; empty where it does not."""
        owner = f" (owner {self.owner})" if self.owner else ""
        name = f"correction {self.correction_id} of {self.survey_year}{owner}"
        if self.expires_on < as_of:
            return (
                f"{name} changed {self.rows:,} rows and expired on {self.expires_on}: ask the supplier for a corrected "
                f"file and remove it from corrections.csv, or extend it, then load {self.survey_year} again"
            )
        if self.rows < 1:
            step = f"load {self.survey_year} again, which applies or refuses it, or remove it from corrections.csv"
            return f"{name} is registered but changed no row of the landed return: {step}"
        return ""


def corrections_of_release(
    registered: Iterable[Correction], applied: Mapping[int, Iterable[Mapping[str, Any]]]
) -> list[CorrectionOfRelease]:
    """Corrections of the survey years of `applied`, each with the rows that it changed.

    `applied` is what the receipt of each year lists: correction_id, rows, expires_on. A registered correction that no
    receipt lists has zero rows: its year was landed before it was raised. One that was applied and has left the
    registry since is still in the landed tables, with the expiry that its receipt holds; for any other the registry's
    row says when it expires.
    """
    rows = {(row.survey_year, row.correction_id): row for row in registered}
    of_receipts = {(year, str(item["correction_id"])): item for year, items in applied.items() for item in items}
    names = sorted(name for name in {*rows, *of_receipts} if name[0] in applied)
    return [_of_release(*name, rows.get(name), of_receipts.get(name, {})) for name in names]


def check_corrections(
    corrections: Iterable[CorrectionOfRelease], as_of: date, release_year: int
) -> tuple[list[CorrectionOfRelease], list[str]]:
    """(corrections of survey years up to `release_year` in order of year and id, reasons to hold the release).

    Each must be valid on `as_of` and have changed a row; a doubled one holds the release as well.
    """
    of_release = sorted(
        (correction for correction in corrections if correction.survey_year <= release_year),
        key=lambda correction: (correction.survey_year, correction.correction_id),
    )
    counted = Counter((correction.survey_year, correction.correction_id) for correction in of_release)
    reasons = [
        f"correction {name} of {year} is there {n} times: keep one" for (year, name), n in counted.items() if n > 1
    ]
    return of_release, reasons + [problem for correction in of_release if (problem := correction.problem(as_of))]


def _of_release(year: int, name: str, row: Correction | None, applied: Mapping[str, Any]) -> CorrectionOfRelease:
    n_rows = int(applied.get("rows", 0))
    if row is not None:
        return CorrectionOfRelease(name, year, n_rows, row.expires_on, row.reason, row.owner)
    reason = "no longer registered, but applied when the year was landed"
    return CorrectionOfRelease(name, year, n_rows, date.fromisoformat(applied["expires_on"]), reason, "")
