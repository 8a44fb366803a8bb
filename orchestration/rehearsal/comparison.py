"""The result of holding a candidate against published results, and its JSON and CSV forms.

Belongs here: what a result consists of. Does not belong here: how it comes about (compare.py) and how it looks on a
terminal (comparison_table.py).
"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, fields
from pathlib import Path


@dataclass(frozen=True)
class Tally:
    """How many cells of a table were compared in one respect, and how many were equal."""

    table: str
    measure: str
    n_compared: int
    n_equal: int

    @property
    def n_different(self) -> int:
        """Cells that were not equal."""
        return self.n_compared - self.n_equal


@dataclass(frozen=True)
class Difference:
    """A cell that is not equal: what is printed in the release, what the candidate gives. Empty: nothing."""

    measure: str
    level: str
    organisation_code: str
    group_code: str
    question_id: str
    published: str
    candidate: str

    @property
    def cell(self) -> tuple[str, str, str, str]:
        """Level, organisation, group and question."""
        return (self.level, self.organisation_code, self.group_code, self.question_id)


@dataclass(frozen=True)
class NotCompared:
    """A source that was left out, how many cells it has, and why."""

    source: str
    n_cells: int
    reason: str


@dataclass(frozen=True)
class Comparison:
    """Result of a comparison: a tally per table and measure, each difference, each source that was left out."""

    survey_year: int
    tallies: tuple[Tally, ...]
    differences: tuple[Difference, ...]
    not_compared: tuple[NotCompared, ...]

    @property
    def is_equal(self) -> bool:
        """Whether something was compared and nothing differs."""
        return bool(self.tallies) and not self.differences

    def to_json(self) -> dict[str, object]:
        """Everything as JSON values; the tallies with the number of differences."""
        return {
            "survey_year": self.survey_year,
            "is_equal": self.is_equal,
            "tallies": [asdict(tally) | {"n_different": tally.n_different} for tally in self.tallies],
            "differences": [asdict(difference) for difference in self.differences],
            "not_compared": [asdict(source) for source in self.not_compared],
        }

    def write_differences(self, path: Path) -> None:
        """Write every difference as a row of a CSV file, the header alone where there is none."""
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(field.name for field in fields(Difference))
            writer.writerows(tuple(asdict(difference).values()) for difference in self.differences)
