"""Which row is the header: suppliers put titles above it, and a workbook may hold several sheets.

The reader is told which names the registry expects; it knows nothing else about the survey.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from orchestration.intake.files.source import clean_text
from orchestration.intake.refusal import RefusalKind, UnreadableFile

if TYPE_CHECKING:
    from orchestration.settings import IntakeLimits


def normal_name(name: str) -> str:
    """Normal form under which column names are matched: NFKC, upper case, runs of other characters as one `_`.

    `q 1`, `Q1 ` and `Q-1` are `Q_1`/`Q1` by this rule alone: `Q1 ` is `Q1`, while `q 1` and `Q-1` are `Q_1`.
    """
    return re.sub(r"[^0-9A-Z]+", "_", clean_text(name).upper()).strip("_")


@dataclass(frozen=True)
class HeaderHint:
    """Normal names that the table is expected to have; empty when nothing is known of the file."""

    names: frozenset[str] = frozenset()

    def matches(self, cells: Sequence[object]) -> int:
        """How many cells of a row are expected names."""
        return sum(1 for cell in cells if isinstance(cell, str) and normal_name(cell) in self.names)


def choose_header(rows: Sequence[Sequence[object]], hint: HeaderHint) -> int:
    """Position of the header among the leading rows.

    The row with most expected names; without any, the first row that is as wide as the widest, so that a title of one
    cell above a table is not taken for its header.
    """
    if not rows:
        raise UnreadableFile("the file holds no row", next_step="ask the supplier to send the file again")
    matched = [hint.matches(row) for row in rows]
    if max(matched) > 0:
        return matched.index(max(matched))
    widths = [sum(1 for cell in row if cell not in (None, "")) for row in rows]
    return widths.index(max(widths))


def check_width(header: Sequence[object], limits: IntakeLimits) -> None:
    """Refuse a table wider than the limit."""
    if len(header) > limits.max_columns:
        raise UnreadableFile(
            f"{len(header):,} columns, more than the limit of {limits.max_columns:,}",
            kind=RefusalKind.LIMIT_EXCEEDED,
            next_step="check that the file is the one meant; the limit is NCPES_INTAKE_MAX_COLUMNS",
        )
