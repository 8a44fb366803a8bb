"""Normal equations of a model with organisation effects, reduced to the covariates.

The organisation block of the information matrix is diagonal: it is eliminated, and what is left (the Schur complement)
has the size of the covariates.

Belongs here: cells, free columns, elimination, solving. Does not belong here: what the weights are (`fixed_effects`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.case_mix.design import sum_by

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
    organisation_levels: tuple[Integers, ...]
    """Of each covariate: organisation x level of every cell as one number, shape (cells,)."""
    level_pairs: Integers
    """Level x level of every pattern as one number, a row a pair of covariates, shape (pairs, P)."""

    def per_organisation(self, values: Floats) -> Floats:
        """Sums of cell values by organisation, shape (k,)."""
        return sum_by(self.organisation, values, self.cells.n_organisations)

    def per_pattern(self, values: Floats) -> Floats:
        """Sums of cell values by pattern, shape (P,)."""
        return sum_by(self.pattern, values, len(self.cells.pattern_levels))

    def all_levels(self, values: Floats) -> Floats:
        """Sums of cell values by covariate level, shape (L,)."""
        by_pattern, levels = self.per_pattern(values), self.cells.pattern_levels
        return sum_by(levels.T.ravel(), np.tile(by_pattern, levels.shape[1]), self.cells.n_levels)

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
        k, size = self.cells.n_organisations, self.cells.n_levels
        full = np.zeros(k * size)
        for index in self.organisation_levels:
            full += sum_by(index, weights, k * size)
        return np.asarray(full.reshape(k, size)[:, self.free])

    def normal(self, weights: Floats) -> Floats:
        """Sums of weights by free level x free level, shape (K, K)."""
        size = self.cells.n_levels
        by_pattern = np.tile(self.per_pattern(weights), len(self.level_pairs))
        half = sum_by(self.level_pairs.ravel(), by_pattern, size * size).reshape(size, size)
        full = half + half.T - np.diag(np.diag(half))
        return np.asarray(full[self.free][:, self.free])

    def eliminate(self, weights: Floats) -> tuple[Floats, Floats, Floats]:
        """Information of organisations (k,), within-organisation means (k, K), and the Schur complement (K, K)."""
        information = self.per_organisation(weights)
        cross = self.cross(weights)
        means = cross / np.where(information > 0, information, 1.0)[:, None]
        return information, means, self.normal(weights) - cross.T @ means


def build_system(cells: Cells, active: Flags) -> System:
    """Choose the free columns: of each covariate the levels with answers, but for its largest."""
    organisation, pattern, size = cells.organisation[active], cells.pattern[active], cells.n_levels
    covariates = list(cells.pattern_levels.T)
    pairs = [first * size + second for number, first in enumerate(covariates) for second in covariates[: number + 1]]
    system = System(
        cells=cells,
        active=active,
        organisation=organisation,
        pattern=pattern,
        free=np.zeros(0, dtype=np.int64),
        organisation_levels=tuple(organisation * size + levels[pattern] for levels in covariates),
        level_pairs=np.array(pairs, dtype=np.int64).reshape(len(pairs), len(cells.pattern_levels)),
    )
    answers = system.all_levels(cells.n[active])
    free: list[int] = []
    for levels in map(np.unique, covariates):
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
