"""The content hash of a register: what binds an audit and its certificates to exactly these published figures.

Does not belong here: hashes of files or releases.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from orchestration.disclosure.audit.register import Register

if TYPE_CHECKING:
    import numpy.typing as npt
    from scipy import sparse


def register_hash(register: Register) -> str:
    """sha256 (hex) of the register, the same in whatever order its cells, rows and targets stand.

    Canonical form: cells by key; rows by their entries' table, column, key and bounds; targets by table, key, attacker
    and width; entries by these ranks.
    """
    cell_rank = _ranks(pd.DataFrame({"key": register.cell_keys.astype(str)}))
    rows = register.rows.assign(lower=register.row_lower, upper=register.row_upper)
    targets = register.targets.names.assign(
        width=register.targets.width, low=register.targets.frame_lower, high=register.targets.frame_upper
    )
    cells = pd.DataFrame({"key": register.cell_keys.astype(str), "lower": register.lower, "upper": register.upper})
    digest = hashlib.sha256(b"register 1")
    for name, table, matrix in (
        ("cells", cells, None),
        ("rows", rows, register.matrix),
        ("targets", targets, register.targets.matrix),
    ):
        ranks = _ranks(table)
        digest.update(f"\n{name} {len(table)}\n".encode())
        digest.update(_table_bytes(table.iloc[np.argsort(ranks, kind="stable")]))
        if matrix is not None:
            digest.update(_entry_bytes(matrix, ranks, cell_rank))
    return digest.hexdigest()


def _ranks(table: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Rank of each row by all columns; equal rows share a rank."""
    codes = [np.unique(table[column].to_numpy(dtype=None), return_inverse=True)[1] for column in table.columns]
    order = np.lexsort(codes[::-1])
    stacked = np.column_stack(codes)[order]
    is_new = np.ones(len(table), dtype=np.int64)
    if len(table) > 1:
        is_new[1:] = (stacked[1:] != stacked[:-1]).any(axis=1)
    ranks = np.empty(len(table), dtype=np.int64)
    ranks[order] = np.cumsum(is_new) - 1
    return ranks


def _table_bytes(table: pd.DataFrame) -> bytes:
    """Columns one after another: integers as they are, texts with their lengths, so that no two tables look alike."""
    pieces = []
    for column in table.columns:
        values = table[column].to_numpy()
        if values.dtype.kind != "i":
            texts = [str(value).encode() for value in values]
            pieces.append(b"".join(texts))
            values = np.array([len(text) for text in texts], dtype=np.int64)
        pieces.append(values.astype("<i8").tobytes())
    return b"".join(pieces)


def _entry_bytes(matrix: sparse.csr_array, row_rank: npt.NDArray[np.int64], cell_rank: npt.NDArray[np.int64]) -> bytes:
    entries = matrix.tocoo()
    places = (row_rank[entries.coords[0]], cell_rank[entries.coords[1]], entries.data)
    order = np.lexsort(places[::-1])
    return b"".join(place[order].astype("<i8").tobytes() for place in places)
