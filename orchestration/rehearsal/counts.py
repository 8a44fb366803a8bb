"""Whole counts behind a published table: positives of a question, or sums of a rating.

Belongs here: the search for counts that print as published. Does not belong here: how a figure is printed
(printing.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from orchestration.errors import ExitCode, ProgramError
from orchestration.rehearsal.printing import IntArray, printed_points
from orchestration.rehearsal.published import PublishedCell, PublishedTable


class ReconstructionError(ProgramError):
    """No whole counts print as published; the message names survey year, organisation, question and group."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class SolvedTable:
    """A table's base and count (positives, or sum of ratings) in every tumour group."""

    organisation_code: str
    question_id: str
    n_base: Mapping[str, int]
    count: Mapping[str, int]

    @property
    def total(self) -> int:
        """Count of all cancers: the sum of the groups."""
        return sum(self.count.values())


def solve_table(
    table: PublishedTable,
    printed: Callable[[int], IntArray],
    admissible: Callable[[PublishedCell, Sequence[int]], Sequence[int]],
) -> Iterator[SolvedTable]:
    """Yield solutions of a table, the most central total first; none where no whole counts fit.

    `printed(n)` gives the printed score of every possible count of n answers, in order of the count; it never falls, so
    the counts of a group that print as published are an unbroken range, and every whole number between the sum of the
    least and the sum of the greatest counts is the sum of some choice. A hidden group is free. `admissible(total,
    counts)` keeps the counts of the total whose limits print as published.
    """
    if sum(cell.n_base for cell in table.groups.values()) != table.total.n_base:
        raise ReconstructionError(
            f"{table.organisation_code}, {table.question_id}: the bases of the tumour groups do not add up to "
            f"{table.total.n_base}. Check that the published file is whole."
        )
    ranges = {group: _counts_printing(cell, printed) for group, cell in table.groups.items()}
    if not all(ranges.values()):
        return
    least, greatest = sum(r[0] for r in ranges.values()), sum(r[-1] for r in ranges.values())
    totals = [count for count in _counts_printing(table.total, printed) if least <= count <= greatest]
    centre = (least + greatest) / 2 if table.total.score is None else float(np.mean(totals)) if totals else 0.0
    for total in sorted(admissible(table.total, totals), key=lambda count: abs(count - centre)):
        shares = [cell.n_base for cell in table.groups.values()]
        counts = allocate(total, shares, list(ranges.values()))
        yield SolvedTable(
            table.organisation_code,
            table.question_id,
            {group: cell.n_base for group, cell in table.groups.items()},
            dict(zip(ranges, counts, strict=True)),
        )


def _counts_printing(cell: PublishedCell, printed: Callable[[int], IntArray]) -> range:
    """Counts of a cell that print its score; all possible ones where the score is hidden."""
    values = printed(cell.n_base)
    if cell.score is None:
        return range(len(values))
    first = int(np.searchsorted(values, printed_points(cell.score), side="left"))
    after_last = int(np.searchsorted(values, printed_points(cell.score), side="right"))
    return range(first, after_last)


def allocate(total: int, shares: Sequence[int], ranges: Sequence[range]) -> list[int]:
    """Split a total, which lies between the ranges' sums, over groups: near their shares and within their ranges.

    Every group starts at its share, moved into its range; what is then missing or too much is spread over the groups in
    proportion to the room they have left.
    """
    whole = sum(shares) or 1
    counts = [
        min(max(round(total * share / whole), allowed[0]), allowed[-1])
        for share, allowed in zip(shares, ranges, strict=True)
    ]
    gap = total - sum(counts)
    rooms = [
        (allowed[-1] - count if gap > 0 else count - allowed[0]) for count, allowed in zip(counts, ranges, strict=True)
    ]
    filled, room_before, room = [], 0, sum(rooms) or 1
    for count, own in zip(counts, rooms, strict=True):
        # Differences of rounded-down cumulative shares are whole, add up to the gap and never exceed a group's room.
        share_of_gap = abs(gap) * (room_before + own) // room - abs(gap) * room_before // room
        filled.append(count + (share_of_gap if gap > 0 else -share_of_gap))
        room_before += own
    return filled
