"""Normal equations of a model with organisation effects, reduced to the covariates.

The organisation block of the information matrix is diagonal: it is eliminated, and what is left (the Schur complement)
has the size of the covariates.

Belongs here: cells, free columns, elimination, solving. Does not belong here: what the weights are (`fixed_effects`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.design import sum_by

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_ALIAS_TOLERANCE = 1e-9


@dataclass(frozen=True)
class Cells:
    """Answers to one question by organisation x covariate pattern, in any order; cells may be without answers."""

    organisation: Integers
    pattern: Integers
    n: Floats
    total: Floats
    """Positives, or the sum of ratings."""
    n_organisations: int
    pattern_levels: Integers
    """Shape (P, F), see `design.CovariateCoding`."""
    n_levels: int
    total_squares: Floats | None = None
    """Sum of squared ratings; None for a logistic model."""


@dataclass(frozen=True)
class System:
    """Cells in use and the free columns of the design."""

    cells: Cells
    active: Flags
    organisation: Integers
    pattern: Integers
    free: Integers
    indicator: Floats
    block_index: tuple[Integers, ...]
    block_columns: tuple[Integers, ...]

    def per_organisation(self, values: Floats) -> Floats:
        """Sums of cell values by organisation, shape (k,)."""
        return sum_by(self.organisation, values, self.cells.n_organisations)

    def per_pattern(self, values: Floats) -> Floats:
        """Sums of cell values by pattern, shape (P,)."""
        return sum_by(self.pattern, values, len(self.cells.pattern_levels))

    def cross(self, weights: Floats) -> Floats:
        """Sums of weights by organisation x free level, shape (k, K)."""
        k = self.cells.n_organisations
        full = np.zeros((k, self.cells.n_levels))
        for index, columns in zip(self.block_index, self.block_columns, strict=True):
            full[:, columns] = sum_by(index, weights, k * len(columns)).reshape(k, len(columns))
        return np.asarray(full[:, self.free])

    def eliminate(self, weights: Floats) -> tuple[Floats, Floats, Floats]:
        """Information of organisations (k,), within-organisation means (k, K), and the Schur complement (K, K)."""
        information = self.per_organisation(weights)
        cross = self.cross(weights)
        means = cross / np.where(information > 0, information, 1.0)[:, None]
        normal = self.indicator.T @ (self.per_pattern(weights)[:, None] * self.indicator)
        return information, means, normal - cross.T @ means


def _covariate_blocks(pattern_levels: Integers) -> list[Integers]:
    """Level numbers that occur in each covariate."""
    return [np.unique(levels) for levels in pattern_levels.T]


def build_system(cells: Cells, active: Flags) -> System:
    """Choose the free columns: of each covariate the levels with answers, but for its largest."""
    organisation, pattern, n = cells.organisation[active], cells.pattern[active], cells.n[active]
    free: list[int] = []
    index, columns = [], []
    for covariate, levels in enumerate(_covariate_blocks(cells.pattern_levels)):
        position = np.searchsorted(levels, cells.pattern_levels[pattern, covariate])
        index.append(organisation * len(levels) + position)
        columns.append(levels)
        answers = sum_by(position, n, len(levels))
        answers[np.argmax(answers)] = 0
        free += [int(level) for level in levels[answers > 0]]
    chosen = np.array(free, dtype=np.int64)
    indicator = np.zeros((len(cells.pattern_levels), cells.n_levels))
    np.put_along_axis(indicator, cells.pattern_levels, 1.0, axis=1)
    return System(cells, active, organisation, pattern, chosen, indicator[:, chosen], tuple(index), tuple(columns))


def drop_aliased(system: System, n: Floats) -> tuple[System, Integers]:
    """Leave out columns that others and the organisation effects explain (the later of two, as R's pivoting does)."""
    schur = system.eliminate(n)[2]
    diagonal = system.indicator.T @ system.per_pattern(n)
    work, kept, dropped = schur.copy(), [], []
    for column in range(len(system.free)):
        pivot = work[column, column]
        if pivot <= _ALIAS_TOLERANCE * diagonal[column]:
            dropped.append(column)
            continue
        kept.append(column)
        work = work - np.outer(work[:, column], work[column]) / pivot
    if not dropped:
        return system, np.zeros(0, dtype=np.int64)
    free, gone = system.free[kept], system.free[dropped]
    return replace(system, free=free, indicator=system.indicator[:, kept]), gone


def inverse(schur: Floats) -> Floats:
    """Inverse; the pseudo-inverse where an effect that runs to infinity has left no curvature."""
    if not len(schur):
        return schur
    try:
        return np.asarray(np.linalg.inv(schur), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(schur, hermitian=True), dtype=np.float64)


def solve(schur: Floats, score: Floats) -> Floats:
    """Solution of the reduced normal equations, as `inverse`."""
    if not len(schur):
        return score
    try:
        return np.asarray(np.linalg.solve(schur, score), dtype=np.float64)
    except np.linalg.LinAlgError:
        return np.asarray(inverse(schur) @ score, dtype=np.float64)
