"""Every consistent integer table, by trying all: slow, simple, and without a line of the audit's code."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from orchestration.disclosure.audit.register import Register

TOO_MANY = 3_000_000


@dataclass(frozen=True)
class Expected:
    """What the tables say of one target."""

    lower: int | None
    upper: int | None
    is_exact: bool
    is_within_3: bool
    is_all: bool
    is_none: bool
    is_ok: bool


def all_tables(register: Register, rows: list[int] | None = None) -> np.ndarray:
    """Tables x cells: cell by cell, dropping what no row can still accept once its last cell is set."""
    used = list(range(register.n_rows)) if rows is None else rows
    matrix = register.matrix.toarray()[used]
    low, high = register.row_lower[used], register.row_upper[used]
    tables = np.zeros((1, 0), dtype=np.int64)
    for cell in range(register.n_cells):
        is_counted = rows is None or matrix[:, cell].any()
        # Of some rows only whether there is a table is asked; a cell that they do not count may have any value.
        values = np.arange(register.lower[cell], register.upper[cell] + 1)[: None if is_counted else 1]
        tables = np.column_stack([np.repeat(tables, len(values), axis=0), np.tile(values, len(tables))])
        assert len(tables) <= TOO_MANY, "too many tables to try"
        last = np.array([np.flatnonzero(row).max(initial=-1) == cell for row in matrix], dtype=bool)
        sums = tables @ matrix[last][:, : cell + 1].T
        tables = tables[((sums >= low[last]) & (sums <= high[last])).all(axis=1)]
    without_cells = ~matrix.any(axis=1)
    return tables if ((low <= 0) & (high >= 0))[without_cells].all() else tables[:0]


def expected(register: Register, tables: np.ndarray) -> list[Expected]:
    """One a target: of an insider, how many of the *others* are positive, and the width asked of that."""
    found = []
    targets = register.targets
    outside = {key: i for i, (key, who) in enumerate(_names(register)) if who == "outsider"}
    for i, (key, who) in enumerate(_names(register)):
        base = int(targets.frame_upper[outside[key]])
        values = tables @ targets.matrix[[i]].toarray()[0]
        values = values[(values >= 0) & (values <= base)]
        n_others, own = (base, 0) if who == "outsider" else (base - 1, int(who == "insider_positive"))
        # An insider is one of those who gave that answer, so that there is at least one of them.
        values = values[(values >= own) & (values - own <= n_others)]
        found.append(_judge(values - own, n_others, int(targets.width[i]), own))
    return found


def _judge(others: np.ndarray, n_others: int, width: int, own: int) -> Expected:
    if not len(others):
        return Expected(None, None, False, False, False, False, False)
    least, greatest = int(others.min()), int(others.max())
    is_all, is_none = n_others > 0 and least == n_others, n_others > 0 and greatest == 0
    return Expected(
        lower=least + own,
        upper=greatest + own,
        is_exact=n_others > 0 and least == greatest,
        is_within_3=n_others > 3 and greatest - least <= 3,
        is_all=is_all,
        is_none=is_none,
        is_ok=greatest - least >= min(width, n_others) and not is_all and not is_none,
    )


def _names(register: Register) -> list[tuple[str, str]]:
    names = register.targets.names
    return list(zip(names["target_key"], names["attacker"], strict=True))
