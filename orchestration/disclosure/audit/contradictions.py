"""Published figures that no data can have produced: which ones, and as few as can be found.

Method: deletion filter (Chinneck 2008, Feasibility and Infeasibility in Optimization, section 6): rows are taken away
in halving groups as long as the rest still has no integer table. What stays is irreducible: without any one of its rows
there is a table. It need not be the smallest such set; several orders are tried and the shortest is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from orchestration.disclosure.audit.problem import Problem, propagate, wrong_rows
from orchestration.disclosure.audit.register import Register
from orchestration.disclosure.audit.solver import Solver

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]

ORDERS = 3
NAMED = 8


@dataclass(frozen=True)
class Contradiction:
    """Published rows that together have no integer table within the bounds of their cells.

    rows: numbers in the register; cells: the cells that these rows count. Without rows: one cell's own bounds cross.
    """

    rows: tuple[int, ...]
    cells: tuple[int, ...]

    def message(self, register: Register) -> str:
        """What an analyst has to compare, and what to do."""
        cells = [str(register.cell_keys[cell]) for cell in self.cells[:NAMED] if cell < register.n_cells]
        more = f" and {len(self.cells) - NAMED} more" if len(self.cells) > NAMED else ""
        if not self.rows:
            low, high = register.lower[self.cells[0]], register.upper[self.cells[0]]
            return (
                f"no data can have produced cell {cells[0]}: at least {low} and at most {high}; correct what bounds it"
            )
        figures = "; ".join(
            f"{register.row_name(row)} allows {register.row_lower[row]} to {register.row_upper[row]}"
            for row in self.rows
        )
        return (
            f"no data can have produced these {len(self.rows)} published figures together: {figures}. They count "
            f"{', '.join(cells)}{more}. One of them is wrong, or the register misstates what it counts: compare each "
            "with the tables, correct it and audit again"
        )


def explain(problem: Problem, rows: Integers) -> Contradiction:
    """An irreducible set among `rows` (numbers in the problem) that has no integer table."""
    part = Problem(
        matrix=sparse.csr_array(problem.matrix[rows]),
        row_lower=problem.row_lower[rows],
        row_upper=problem.row_upper[rows],
        lower=problem.lower,
        upper=problem.upper,
    )
    random = np.random.default_rng(0)
    orders = [np.arange(len(rows)), *(random.permutation(len(rows)) for _ in range(ORDERS - 1))]
    fewest = min((_irreducible(part, order) for order in orders), key=len)
    touched = np.unique(part.matrix[fewest].indices)
    return Contradiction(tuple(int(row) for row in np.sort(rows[fewest])), tuple(int(cell) for cell in touched))


def _irreducible(problem: Problem, rows: Integers) -> Integers:
    size = max(len(rows) // 2, 1)
    while True:
        start = 0
        while start < len(rows):
            rest = np.concatenate([rows[:start], rows[start + size :]])
            if has_no_table(problem, rest):
                rows = rest
            else:
                start += size
        if size == 1:
            return rows
        size //= 2


def has_no_table(problem: Problem, rows: Integers) -> bool:
    """Whether it is proven that no integer table satisfies these rows and the bounds of their cells."""
    matrix = problem.matrix[rows]
    cells = np.unique(matrix.indices)
    part = Problem(
        matrix=sparse.csr_array(matrix[:, cells]),
        row_lower=problem.row_lower[rows],
        row_upper=problem.row_upper[rows],
        lower=problem.lower[cells],
        upper=problem.upper[cells],
    )
    tight = propagate(part)
    if (tight.lower > tight.upper).any() or wrong_rows(tight).any():
        return True
    return bool(len(cells)) and Solver(tight).any_table().is_infeasible
