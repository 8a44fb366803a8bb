"""Which effects of a logistic model are infinite.

Most are found by counting before anything is fitted: an organisation or a covariate level whose answers are all
positive (or all negative) has no finite estimate, and its cells say nothing about the others. Taking them out may leave
another one perfectly predicted, so this is repeated. What only a combination of effects separates is found by the fit,
as a direction in which the likelihood rises for ever, and is added here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.case_mix.design import sum_by
from orchestration.statistics.case_mix.normal_equations import Cells

Floats = NDArray[np.float64]

# Directions are scaled to 1; one found by the fit is exact to much less than this.
TOLERANCE = 0.05


def _first_sign(parts: list[Floats], size: int) -> Floats:
    """Sign of the first part that is not zero, shape (size,)."""
    sign = np.zeros(size)
    for part in parts:
        sign = np.where(sign == 0, np.where(np.abs(part) > TOLERANCE, np.sign(part), 0.0), sign)
    return sign


@dataclass(frozen=True)
class Separation:
    """Directions to infinity, (organisations (k,), levels (L,)) each; an earlier one dominates a later one."""

    steps: tuple[tuple[Floats, Floats], ...]
    active: NDArray[np.bool_]
    """Cells that carry information on finite effects, shape (cells,)."""
    n_organisations: int
    n_levels: int

    @property
    def organisation(self) -> Floats:
        """+1 or -1 where an organisation's effect is infinite, else 0; shape (k,)."""
        return _first_sign([step[0] for step in self.steps], self.n_organisations)

    @property
    def level(self) -> Floats:
        """The same of the covariate levels, shape (L,)."""
        return _first_sign([step[1] for step in self.steps], self.n_levels)

    def limits(self, pattern_levels: NDArray[np.int64]) -> Floats:
        """+1 or -1 where the linear predictor of an organisation x pattern is infinite, else 0; shape (k, P)."""
        sign = np.zeros((self.n_organisations, len(pattern_levels)))
        for organisation, level in self.steps:
            value = organisation[:, None] + level[pattern_levels].sum(axis=1)[None, :]
            sign = np.where((sign == 0) & (np.abs(value) > TOLERANCE), np.sign(value), sign)
        return sign

    def extend(self, cells: Cells, organisation: Floats, level: Floats) -> Separation:
        """The same with one more direction, whose cells carry no information any more."""
        moves = organisation[cells.organisation] + level[cells.pattern_levels].sum(axis=1)[cells.pattern]
        active = self.active & (np.abs(moves) <= TOLERANCE)
        return replace(self, steps=(*self.steps, (organisation, level)), active=active)


def _one_sided(total: Floats, positive: Floats) -> Floats:
    """+1 where all of at least one answer is positive, -1 where none is, else 0."""
    return np.where(total > 0, (positive == total) * 1.0 - (positive == 0) * 1.0, 0.0)


def _levels_one_sided(cells: Cells, total: Floats, positive: Floats) -> Floats:
    """`_one_sided` by covariate level, shape (L,)."""
    size = len(cells.pattern_levels)
    of_pattern = sum_by(cells.pattern, total, size), sum_by(cells.pattern, positive, size)
    sums = np.zeros((2, cells.n_levels))
    for levels in cells.pattern_levels.T:
        for row, counts in zip(sums, of_pattern, strict=True):
            row += sum_by(levels, counts, cells.n_levels)
    return _one_sided(sums[0], sums[1])


def count_separation(cells: Cells, separation: Separation | None = None) -> Separation:
    """One-sided organisations and levels, in turns until there is none; after those of `separation` where given."""
    k, size = cells.n_organisations, cells.n_levels
    found = separation or Separation((), cells.n > 0, k, size)
    while True:
        steps = len(found.steps)
        total, positive = cells.n * found.active, cells.total * found.active
        sides = _one_sided(sum_by(cells.organisation, total, k), sum_by(cells.organisation, positive, k))
        if sides.any():
            found = found.extend(cells, sides, np.zeros(size))
            total, positive = cells.n * found.active, cells.total * found.active
        sides = _levels_one_sided(cells, total, positive)
        if sides.any():
            active = found.active & (sides[cells.pattern_levels] == 0).all(axis=1)[cells.pattern]
            found = replace(found, steps=(*found.steps, (np.zeros(k), sides)), active=active)
        if len(found.steps) == steps:
            return found


def is_recession(moves: Floats, n: Floats, positive: Floats) -> bool:
    """Whether a direction, as the change of every cell's linear predictor (scaled to 1), never lowers the likelihood.

    Cells with positive answers only may rise, those with none may fall, mixed ones must stand still.
    """
    allowed_up, allowed_down = positive == n, positive == 0
    return bool(np.all((moves <= TOLERANCE) | allowed_up) and np.all((moves >= -TOLERANCE) | allowed_down))
