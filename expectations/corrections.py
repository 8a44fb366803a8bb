"""Corrections as the gate judges them: applied to a return of this release, still in force, and matching something.

Belongs here: the record of a correction in a decision and its judgement at a date. Does not belong here: applying one
(intake does, and refuses one that finds nothing or another value than it expects). Pure: no file, no clock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class CorrectionInForce:
    """A correction of a survey year of the release; `rows` is how many rows of the landed return it changed."""

    correction_id: str
    survey_year: int
    rows: int
    expires_on: date
    reason: str = ""
    owner: str = ""

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> CorrectionInForce:
        """A correction from a row; ValueError where a field is missing or cannot be read."""
        for key in ("correction_id", "survey_year", "rows", "expires_on"):
            if row.get(key) in (None, ""):
                name = row.get("correction_id") or "(without id)"
                raise ValueError(f"correction {name}: {key} is missing; load its year again")
        return cls(
            correction_id=str(row["correction_id"]),
            survey_year=int(row["survey_year"]),
            rows=int(row["rows"]),
            expires_on=date.fromisoformat(str(row["expires_on"])[:10]),
            reason=str(row.get("reason") or ""),
            owner=str(row.get("owner") or ""),
        )

    def problem(self, as_of: date) -> str:
        """Why this correction holds a release that is decided on `as_of`; empty where it does not."""
        name = f"correction {self.correction_id} of {self.survey_year}" + (
            f" (owner {self.owner})" if self.owner else ""
        )
        if self.expires_on < as_of:
            return (
                f"{name} changed {self.rows:,} rows and expired on {self.expires_on}: ask the supplier for a mended "
                f"file and remove it from corrections.csv, or extend it, then load {self.survey_year} again"
            )
        if self.rows < 1:
            step = f"load {self.survey_year} again, which applies or refuses it, or remove it from corrections.csv"
            return f"{name} is registered but changed no row of the landed return: {step}"
        return ""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return asdict(self) | {"expires_on": self.expires_on.isoformat()}


def judge_corrections(
    rows: Iterable[CorrectionInForce | Mapping[str, Any]], as_of: date, release_year: int
) -> tuple[tuple[Mapping[str, Any], ...], list[str]]:
    """(corrections of survey years up to `release_year` in order of year and id, reasons to hold the release).

    Each must be in force on `as_of` and have matched a row; a malformed or doubled one holds the release as well.
    """
    corrections: list[CorrectionInForce] = []
    reasons: list[str] = []
    for row in rows:
        try:
            corrections.append(row if isinstance(row, CorrectionInForce) else CorrectionInForce.from_row(row))
        except ValueError as error:
            reasons.append(str(error))
    corrections = sorted(
        (correction for correction in corrections if correction.survey_year <= release_year),
        key=lambda correction: (correction.survey_year, correction.correction_id),
    )
    counted = Counter((correction.survey_year, correction.correction_id) for correction in corrections)
    reasons += [
        f"correction {name} of {year} stands {n} times: keep one" for (year, name), n in counted.items() if n > 1
    ]
    reasons += [problem for correction in corrections if (problem := correction.problem(as_of))]
    return tuple(correction.to_dict() for correction in corrections), reasons
