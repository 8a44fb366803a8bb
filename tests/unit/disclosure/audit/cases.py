"""Random small registers of every shape that a release has; a truth behind each, which the register does not hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from orchestration.disclosure.audit.insider import with_insiders
from orchestration.disclosure.audit.register import Register, build_register


@dataclass
class Draft:
    """A register in the making, with the truth of each cell."""

    random: np.random.Generator
    truth: list[int] = field(default_factory=list)
    cells: list[tuple[str, int, int]] = field(default_factory=list)
    rows: list[tuple[str, str, str, int | None, int | None]] = field(default_factory=list)
    entries: list[tuple[int, int, int]] = field(default_factory=list)
    targets: list[tuple[str, str, int, int, int]] = field(default_factory=list)
    target_entries: list[tuple[int, int, int]] = field(default_factory=list)

    def cell(self, value: int, upper: int, lower: int = 0) -> int:
        self.cells.append((f"cell {len(self.cells)}", lower, upper))
        self.truth.append(value)
        return len(self.cells) - 1

    def publish(self, cells: list[int], coefficients: list[int] | None = None, low: int = 0, high: int = 0) -> None:
        """A row about these cells: from `low` below to `high` above its true value."""
        weights = coefficients or [1] * len(cells)
        total = sum(w * self.truth[c] for w, c in zip(weights, cells, strict=True))
        self.entries += [(len(self.rows), c, w) for c, w in zip(cells, weights, strict=True)]
        self.rows.append(("table", "n", f"row {len(self.rows)}", total - low, total + high))

    def publish_rounded(self, cells: list[int], to: int = 5) -> None:
        total = sum(self.truth[c] for c in cells)
        printed = (total + to // 2) // to * to
        self.publish(cells, low=total - printed + to // 2, high=printed + to // 2 - total)

    def hide(self, cells: list[int], base: int, coefficients: list[int] | None = None) -> None:
        """A target: these cells together, of a known base; the width of the policy at random."""
        weights = coefficients or [1] * len(cells)
        self.target_entries += [(len(self.targets), c, w) for c, w in zip(cells, weights, strict=True)]
        width = int(self.random.integers(1, 5))
        self.targets.append(("table", f"hidden {len(self.targets)}", width, 0, base))

    def register(self) -> Register:
        if self.random.random() < 0.1 and self.rows:
            # A misprint: often no table is left.
            at = int(self.random.integers(len(self.rows)))
            table, column, key, low, high = self.rows[at]
            self.rows[at] = (table, column, key, (low or 0) + 1, (high or 0) + 1)
        register = build_register(
            pd.DataFrame(self.cells, columns=["cell_key", "lower", "upper"]),
            pd.DataFrame(self.rows, columns=["table_name", "column_name", "row_key", "lower", "upper"]),
            pd.DataFrame(self.entries, columns=["row", "cell", "coefficient"]),
            pd.DataFrame(self.targets, columns=["table_name", "target_key", "width", "frame_lower", "frame_upper"]),
            pd.DataFrame(self.target_entries, columns=["target", "cell", "coefficient"]),
        )
        return with_insiders(register) if self.random.random() < 0.5 else register


def _grid(draft: Draft, n_rows: int, n_columns: int, largest: int) -> tuple[np.ndarray, np.ndarray]:
    """Cells of a table with published bases: their numbers and bases."""
    bases = draft.random.integers(0, largest + 1, (n_rows, n_columns))
    share = draft.random.choice([0.2, 0.5, 0.95])
    numbers = [[draft.cell(int(draft.random.binomial(n, share)), int(n)) for n in row] for row in bases]
    return np.array(numbers), bases


def _hide_or_show(draft: Draft, numbers: np.ndarray, bases: np.ndarray, hidden_share: float) -> None:
    for number, base in zip(numbers.ravel().tolist(), bases.ravel().tolist(), strict=True):
        if draft.random.random() < hidden_share:
            draft.hide([number], base)
        else:
            draft.publish([number])


def two_margins(draft: Draft) -> None:
    """Both margins of a table, some of its cells."""
    numbers, bases = _grid(draft, 2, int(draft.random.integers(2, 5)), 4)
    _hide_or_show(draft, numbers, bases, 0.75)
    for line in [*numbers, *numbers.T]:
        if draft.random.random() < 0.9:
            draft.publish(line.tolist())


def hierarchy(draft: Draft) -> None:
    """Organisations within parents by two groups; a parent's total less its other organisations."""
    numbers, bases = _grid(draft, 4, 2, 3)
    _hide_or_show(draft, numbers, bases, 0.7)
    for line in numbers:
        if draft.random.random() < 0.6:
            draft.publish(line.tolist())
    for parent in (numbers[:2], numbers[2:]):
        draft.publish(parent.ravel().tolist())
        for group in parent.T:
            if draft.random.random() < 0.7:
                draft.publish(group.tolist())
    draft.hide(numbers[0].tolist(), int(bases[0].sum()))


def two_bases(draft: Draft) -> None:
    """Complete cases and, beside them, all answers: the gap between them is a cell too."""
    complete, n_complete = _grid(draft, 1, 4, 3)
    gap, n_gap = _grid(draft, 1, 4, 2)
    for at in range(4):
        both = [int(complete[0, at]), int(gap[0, at])]
        draft.hide(both[:1], int(n_complete[0, at]))
        draft.hide(both, int(n_complete[0, at] + n_gap[0, at]))
        if draft.random.random() < 0.4:
            draft.publish(both)
    draft.publish(complete[0].tolist())
    draft.publish([*complete[0].tolist(), *gap[0].tolist()])
    # Overlapping groups: an odd cycle, in which vertices of the linear program are halves.
    for pair in ((0, 1), (1, 2), (2, 0)):
        if draft.random.random() < 0.5:
            draft.publish([int(complete[0, pair[0]]), int(complete[0, pair[1]])])


def ratings(draft: Draft) -> None:
    """Persons by rating 0-4 of two groups: number, sum and sum of squares, exactly or within limits."""
    groups = []
    for _ in range(2):
        values = draft.random.integers(0, 5, int(draft.random.integers(1, 5)))
        group = [draft.cell(int((values == k).sum()), len(values)) for k in range(5)]
        slack = int(draft.random.integers(0, 2))
        draft.publish(group)
        draft.publish(group, [0, 1, 2, 3, 4], slack, slack)
        if draft.random.random() < 0.7:
            draft.publish(group, [0, 1, 4, 9, 16], 2 * slack, 2 * slack)
        for k in (0, 4):
            draft.hide([group[k]], len(values))
        draft.hide(group, 4 * len(values), [0, 1, 2, 3, 4])
        groups.append(group)
    for k in range(5):
        if draft.random.random() < 0.4:
            draft.publish([groups[0][k], groups[1][k]])


def rounded(draft: Draft) -> None:
    """Totals and shown cells rounded to 5."""
    numbers, bases = _grid(draft, 2, 2, 9)
    for number, base in zip(numbers.ravel().tolist(), bases.ravel().tolist(), strict=True):
        if draft.random.random() < 0.6:
            draft.hide([number], base)
        else:
            draft.publish_rounded([number])
    for line in [*numbers, *numbers.T]:
        draft.publish_rounded(line.tolist())


def two_releases(draft: Draft) -> None:
    """A release and its correction: answers taken out and put in are cells; how many there were is known."""
    numbers, bases = _grid(draft, 1, 3, 3)
    before = numbers[0].tolist()
    n_corrected = int(draft.random.integers(1, 3))
    at = draft.random.integers(0, 3, n_corrected)
    added = [draft.cell(int((at == i).sum()), 2) for i in range(3)]
    taken = [draft.cell(int(draft.random.integers(0, min(2, draft.truth[x] + 1))), 2) for x in before]
    draft.publish(added)
    for i in range(3):
        draft.publish([before[i], taken[i]], [1, -1], low=draft.truth[before[i]] - draft.truth[taken[i]], high=3)
        draft.hide([before[i]], int(bases[0, i]))
        draft.hide([before[i], added[i], taken[i]], int(bases[0, i]) + 2, [1, 1, -1])
        if draft.random.random() < 0.5:
            draft.publish([before[i], added[i], taken[i]], [1, 1, -1])
    draft.publish(before)
    draft.publish([*before, *added, *taken], [1] * 6 + [-1] * 3)


def all_or_none(draft: Draft) -> None:
    """A coefficient marked `infinite`, or a remainder, says that everybody in some cells was positive."""
    numbers, bases = _grid(draft, 2, 3, 3)
    _hide_or_show(draft, numbers, bases, 0.9)
    some = draft.random.choice(numbers.ravel(), 3, replace=False).tolist()
    for number in some:
        draft.truth[number] = draft.cells[number][2]
    # What was published before the truth was set is published again.
    draft.rows.clear()
    draft.entries.clear()
    draft.publish(some)
    for line in numbers:
        draft.publish(line.tolist())
    draft.publish(numbers[:, 0].tolist())


SHAPES: tuple[Callable[[Draft], None], ...] = (
    two_margins,
    hierarchy,
    two_bases,
    ratings,
    rounded,
    two_releases,
    all_or_none,
)


def random_register(seed: int) -> Register:
    """The register of a seed; shapes take turns."""
    draft = Draft(np.random.default_rng(seed))
    SHAPES[seed % len(SHAPES)](draft)
    return draft.register()
