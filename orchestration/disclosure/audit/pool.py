"""The pool of tables: the least and greatest value that the tables found so far give each target.

One table moves many cells, so that most targets are proven by tables made for others. Belongs here: bookkeeping of
values and of the two tables that prove a target. Does not belong here: how tables are found (`block`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from orchestration.disclosure.audit.register import NO_LIMIT

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]


class Pool:
    """Tables of a block and what they prove for its k targets.

    cells: the cell of each target. frame_lower, frame_upper: values outside are not counted. lower, upper: bounds
    already proven. goal: width at which a target needs no further table; kept at most the width of lower..upper.
    """

    def __init__(
        self,
        cells: Integers,
        frame_lower: Integers,
        frame_upper: Integers,
        lower: Integers,
        upper: Integers,
        goal: Integers,
    ) -> None:
        self.cells = cells
        self._frame = frame_lower, frame_upper
        self.lower, self.upper = np.maximum(lower, frame_lower), np.minimum(upper, frame_upper)
        self._goal = goal
        # Attained values; none yet.
        self.least, self.greatest = np.full(len(cells), NO_LIMIT), np.full(len(cells), -NO_LIMIT)
        self.least_table, self.greatest_table = np.full(len(cells), -1), np.full(len(cells), -1)
        self.tables: list[Integers] = []
        self.is_done = np.zeros(len(cells), dtype=bool)
        self._settle()

    @property
    def is_met(self) -> Mask:
        """Targets that have a table at all."""
        return self.least_table >= 0

    def take(self, table: Integers) -> int:
        """Adds a table where it widens a target that is not done; returns how many targets it finished."""
        values = table[self.cells]
        counts = ~self.is_done & (values >= self._frame[0]) & (values <= self._frame[1])
        is_lower, is_higher = counts & (values < self.least), counts & (values > self.greatest)
        if not (is_lower.any() or is_higher.any()):
            return 0
        self.least[is_lower], self.least_table[is_lower] = values[is_lower], len(self.tables)
        self.greatest[is_higher], self.greatest_table[is_higher] = values[is_higher], len(self.tables)
        self.tables.append(table)
        before = int(self.is_done.sum())
        self._settle()
        return int(self.is_done.sum()) - before

    def bound(self, target: int, direction: int, value: int | None) -> None:
        """A proven bound of a target: no table goes beyond it. None: no table lies in the target's frame."""
        if value is None:
            self.lower[target], self.upper[target] = self._frame[1][target] + 1, self._frame[0][target] - 1
        else:
            # What holds of a cell in a wide frame holds in every frame inside it.
            same = (self.cells == self.cells[target]) & (self._frame[0] >= self._frame[0][target])
            same &= self._frame[1] <= self._frame[1][target]
            if direction > 0:
                self.upper[same] = np.minimum(self.upper[same], value)
            else:
                self.lower[same] = np.maximum(self.lower[same], value)
        self._settle()

    def is_narrower(self, lower: Integers, upper: Integers) -> Mask:
        """Targets whose frame leaves out an end of their cell's bounds (each n)."""
        return (self._frame[0] > lower[self.cells]) | (self._frame[1] < upper[self.cells])

    def narrowed(
        self, lower: Integers, upper: Integers, targets: Integers, table: Integers
    ) -> tuple[Integers, Integers, Integers]:
        """Bounds of all cells narrowed to the frames of those targets whose frame holds the table; these targets."""
        values = table[self.cells[targets]]
        held = targets[(values >= self._frame[0][targets]) & (values <= self._frame[1][targets])]
        low, high = lower.copy(), upper.copy()
        np.maximum.at(low, self.cells[held], self._frame[0][held])
        np.minimum.at(high, self.cells[held], self._frame[1][held])
        return low, high, held

    def room(self, target: int, direction: int) -> int:
        """Persons between the best table found and the proven bound."""
        return int(
            self.upper[target] - self.greatest[target] if direction > 0 else self.least[target] - self.lower[target]
        )

    def give_up(self, target: int) -> None:
        """The solver could not decide: the target is left as it is and is not asked about again."""
        self.is_done[target] = True

    def used_tables(self) -> list[int]:
        """Numbers of the tables that still prove something, or the first one."""
        used = np.unique(np.concatenate([self.least_table, self.greatest_table]))
        return [int(table) for table in used if table >= 0] or [0][: len(self.tables)]

    def start(self, table: Integers) -> None:
        """Adds the first table, also where it says nothing about a target: it shows that the block has a table."""
        self.take(table)
        if not self.tables:
            self.tables.append(table)

    def _settle(self) -> None:
        width = self.upper - self.lower
        wide_enough = self.is_met & (self.greatest - self.least >= np.minimum(self._goal, width))
        self.is_done |= wide_enough | (width < 0)
