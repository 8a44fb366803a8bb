"""Which effects of a logistic model are infinite, found by counting before anything is fitted.

An organisation or a covariate level whose answers are all positive (or all negative) has no finite estimate, and its
cells say nothing about the others. Taking them out may leave another one perfectly predicted, so this is repeated.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.design import sum_by

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


def find_separation(
    organisation: Integers, cell_levels: Integers, n: Floats, positive: Floats, n_organisations: int, n_levels: int
) -> Separation:
    """Infinite effects of organisations and covariate levels.

    `organisation` (cells,), `cell_levels` (cells, F) level numbers, `n` and `positive` (cells,) counts.
    """
    active = n > 0
    infinite_org, infinite_level = np.zeros(n_organisations), np.zeros(n_levels)
    dominance = 1e9
    while True:
        found = False
        sides = _one_sided(
            sum_by(organisation[active], n[active], n_organisations),
            sum_by(organisation[active], positive[active], n_organisations),
        )
        if sides.any():
            infinite_org += sides * dominance
            active &= sides[organisation] == 0
            dominance, found = dominance / 100, True
        total, positives = np.zeros(n_levels), np.zeros(n_levels)
        for levels in cell_levels.T:
            total += sum_by(levels[active], n[active], n_levels)
            positives += sum_by(levels[active], positive[active], n_levels)
        sides = _one_sided(total, positives)
        if sides.any():
            infinite_level += sides * dominance
            active &= (sides[cell_levels] == 0).all(axis=1)
            dominance, found = dominance / 100, True
        if not found:
            return Separation(infinite_org, infinite_level, active)
