"""Integer cells under linear rows, and what follows from the rows one at a time (propagation of bounds).

Belongs here: the arithmetic form of a register, its parts and its interval arithmetic, all in exact 64-bit integers.
Does not belong here: linear programming (`solver`) or names of published figures (`register`).

Every target becomes a cell of its own: a hidden sum z = F x is one more cell with the row F x - z = 0, so that all
later steps ask about single cells.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from orchestration.disclosure.audit.register import UNBOUNDED, Register

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

# Bounds that creep by one a pass (x <= y - 1, y <= x - 1) are left to the solver; fewer passes are looser, never wrong.
MAX_PASSES = 60


@dataclass(frozen=True)
class Problem:
    """m rows over n integer cells: row_lower <= matrix x <= row_upper, lower <= x <= upper."""

    matrix: sparse.csr_array
    row_lower: Integers
    row_upper: Integers
    lower: Integers
    upper: Integers

    @property
    def n_cells(self) -> int:
        """Number of cells, those of hidden sums with them."""
        return len(self.lower)

    def agrees(self, table: Integers) -> bool:
        """Whether a table (n integers) satisfies every bound and row; exact."""
        sums = self.matrix @ table
        return bool(
            (table >= self.lower).all()
            and (table <= self.upper).all()
            and (sums >= self.row_lower).all()
            and (sums <= self.row_upper).all()
        )


def problem_of(register: Register) -> tuple[Problem, Integers]:
    """The register's problem, hidden sums as further cells, and the cell of each target."""
    functionals = register.targets.matrix
    counts = np.diff(functionals.indptr)
    is_cell = counts == 1
    is_cell[is_cell] = functionals.data[functionals.indptr[:-1][is_cell]] == 1
    cell_of_target = np.empty(len(counts), dtype=np.int64)
    cell_of_target[is_cell] = functionals.indices[functionals.indptr[:-1][is_cell]]
    sums = np.flatnonzero(~is_cell)
    cell_of_target[sums] = register.n_cells + np.arange(len(sums))
    widest = np.asarray(abs(functionals[sums]).sum(axis=1), dtype=np.int64) * UNBOUNDED
    own, hidden = register.matrix.tocoo(), functionals[sums].tocoo()
    values = np.concatenate([own.data, hidden.data, np.full(len(sums), -1)])
    below = register.n_rows + np.arange(len(sums))
    at_row = np.concatenate([own.coords[0], register.n_rows + hidden.coords[0], below])
    at_cell = np.concatenate([own.coords[1], hidden.coords[1], cell_of_target[sums]])
    shape = (register.n_rows + len(sums), register.n_cells + len(sums))
    nought = np.zeros(len(sums), dtype=np.int64)
    problem = Problem(
        matrix=sparse.coo_array((values, (at_row, at_cell)), shape=shape).tocsr(),
        row_lower=np.concatenate([register.row_lower, nought]),
        row_upper=np.concatenate([register.row_upper, nought]),
        # Bounds that cross are reported as they are; swapped, they let the rest be audited.
        lower=np.concatenate([np.minimum(register.lower, register.upper), -widest]),
        upper=np.concatenate([np.maximum(register.lower, register.upper), widest]),
    )
    return problem, cell_of_target


def propagate(problem: Problem) -> Problem:
    """The problem with tighter bounds of cells: each row gives each of its cells a range, rounded inwards, repeatedly.

    Every integer table that agrees with the rows stays within. A cell with lower > upper proves that there is none.
    Activity bounds as in presolve of integer programs (Savelsbergh 1994, ORSA J. Computing 6).
    """
    # Cells of one value are numbers, not unknowns: a row that contradicts them is found by `wrong_rows`.
    free = np.flatnonzero(problem.lower < problem.upper)
    part = restrict(problem, free, np.arange(len(problem.row_lower)))
    lower, upper = part.lower.copy(), part.upper.copy()
    by_cell = sparse.csc_array(part.matrix)
    rows = np.flatnonzero(np.diff(part.matrix.indptr) > 0)
    for _ in range(MAX_PASSES):
        if not len(rows):
            break
        before = lower.copy(), upper.copy()
        _tighten(part, rows, lower, upper)
        changed = np.flatnonzero((lower != before[0]) | (upper != before[1]))
        # A crossed pair of bounds would go on moving: it is proof enough.
        changed = changed[lower[changed] <= upper[changed]]
        rows = np.unique(by_cell[:, changed].indices)
    tight = problem.lower.copy(), problem.upper.copy()
    tight[0][free], tight[1][free] = lower, upper
    return replace(problem, lower=tight[0], upper=tight[1])


def _tighten(problem: Problem, rows: Integers, lower: Integers, upper: Integers) -> None:
    """One pass over some rows; changes lower and upper in place."""
    part = problem.matrix[rows]
    coefficient, cell = part.data, part.indices
    row = np.repeat(np.arange(len(rows)), np.diff(part.indptr))
    is_positive = coefficient > 0
    least = coefficient * np.where(is_positive, lower[cell], upper[cell])
    greatest = coefficient * np.where(is_positive, upper[cell], lower[cell])
    starts = part.indptr[:-1]
    room_above = problem.row_upper[rows][row] - (np.add.reduceat(least, starts)[row] - least)
    room_below = problem.row_lower[rows][row] - (np.add.reduceat(greatest, starts)[row] - greatest)
    size = np.abs(coefficient)
    # size * x <= room_above and >= room_below for positive coefficients; the same with x negated for negative ones.
    at_most, at_least = room_above // size, -(-room_below // size)
    np.minimum.at(upper, cell, np.where(is_positive, at_most, -at_least))
    np.maximum.at(lower, cell, np.where(is_positive, at_least, -at_most))


def wrong_rows(problem: Problem) -> Mask:
    """Rows that no values within the cells' bounds satisfy (also rows without a cell)."""
    least, greatest = _activity(problem)
    is_wrong: Mask = (least > problem.row_upper) | (greatest < problem.row_lower)
    return is_wrong


def without_implied_rows(problem: Problem) -> Problem:
    """The problem without rows that all values within the cells' bounds satisfy; the same tables, less work."""
    least, greatest = _activity(problem)
    rows = np.flatnonzero((least < problem.row_lower) | (greatest > problem.row_upper))
    return replace(
        problem, matrix=problem.matrix[rows], row_lower=problem.row_lower[rows], row_upper=problem.row_upper[rows]
    )


def _activity(problem: Problem) -> tuple[Integers, Integers]:
    """Least and greatest sum of each row within the cells' bounds."""
    positive, negative = problem.matrix.maximum(0), problem.matrix.minimum(0)
    least: Integers = positive @ problem.lower + negative @ problem.upper
    greatest: Integers = positive @ problem.upper + negative @ problem.lower
    return least, greatest


def component_labels(matrix: sparse.csr_array, is_free: Mask) -> tuple[int, Integers, Integers]:
    """Number of connected parts of rows and free cells; the part of each cell and of each row (-1: no free cell)."""
    n_rows, n_cells = matrix.shape
    free = sparse.csr_array(matrix[:, is_free])
    free.data = np.ones(len(free.data), dtype=np.int8)
    graph = sparse.coo_array(free)
    rows, columns = graph.coords
    size = n_rows + free.shape[1]
    graph = sparse.coo_array((graph.data, (rows, n_rows + columns)), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    of_free = labels[n_rows:]
    # Cells that no row counts need nothing of each other: one part for all is less work.
    of_free[np.diff(sparse.csc_array(free).indptr) == 0] = n_rows + n_cells
    parts = np.unique(of_free)
    of_cell = np.full(n_cells, -1, dtype=np.int64)
    of_cell[is_free] = np.searchsorted(parts, of_free)
    of_row = np.full(n_rows, -1, dtype=np.int64)
    has_free = np.diff(free.indptr) > 0
    of_row[has_free] = np.searchsorted(parts, labels[:n_rows][has_free])
    return len(parts), of_cell, of_row


def restrict(problem: Problem, cells: Integers, rows: Integers) -> Problem:
    """The part of a problem on some cells and rows; all other cells of these rows are fixed and move to the bounds."""
    part = problem.matrix[rows]
    rest = np.ones(problem.n_cells, dtype=np.int64)
    rest[cells] = 0
    fixed = part @ (rest * problem.lower)
    return Problem(
        matrix=sparse.csr_array(part[:, cells]),
        row_lower=problem.row_lower[rows] - fixed,
        row_upper=problem.row_upper[rows] - fixed,
        lower=problem.lower[cells],
        upper=problem.upper[cells],
    )
