"""The audit: least and greatest integer value of every target, given every published row.

Steps: propagation of bounds; contradictions that it shows; connected blocks; the proof of each block (`block`), in one
process or two; verdicts. The truth is not an input: a verdict depends on published figures alone.
"""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from orchestration.disclosure.audit.block import BlockProof, Question, prove_block
from orchestration.disclosure.audit.certificates import Certificates, certify
from orchestration.disclosure.audit.content_hash import register_hash
from orchestration.disclosure.audit.contradictions import Contradiction, explain
from orchestration.disclosure.audit.problem import (
    Problem,
    component_labels,
    problem_of,
    propagate,
    restrict,
    wrong_rows,
)
from orchestration.disclosure.audit.register import NO_LIMIT, Register
from orchestration.disclosure.audit.verdicts import NEAR, outcomes

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt
    import pandas as pd

    Integers = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Audit:
    """What an audit of one register found.

    register_hash: the register that it is about. outcomes: a row a target in the order of the register (columns:
    `verdicts.outcomes`). contradictions: each holds the release. certificates: the two tables of each target.
    """

    register_hash: str
    outcomes: pd.DataFrame
    contradictions: tuple[Contradiction, ...]
    certificates: Certificates
    n_blocks: int
    n_lps: int
    n_milps: int

    @property
    def is_passed(self) -> bool:
        """No contradiction, and every target has the width that the policy asks."""
        return not self.contradictions and bool(self.outcomes["is_ok"].all())


def audit(register: Register, *, processes: int = 1, full_ranges: bool = False, seed: int = 0) -> Audit:
    """Audits a register.

    processes: 1 or 2; two only from a module that can be imported (they are started afresh). full_ranges: least and
    greatest value of every target to the end, not only as far as the policy and "within 3" ask; slower. seed: order of
    search; changes which tables are found and no verdict.
    """
    problem, cell_of_target = problem_of(register)
    tight = propagate(problem)
    contradictions, is_lost = _visible_contradictions(register, problem, tight)
    questions = _questions(register, tight, cell_of_target, is_lost, full_ranges)
    proofs = _prove(questions, processes, seed)
    for question, proof in zip(questions, proofs, strict=True):
        if proof.is_contradiction:
            contradictions.append(_explain_block(register, problem, tight, question))
    return Audit(
        register_hash=register_hash(register),
        outcomes=outcomes(register.targets, questions, proofs),
        contradictions=tuple(contradictions),
        certificates=certify(register, tight, questions, proofs),
        n_blocks=len(questions),
        n_lps=sum(proof.n_lps for proof in proofs),
        n_milps=sum(proof.n_milps for proof in proofs),
    )


def _visible_contradictions(register: Register, problem: Problem, tight: Problem) -> tuple[list[Contradiction], Mask]:
    """Contradictions that propagation shows, one for each connected part, and the cells of those parts."""
    crossed = np.flatnonzero(register.lower > register.upper)
    found = [Contradiction((), (int(cell),)) for cell in crossed]
    _, of_cell, of_row = component_labels(problem.matrix, problem.lower < problem.upper)
    is_wrong_row = wrong_rows(tight)
    for row in np.flatnonzero(is_wrong_row & (of_row < 0)):
        found.append(Contradiction((int(row),), tuple(int(cell) for cell in problem.matrix[[row]].indices)))
    wrong_cells = (tight.lower > tight.upper) & (of_cell >= 0)
    wrong_parts = np.union1d(of_cell[wrong_cells], of_row[is_wrong_row & (of_row >= 0)])
    for part in wrong_parts:
        rows = np.flatnonzero(of_row == part)
        found.append(explain(problem, rows[rows < register.n_rows]))
    is_lost = np.isin(of_cell, wrong_parts) & (of_cell >= 0)
    return found, is_lost


def _questions(
    register: Register, tight: Problem, cell_of_target: Integers, is_lost: Mask, full_ranges: bool
) -> list[Question]:
    """A question for each block that has a free cell; block 0 holds the targets whose cell has one value."""
    is_free = (tight.lower < tight.upper) & ~is_lost
    n_blocks, of_cell, of_row = component_labels(tight.matrix, is_free)
    targets = register.targets
    goal = np.maximum(targets.required, np.minimum(NEAR + 1, targets.frame_upper - targets.frame_lower))
    goal = np.full_like(goal, NO_LIMIT) if full_ranges else goal
    # Cells of one value need no solver; they form block 0 and have one table.
    block_of_target = of_cell[cell_of_target] + 1
    is_asked = ~is_lost[cell_of_target]
    fixed = np.flatnonzero(~is_free & ~is_lost)
    asked_of = _groups(np.where(is_asked, block_of_target, -1), n_blocks + 1)
    cells_of = [fixed, *_groups(of_cell, n_blocks)]
    rows_of = [np.zeros(0, dtype=np.int64), *_groups(of_row, n_blocks)]
    position = np.zeros(tight.n_cells, dtype=np.int64)
    questions = []
    for block, (cells, rows, asked) in enumerate(zip(cells_of, rows_of, asked_of, strict=True)):
        position[cells] = np.arange(len(cells))
        questions.append(
            Question(
                block=block,
                problem=restrict(tight, cells, rows),
                register_cells=cells,
                targets=asked,
                cells=position[cell_of_target[asked]],
                frame_lower=targets.frame_lower[asked],
                frame_upper=targets.frame_upper[asked],
                goal=goal[asked],
            )
        )
    return questions


def _groups(labels: Integers, n_groups: int) -> list[Integers]:
    """Positions of each label 0..n_groups - 1, in order."""
    order = np.argsort(labels, kind="stable")
    edges = np.searchsorted(labels[order], np.arange(n_groups + 1))
    return [order[low:high] for low, high in pairwise(edges)]


def _prove(questions: Sequence[Question], processes: int, seed: int) -> list[BlockProof]:
    if processes == 1 or len(questions) < 3:
        return [prove_block(question, seed) for question in questions]
    # Large blocks first, so that no process is left with one at the end.
    order = sorted(range(len(questions)), key=lambda i: -questions[i].problem.n_cells)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=min(processes, 2), mp_context=context) as pool:
        chunk = max(1, min(8, len(order) // 32))
        done = list(pool.map(prove_block, [questions[i] for i in order], [seed] * len(order), chunksize=chunk))
    proofs: list[BlockProof | None] = [None] * len(questions)
    for i, proof in zip(order, done, strict=True):
        proofs[i] = proof
    return [proof for proof in proofs if proof is not None]


def _explain_block(register: Register, problem: Problem, tight: Problem, question: Question) -> Contradiction:
    """Why a block has no table: among all rows of the part that it came from, because propagation used those too."""
    _, of_cell, of_row = component_labels(problem.matrix, problem.lower < problem.upper)
    part = of_cell[question.register_cells[0]]
    rows = np.flatnonzero(of_row == part)
    return explain(problem, rows[rows < register.n_rows])
