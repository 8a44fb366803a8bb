"""The reduced normal equations of a question's cells, and which effects have no finite estimate.

The organisation block of the information matrix is diagonal: it is eliminated, and what is left (the Schur complement)
has the size of the covariates. An effect has no estimate of its own where others explain it (aliased) or where it is
infinite (separated). Most separated effects are found by counting before anything is fitted: an organisation or a
covariate level whose answers are all positive (or all negative) has no finite estimate, and its cells say nothing about
the others. Taking them out may leave another one perfectly predicted, so this is repeated. What only a combination of
effects separates is found by the fit, as a direction in which the likelihood rises for ever, and is added here.

Does not belong here: what the weights are (`fixed_effects`).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.case_mix.design import Cells, sum_by

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

_ALIAS_TOLERANCE = 1e-9
# Directions to infinity are scaled to 1; one found by the fit is exact to much less than this.
DIRECTION_TOLERANCE = 0.05


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


def _first_sign(parts: list[Floats], size: int) -> Floats:
    """Sign of the first part that is not zero, shape (size,)."""
    sign = np.zeros(size)
    for part in parts:
        sign = np.where(sign == 0, np.where(np.abs(part) > DIRECTION_TOLERANCE, np.sign(part), 0.0), sign)
    return sign


@dataclass(frozen=True)
class Separation:
    """Directions to infinity, (organisations (k,), levels (L,)) each; an earlier one dominates a later one."""

    steps: tuple[tuple[Floats, Floats], ...]
    active: Flags
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

    def limits(self, pattern_levels: Integers) -> Floats:
        """+1 or -1 where the linear predictor of an organisation x pattern is infinite, else 0; shape (k, P)."""
        sign = np.zeros((self.n_organisations, len(pattern_levels)))
        for organisation, level in self.steps:
            value = organisation[:, None] + level[pattern_levels].sum(axis=1)[None, :]
            sign = np.where((sign == 0) & (np.abs(value) > DIRECTION_TOLERANCE), np.sign(value), sign)
        return sign

    def extend(self, cells: Cells, organisation: Floats, level: Floats) -> Separation:
        """The same with one more direction, whose cells carry no information any more."""
        moves = organisation[cells.organisation] + level[cells.pattern_levels].sum(axis=1)[cells.pattern]
        active = self.active & (np.abs(moves) <= DIRECTION_TOLERANCE)
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

    Cells with positive answers only may rise, those with none may fall, mixed ones must not move.
    """
    allowed_up, allowed_down = positive == n, positive == 0
    return bool(
        np.all((moves <= DIRECTION_TOLERANCE) | allowed_up) and np.all((moves >= -DIRECTION_TOLERANCE) | allowed_down)
    )
