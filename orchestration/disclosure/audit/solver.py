"""The one door to HiGHS: integer tables that agree with a problem, and proven bounds of one cell.

Belongs here: linear programs with warm starts, integer programs where a vertex is not integral, and the rounding of
what they return. Does not belong here: which cell is asked about (`bounds`).

A table leaves this module only if it is integral and satisfies every row in exact integer arithmetic, so an error of
the solver can lose a proof but cannot make a false one. A bound is rounded inwards after a tolerance outwards: an upper
bound of 4.9999 means 5, so an error makes a range too wide, and the tables then decide.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import highspy
import numpy as np

from orchestration.disclosure.audit.problem import Problem
from orchestration.disclosure.audit.register import NO_LIMIT
from orchestration.errors import ExitCode, ProgramError

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]
    Floats = npt.NDArray[np.float64]

# Ten times the solver's own feasibility tolerance (1e-7).
TOLERANCE = 1e-6
# Nodes of one integer program; beyond it the answer is "not decided", which counts as failed.
MAX_NODES = 20_000

# Relative and absolute gap of an integer program. A cell's value is an integer, so that a gap below one is none.
EXACT, NEAR_ENOUGH = (0.0, 0.99), (0.05, 0.99)


class SolverError(ProgramError):
    """HiGHS ended without an answer."""

    exit_code = ExitCode.BUILD_FAILED


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
        self._narrowed: tuple[int, int, int] | None = None
        self.n_lps = 0
        self.n_milps = 0
        self._all = np.arange(problem.n_cells, dtype=np.int32)

    def any_table(self) -> Answer:
        """Some integer table, or the proof that there is none."""
        costs = np.zeros(self._problem.n_cells)
        try:
            values = self._run_lp(costs)[0]
            if values is None:
                return Answer(None, None, is_infeasible=True)
            table = self._integral(values)
        except SolverError:
            table = None
        return self._run_milp(costs, EXACT) if table is None else Answer(table, None)

    def push(self, weights: Floats) -> Integers | None:
        """A table that is great by weights (n): the greatest if that vertex is integral, else one near it, if found."""
        try:
            table = self._integral(self._run_lp(-weights)[0])
        except SolverError:
            table = None
        return self._run_milp(-weights, NEAR_ENOUGH).table if table is None else table

    def extreme(self, cell: int, direction: int, low: int, high: int, also: Floats) -> Answer:
        """Bound of the greatest (direction 1) or least (-1) value of a cell within low..high, by a linear program.

        also (n): a second aim, so small that it cannot outweigh one person of the cell; the table found is then more
        useful for other cells. The table is None where the vertex is not integral.
        """
        with self._within(cell, low, high):
            for second in (also, np.zeros(len(also))):
                costs = -second
                costs[cell] = -direction
                try:
                    values, objective = self._run_lp(costs)
                except SolverError:
                    return Answer(None, None)
                if values is None:
                    return Answer(None, None, is_infeasible=True)
                table, bound = self._integral(values), self._bound(costs, objective, cell, direction)
                # Of a vertex that is not integral the bound without the second aim may be sharper.
                if table is not None and table[cell] == bound:
                    break
            return Answer(table, bound)

    def extreme_integer(self, cell: int, direction: int, low: int, high: int) -> Answer:
        """The same by an integer program: the linear bound may lie beyond every integer table."""
        costs = np.zeros(self._problem.n_cells)
        costs[cell] = -direction
        with self._within(cell, low, high):
            answer = self._run_milp(costs, EXACT)
        return answer if answer.bound is None else replace(answer, bound=direction * answer.bound)

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

    @contextmanager
    def inside(self, lower: Integers, upper: Integers) -> Iterator[None]:
        """All cells' bounds narrowed for a while (n each), for `push`."""
        self._limit_all(lower, upper)
        try:
            yield
        finally:
            self._limit_all(self._problem.lower, self._problem.upper)

    def _limit_all(self, lower: Integers, upper: Integers) -> None:
        for solver in (self._lp, self._milp):
            if solver is not None:
                solver.changeColsBounds(len(lower), self._all, lower.astype(float), upper.astype(float))

    @contextmanager
    def _within(self, cell: int, low: int, high: int) -> Iterator[None]:
        """A cell's bounds narrowed for a while."""
        old = int(self._problem.lower[cell]), int(self._problem.upper[cell])
        self._narrowed = (cell, max(low, old[0]), min(high, old[1]))
        self._limit(*self._narrowed)
        try:
            yield
        finally:
            self._narrowed = None
            self._limit(cell, *old)

    def _limit(self, cell: int, low: int, high: int) -> None:
        for solver in (self._lp, self._milp):
            if solver is not None:
                solver.changeColBounds(cell, float(low), float(high))

    def _bound(self, costs: Floats, objective: float, cell: int, direction: int) -> int:
        """Bound of the cell's value from an objective: what the second aim can have added at most is taken off."""
        others = costs.copy()
        others[cell] = 0.0
        added = np.maximum(others * self._problem.lower, others * self._problem.upper).sum()
        return direction * math.floor(float(added) - objective + TOLERANCE)

    def _run_milp(self, costs: Floats, gap: tuple[float, float]) -> Answer:
        """An integer program; the bound is of minus the objective, rounded down, where the program ran to its end."""
        if self._milp is None:
            self._milp = _model(self._problem, is_integer=True)
            if self._narrowed is not None:
                self._limit(*self._narrowed)
        self.n_milps += 1
        for name, value in zip(("mip_rel_gap", "mip_abs_gap"), gap, strict=True):
            self._milp.setOptionValue(name, value)
        self._milp.changeColsCost(len(costs), self._all, costs)
        self._milp.run()
        status = self._milp.getModelStatus()
        if status in _NO_TABLE:
            return Answer(None, None, is_infeasible=True)
        has_table = self._milp.getInfo().primal_solution_status != 0
        found = self._integral(np.array(self._milp.getSolution().col_value)) if has_table else None
        is_proven = status == _OPTIMAL and costs.any()
        return Answer(found, math.floor(TOLERANCE - self._milp.getInfo().mip_dual_bound) if is_proven else None)

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
    "mip_max_nodes": MAX_NODES,
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
