"""The audit of one block: cells that are connected by published rows, and the targets among them.

Order of work: a first table (or none: a contradiction); sweeps, each a linear program that pushes all unproven targets
in random directions and then back; then the targets that are left, one at a time, greatest and least.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from orchestration.disclosure.audit.pool import Pool
from orchestration.disclosure.audit.problem import Problem, without_implied_rows
from orchestration.disclosure.audit.solver import Answer, Solver

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

# A pair of sweeps that finishes fewer of the unproven targets than this share is the last: asking singly is then
# cheaper.
WORTHWHILE = 0.05
MOST_SWEEPS = 40
# How far the second aim may move the objective, in persons; below one, so that no bound is lost.
SECOND_AIM = 0.4


@dataclass(frozen=True)
class Question:
    """A block and its k targets, as `audit` hands it to a process.

    register_cells: the register's number of each cell. targets: the register's number of each target. cells: the cell
    of each target, in the block. goal: width at which no more is asked about a target, at least that of the policy.
    """

    block: int
    problem: Problem
    register_cells: Integers
    targets: Integers
    cells: Integers
    frame_lower: Integers
    frame_upper: Integers
    goal: Integers


@dataclass(frozen=True)
class BlockProof:
    """What was proven about a block's k targets.

    lower, upper: proven bounds (lower > upper: no table lies in the frame). least, greatest, with their table numbers:
    values attained by complete integer tables. tables: p x n; none where none was found, which is a contradiction if
    is_contradiction, else undecided.
    """

    lower: Integers
    upper: Integers
    least: Integers
    greatest: Integers
    least_table: Integers
    greatest_table: Integers
    tables: Integers
    is_contradiction: bool
    n_lps: int
    n_milps: int


def prove_block(question: Question, seed: int = 0) -> BlockProof:
    """Bounds and tables for every target of a block."""
    problem = question.problem
    pool = Pool(
        *(question.cells, question.frame_lower, question.frame_upper),
        *(problem.lower[question.cells], problem.upper[question.cells], question.goal),
    )
    if (problem.lower == problem.upper).all():
        # One table, already checked by propagation.
        pool.start(problem.lower)
        return _proof(problem.n_cells, pool, None, False)
    solver = Solver(without_implied_rows(problem))
    first = solver.any_table()
    if first.table is not None:
        pool.start(first.table)
        _sweep(solver, pool, problem, np.random.default_rng(seed))
        _sweep_inside(solver, pool, problem, np.random.default_rng(seed + 2))
        _ask_singly(solver, pool, problem, question, np.random.default_rng(seed + 1))
    return _proof(problem.n_cells, pool, solver, first.is_infeasible)


def _sweep(solver: Solver, pool: Pool, problem: Problem, random: np.random.Generator) -> None:
    """Tables that move many unproven targets at once, while a pair of opposite sweeps still finishes enough."""
    for _ in range(MOST_SWEEPS):
        waiting = np.flatnonzero(~pool.is_done)
        if len(waiting) < 3:
            return
        weights = np.zeros(problem.n_cells)
        weights[pool.cells[waiting]] = random.uniform(0.5, 1.5, len(waiting)) * random.choice([-1.0, 1.0], len(waiting))
        finished = 0
        for sign in (1.0, -1.0):
            table = solver.push(sign * weights)
            finished += pool.take(table) if table is not None else 0
        if finished < WORTHWHILE * len(waiting):
            return


def _sweep_inside(solver: Solver, pool: Pool, problem: Problem, random: np.random.Generator) -> None:
    """Sweeps for insiders, whose frames leave out an end of their cell's range, where vertices mostly lie.

    Round a known table the cells of all insiders whose frames hold it are narrowed to these frames: the table itself
    stays possible, so that there is something to find.
    """
    for _ in range(MOST_SWEEPS):
        waiting = np.flatnonzero(~pool.is_done & pool.is_narrower(problem.lower, problem.upper))
        if len(waiting) < 3:
            return
        middle = pool.tables[int(random.integers(len(pool.tables)))]
        lower, upper, held = pool.narrowed(problem.lower, problem.upper, waiting, middle)
        weights = np.zeros(problem.n_cells)
        weights[pool.cells[held]] = random.uniform(0.5, 1.5, len(held)) * random.choice([-1.0, 1.0], len(held))
        finished = 0
        with solver.inside(lower, upper):
            for sign in (1.0, -1.0):
                table = solver.push(sign * weights)
                finished += pool.take(table) if table is not None else 0
        if finished < WORTHWHILE * len(waiting):
            return


def _ask_singly(solver: Solver, pool: Pool, problem: Problem, question: Question, random: np.random.Generator) -> None:
    """Greatest and least value of each target that is left: linear programs, then integer ones where a gap stays."""
    ranges = np.maximum(problem.upper - problem.lower, 1).astype(np.float64)
    for target in range(len(pool.cells)):
        frame = int(question.frame_lower[target]), int(question.frame_upper[target])
        cell = int(pool.cells[target])
        for is_integer in (False, True):
            for direction in _directions(pool, target):
                if pool.is_done[target] or pool.room(target, direction) <= 0:
                    continue
                if is_integer:
                    answer = solver.extreme_integer(cell, direction, *frame)
                else:
                    answer = solver.extreme(cell, direction, *frame, _second_aim(pool, target, ranges, random))
                _note(pool, target, direction, answer)
        pool.give_up(target)


def _note(pool: Pool, target: int, direction: int, answer: Answer) -> None:
    if answer.table is not None:
        pool.take(answer.table)
    if answer.is_infeasible or answer.bound is not None:
        pool.bound(target, direction, answer.bound)


def _directions(pool: Pool, target: int) -> tuple[int, int]:
    """The direction with more room between what is found and what is possible, first."""
    return (1, -1) if pool.room(target, 1) >= pool.room(target, -1) else (-1, 1)


def _second_aim(
    pool: Pool, target: int, ranges: npt.NDArray[np.float64], random: np.random.Generator
) -> npt.NDArray[np.float64]:
    """Small random pushes of the other unproven targets, together less than one person."""
    aim = np.zeros(len(ranges))
    others = np.unique(pool.cells[~pool.is_done])
    others = others[others != pool.cells[target]]
    if len(others):
        aim[others] = random.choice([-1.0, 1.0], len(others)) * SECOND_AIM / (len(others) * ranges[others])
    return aim


def _proof(n_cells: int, pool: Pool, solver: Solver | None, is_contradiction: bool) -> BlockProof:
    used = pool.used_tables()
    number = np.full(len(pool.tables) + 1, -1)
    number[used] = np.arange(len(used))
    return BlockProof(
        lower=pool.lower,
        upper=pool.upper,
        least=pool.least,
        greatest=pool.greatest,
        least_table=number[pool.least_table],
        greatest_table=number[pool.greatest_table],
        tables=np.array([pool.tables[i] for i in used], dtype=np.int64).reshape(len(used), n_cells),
        is_contradiction=is_contradiction,
        n_lps=solver.n_lps if solver else 0,
        n_milps=solver.n_milps if solver else 0,
    )
