"""Certificates: for every target two complete integer tables that agree with every row and differ there.

Stored compactly. A block's first table is whole; another one holds the cells in which it differs from the first. Cells
that have one value in every table stand once, in block 0. Certificates hold possible values of hidden cells: they stay
inside and are never published.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from orchestration.disclosure.audit.problem import Problem
from orchestration.disclosure.audit.register import Register

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from orchestration.disclosure.audit.block import BlockProof, Question

    Integers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Certificates:
    """values: block, table_id, cell, value (a cell that is missing from table_id > 0 is as in table 0 of its block).

    pairs: target, block, lower_table, upper_table; a target without a row has no certificate. All columns are integers.
    """

    values: pa.Table
    pairs: pa.Table


def certify(
    register: Register, problem: Problem, questions: Sequence[Question], proofs: Sequence[BlockProof]
) -> Certificates:
    """The certificates of proven blocks; cells of hidden sums are left out, because they follow from the others."""
    values: list[tuple[Integers, ...]] = []
    pairs: list[tuple[Integers, ...]] = []
    for question, proof in zip(questions, proofs, strict=True):
        if not len(proof.tables):
            continue
        own = question.register_cells < register.n_cells
        values.append(_block_values(question.block, question.register_cells[own], proof.tables[:, own]))
        has_pair = (proof.least_table >= 0) & (proof.greatest_table >= 0)
        at = question.targets[has_pair]
        pairs.append(
            (at, np.full(len(at), question.block), proof.least_table[has_pair], proof.greatest_table[has_pair])
        )
    return Certificates(
        values=_arrow(("block", "table_id", "cell", "value"), values),
        pairs=_arrow(("target", "block", "lower_table", "upper_table"), pairs),
    )


def _block_values(block: int, cells: Integers, tables: Integers) -> tuple[Integers, ...]:
    differs = tables != tables[0]
    differs[0] = True
    table_id, position = np.nonzero(differs)
    return np.full(len(table_id), block), table_id, cells[position], tables[differs]


def _arrow(names: tuple[str, ...], parts: list[tuple[Integers, ...]]) -> pa.Table:
    columns = zip(*parts, strict=True) if parts else [[] for _ in names]
    return pa.table(
        {
            name: pa.array(np.concatenate([[], *column]).astype(np.int32))
            for name, column in zip(names, columns, strict=True)
        }
    )
