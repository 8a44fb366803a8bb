"""Which effects of a logistic model are infinite, found by counting before anything is fitted.

An organisation or a covariate level whose answers are all positive (or all negative) has no finite estimate, and its
cells say nothing about the others. Taking them out may leave another one perfectly predicted, so this is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.design import sum_by
from orchestration.statistics.normal_equations import Cells

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Separation:
    """Infinite effects: sign x dominance; 0 is finite. What was found earlier dominates what was found later."""

    organisation: Floats
    """Shape (k,): > 0 goes to plus infinity, < 0 to minus infinity."""
    level: Floats
    """Shape (L,), as `organisation`."""
    active: NDArray[np.bool_]
    """Cells that carry information on finite effects, shape (cells,)."""


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


def find_separation(cells: Cells) -> Separation:
    """Infinite effects of organisations and covariate levels of a logistic model."""
    organisation, n_organisations, n_levels = cells.organisation, cells.n_organisations, cells.n_levels
    active = cells.n > 0
    total, positive = cells.n * active, cells.total * active
    infinite_org, infinite_level = np.zeros(n_organisations), np.zeros(n_levels)
    dominance = 1e9
    while True:
        found = False
        sides = _one_sided(
            sum_by(organisation, total, n_organisations), sum_by(organisation, positive, n_organisations)
        )
        if sides.any():
            infinite_org += sides * dominance
            active &= sides[organisation] == 0
            total, positive = total * active, positive * active
            dominance, found = dominance / 100, True
        sides = _levels_one_sided(cells, total, positive)
        if sides.any():
            infinite_level += sides * dominance
            active &= (sides[cells.pattern_levels] == 0).all(axis=1)[cells.pattern]
            total, positive = total * active, positive * active
            dominance, found = dominance / 100, True
        if not found:
            return Separation(infinite_org, infinite_level, active)
