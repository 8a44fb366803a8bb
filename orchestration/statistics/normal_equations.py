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
    """Cells in use and the free columns of the design.

    Sums run over one covariate, or one pair of covariates, at a time: that is faster than products with an indicator
    matrix and, unlike threaded linear algebra, adds in the same order on every machine.
    """

    cells: Cells
    active: Flags
    organisation: Integers
    pattern: Integers
    free: Integers
    blocks: tuple[Integers, ...]
    """Level numbers of each covariate."""
    positions: Integers
    """Position of each pattern's level within its covariate, shape (P, F)."""
    organisation_blocks: tuple[Integers, ...]
    """Of each cell and covariate: organisation x position, flat, shape (cells,) each."""

    def per_organisation(self, values: Floats) -> Floats:
        """Sums of cell values by organisation, shape (k,)."""
        return sum_by(self.organisation, values, self.cells.n_organisations)

    def all_levels(self, values: Floats) -> Floats:
        """Sums of cell values by covariate level, shape (L,)."""
        by_pattern = sum_by(self.pattern, values, len(self.positions))
        sums = np.zeros(self.cells.n_levels)
        for number, levels in enumerate(self.blocks):
            sums[levels] = sum_by(self.positions[:, number], by_pattern, len(levels))
        return sums

    def per_level(self, values: Floats) -> Floats:
        """Sums of cell values by free level, shape (K,)."""
        return np.asarray(self.all_levels(values)[self.free])

    def pattern_effect(self, beta: Floats) -> Floats:
        """Sum of the free effects (K,) of each cell's pattern, shape (cells,)."""
        effect = np.zeros(self.cells.n_levels)
        effect[self.free] = beta
        return np.asarray(effect[self.cells.pattern_levels].sum(axis=1)[self.pattern])

    def cross(self, weights: Floats) -> Floats:
        """Sums of weights by organisation x free level, shape (k, K)."""
        k = self.cells.n_organisations
        full = np.zeros((k, self.cells.n_levels))
        for index, levels in zip(self.organisation_blocks, self.blocks, strict=True):
            full[:, levels] = sum_by(index, weights, k * len(levels)).reshape(k, len(levels))
        return np.asarray(full[:, self.free])

    def normal(self, weights: Floats) -> Floats:
        """Sums of weights by free level x free level, shape (K, K)."""
        by_pattern = sum_by(self.pattern, weights, len(self.positions))
        full = np.zeros((self.cells.n_levels, self.cells.n_levels))
        for first, rows in enumerate(self.blocks):
            full[rows, rows] = sum_by(self.positions[:, first], by_pattern, len(rows))
            for second in range(first):
                columns = self.blocks[second]
                index = self.positions[:, first] * len(columns) + self.positions[:, second]
                block = sum_by(index, by_pattern, len(rows) * len(columns)).reshape(len(rows), len(columns))
                full[np.ix_(rows, columns)] = block
                full[np.ix_(columns, rows)] = block.T
        return np.asarray(full[np.ix_(self.free, self.free)])

    def eliminate(self, weights: Floats) -> tuple[Floats, Floats, Floats]:
        """Information of organisations (k,), within-organisation means (k, K), and the Schur complement (K, K)."""
        information = self.per_organisation(weights)
        cross = self.cross(weights)
        means = cross / np.where(information > 0, information, 1.0)[:, None]
        return information, means, self.normal(weights) - cross.T @ means


def build_system(cells: Cells, active: Flags) -> System:
    """Choose the free columns: of each covariate the levels with answers, but for its largest."""
    organisation, pattern, n = cells.organisation[active], cells.pattern[active], cells.n[active]
    blocks = tuple(np.unique(levels) for levels in cells.pattern_levels.T)
    positions = np.zeros_like(cells.pattern_levels)
    for number, levels in enumerate(blocks):
        positions[:, number] = np.searchsorted(levels, cells.pattern_levels[:, number])
    flat = tuple(organisation * len(levels) + positions[pattern, number] for number, levels in enumerate(blocks))
    system = System(cells, active, organisation, pattern, np.zeros(0, dtype=np.int64), blocks, positions, flat)
    answers = system.all_levels(n)
    free: list[int] = []
    for levels in blocks:
        largest = levels[np.argmax(answers[levels])]
        free += [int(level) for level in levels if answers[level] > 0 and level != largest]
    return replace(system, free=np.array(free, dtype=np.int64))


def drop_aliased(system: System, n: Floats) -> tuple[System, Integers]:
    """Leave out columns that others and the organisation effects explain (the later of two, as R's pivoting does)."""
    schur = system.eliminate(n)[2]
    diagonal = system.per_level(n)
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
    return replace(system, free=free), gone


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
