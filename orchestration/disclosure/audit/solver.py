"""The one door to HiGHS: integer tables that agree with a problem, and proven bounds of one cell.

Belongs here: linear programs with warm starts, integer programs where a vertex is not integral, and the rounding of
what they return. Does not belong here: which cell is asked about (`bounds`).

A table leaves this module only if it is integral and satisfies every row in exact integer arithmetic, so an error of
the solver can lose a proof but cannot make a false one. A bound is rounded inwards after a tolerance outwards: an upper
bound of 4.9999 means 5, so an error makes a range too wide, and the tables then decide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import highspy
import numpy as np

from orchestration.disclosure.audit.problem import Problem
from orchestration.disclosure.audit.register import NO_LIMIT

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

# Ten times the solver's own feasibility tolerance (1e-7).
TOLERANCE = 1e-6
# Nodes of one integer program; beyond it the answer is "not decided", which counts as failed.
MAX_NODES = 20_000


class SolverError(RuntimeError):
    """HiGHS ended without an answer."""


@dataclass(frozen=True)
class Answer:
    """What an optimisation of one cell proved.

    table: n integers, the best table found; None where none was. bound: no integer table goes beyond this value in the
    direction asked; None where there is no table at all. is_infeasible: proven that there is none.
    """

    table: Integers | None
    bound: int | None
    is_infeasible: bool = False


class Solver:
    """Tables of one problem; keeps the basis from call to call, which makes the next one start near its end."""

    def __init__(self, problem: Problem) -> None:
        self._problem = problem
        self._lp = _model(problem)
        self._milp: highspy.Highs | None = None
        self._limits: tuple[int, int, int] | None = None
        self.n_lps = 0
        self.n_milps = 0
        self._all = np.arange(problem.n_cells, dtype=np.int32)

    def any_table(self) -> Answer:
        """Some integer table, or the proof that there is none."""
        return self._optimise(np.zeros(self._problem.n_cells), cell=None)

    def vertex(self, weights: Floats) -> Integers | None:
        """A table that is greatest by weights (n), if HiGHS finds one and that vertex is integral."""
        try:
            return self._integral(self._run_lp(-weights)[0])
        except SolverError:
            return None

    def extreme(self, cell: int, direction: int, low: int, high: int, also: Floats | None = None) -> Answer:
        """Greatest (direction 1) or least (-1) integer value of a cell within low..high.

        `also` (n, non-negative or not): a second aim, so small that it cannot outweigh one person of the cell; the
        vertex found is then more useful for other cells.
        """
        costs = np.zeros(self._problem.n_cells) if also is None else -also
        costs[cell] = -direction
        old = int(self._problem.lower[cell]), int(self._problem.upper[cell])
        self._limit(cell, max(low, old[0]), min(high, old[1]))
        try:
            return self._optimise(costs, cell, direction)
        finally:
            self._limit(cell, *old)

    def linear_bound(self, cell: int, direction: int) -> tuple[int, Floats]:
        """Bound of a cell by the linear program alone, and the dual value of each row: zero for rows it does not need.

        Raises SolverError where the problem has no table.
        """
        costs = np.zeros(self._problem.n_cells)
        costs[cell] = -direction
        values, objective = self._run_lp(costs)
        if values is None:
            raise SolverError("a bound was asked of figures that contradict each other; audit them first")
        duals = np.array(self._lp.getSolution().row_dual)
        return direction * math.floor(TOLERANCE - objective), duals

    def _limit(self, cell: int, low: int, high: int) -> None:
        self._lp.changeColBounds(cell, float(low), float(high))
        if self._milp is not None:
            self._milp.changeColBounds(cell, float(low), float(high))
        self._limits = (cell, low, high)

    def _optimise(self, costs: Floats, cell: int | None, direction: int = 1) -> Answer:
        try:
            values, objective = self._run_lp(costs)
        except SolverError:
            return self._optimise_integers(costs, cell, direction, None, None)
        if values is None:
            return Answer(None, None, is_infeasible=True)
        table = self._integral(values)
        bound = None if cell is None else self._bound(costs, objective, cell, direction)
        if table is not None and (cell is None or table[cell] == bound):
            return Answer(table, bound)
        return self._optimise_integers(costs, cell, direction, bound, table)

    def _bound(self, costs: Floats, objective: float, cell: int, direction: int) -> int:
        """Bound of the cell's value from an objective: what the second aim can have added at most is taken off."""
        others = costs.copy()
        others[cell] = 0.0
        added = np.maximum(others * self._problem.lower, others * self._problem.upper).sum()
        return direction * math.floor(float(added) - objective + TOLERANCE)

    def _optimise_integers(
        self, costs: Floats, cell: int | None, direction: int, bound: int | None, table: Integers | None
    ) -> Answer:
        """The same as an integer program: the linear bound may lie beyond every integer table."""
        only = np.zeros(self._problem.n_cells)
        if cell is not None:
            only[cell] = costs[cell]
        if self._milp is None:
            self._milp = _model(self._problem, is_integer=True)
            if self._limits is not None:
                self._limit(*self._limits)
        self.n_milps += 1
        self._milp.changeColsCost(len(only), self._all, only)
        self._milp.run()
        status = self._milp.getModelStatus()
        if status in _NO_TABLE:
            return Answer(None, None, is_infeasible=True)
        has_table = self._milp.getInfo().primal_solution_status != 0
        found = self._integral(np.array(self._milp.getSolution().col_value)) if has_table else None
        best = found if found is not None else table
        if cell is None or (status != _OPTIMAL and bound is None):
            return Answer(best, None)
        if status == _OPTIMAL:
            least = math.floor(-self._milp.getInfo().mip_dual_bound + TOLERANCE)
            bound = direction * (least if bound is None else min(direction * bound, least))
        return Answer(best, bound)

    def _run_lp(self, costs: Floats) -> tuple[Floats | None, float]:
        """Values and objective of a linear program; None where it has no solution."""
        self.n_lps += 1
        self._lp.changeColsCost(len(costs), self._all, costs)
        self._lp.run()
        if self._lp.getModelStatus() not in _ANSWERS:
            self._run_again()
        status = self._lp.getModelStatus()
        if status in _NO_TABLE:
            return None, 0.0
        if status != _OPTIMAL:
            raise SolverError(f"HiGHS ended a linear program with {self._lp.modelStatusToString(status)}")
        return np.array(self._lp.getSolution().col_value), float(self._lp.getInfo().objective_function_value)

    def _run_again(self) -> None:
        """From scratch, by the other simplex method and at the usual tolerance: a lost basis is the usual cause."""
        for name, value in _SECOND_TRY.items():
            self._lp.setOptionValue(name, value)
        self._lp.clearSolver()
        self._lp.run()
        for name in _SECOND_TRY:
            self._lp.setOptionValue(name, _FOR_VERTICES[name])

    def _integral(self, values: Floats | None) -> Integers | None:
        if values is None:
            return None
        table = np.round(values).astype(np.int64)
        return table if self._problem.agrees(table) else None


_FOR_VERTICES: dict[str, str | int | float] = {
    **{"threads": 1, "random_seed": 1, "presolve": "off", "solver": "simplex"},
    # Primal simplex: between calls only the objective changes, so that the last vertex stays feasible.
    **{"simplex_strategy": 4, "dual_feasibility_tolerance": 1e-9},
}
_SECOND_TRY: dict[str, str | int | float] = {"simplex_strategy": 1, "dual_feasibility_tolerance": 1e-7}
_FOR_INTEGERS: dict[str, str | int | float] = {
    **{"threads": 1, "random_seed": 1, "presolve": "on"},
    # Objectives are integers, so that a gap below one is none.
    **{"mip_rel_gap": 0.0, "mip_abs_gap": 0.5, "mip_max_nodes": MAX_NODES},
}
_OPTIMAL = highspy.HighsModelStatus.kOptimal
_NO_TABLE = (highspy.HighsModelStatus.kInfeasible, highspy.HighsModelStatus.kUnboundedOrInfeasible)
_ANSWERS = (_OPTIMAL, *_NO_TABLE)


class _QuietHighs(highspy.Highs):
    """HiGHS without its banner: its own constructor starts callbacks, which print before output can be turned off."""

    def __init__(self) -> None:
        super(highspy.Highs, self).__init__()
        self.setOptionValue("output_flag", False)


def _model(problem: Problem, is_integer: bool = False) -> highspy.Highs:
    """A quiet, single-threaded, deterministic HiGHS with the problem in it and no objective."""
    solver = _QuietHighs()
    for name, value in (_FOR_INTEGERS if is_integer else _FOR_VERTICES).items():
        solver.setOptionValue(name, value)
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = problem.n_cells, len(problem.row_lower)
    lp.col_cost_ = np.zeros(problem.n_cells)
    lp.col_lower_, lp.col_upper_ = problem.lower.astype(float), problem.upper.astype(float)
    far = NO_LIMIT // 4
    lp.row_lower_ = np.where(problem.row_lower < -far, -highspy.kHighsInf, problem.row_lower)
    lp.row_upper_ = np.where(problem.row_upper > far, highspy.kHighsInf, problem.row_upper)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = problem.matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = problem.matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = problem.matrix.data.astype(float)
    if is_integer:
        lp.integrality_ = [highspy.HighsVarType.kInteger] * problem.n_cells
    if solver.passModel(lp) == highspy.HighsStatus.kError:
        raise SolverError(f"HiGHS refused a problem of {problem.n_cells} cells and {len(problem.row_lower)} rows")
    return solver
