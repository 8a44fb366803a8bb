"""The register: everything published, as rows `lower <= A x <= upper` over integer cells, and what is hidden in it.

Belongs here: the data types and what makes a register valid. Does not belong here: how a published table becomes rows
(the caller knows its tables), the content hash (`content_hash`) and any solving (`bounds`).

A cell is a count of persons of which nobody is counted twice in a published figure but through the rows: an unpublished
remainder ("no CCG", gap between two bases, gap between two releases) is a cell too. All figures are integers. A
published percentage, limit or rating comes in as the integers that it allows: `row_lower` and `row_upper`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy import sparse

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]

# A cell without a published upper bound: more persons than the country has, and small enough for exact arithmetic.
UNBOUNDED = 10**9
# A row without a lower or upper bound: beyond every sum that a row can have (see `_require_exact`).
NO_LIMIT = 2**60
OUTSIDER = "outsider"
CELL_COLUMNS = ("cell_key", "lower", "upper")
ROW_COLUMNS = ("table_name", "column_name", "row_key", "lower", "upper")
TARGET_COLUMNS = ("table_name", "target_key", "width", "frame_lower", "frame_upper")


@dataclass(frozen=True)
class Targets:
    """What is hidden and must stay so: t integer functionals of the n cells.

    names: t rows with table_name, target_key and attacker. matrix: t x n, integer. frame_lower, frame_upper: the range
    of the attribute (0 and the base, for positives): a table of cells whose value lies outside is not asked about, and
    a value that can only be an end of it says the same of everybody ("none", "all"). width: persons; the policy asks
    that greatest less least possible value is at least this, or the width of the frame where that is smaller.
    """

    names: pd.DataFrame
    matrix: sparse.csr_array
    width: Integers
    frame_lower: Integers
    frame_upper: Integers

    @property
    def required(self) -> Integers:
        """Width that the policy asks of each target, never more than its frame has: persons."""
        required: Integers = np.maximum(np.minimum(self.width, self.frame_upper - self.frame_lower), 0)
        return required


@dataclass(frozen=True)
class Register:
    """n cells, m published rows and the targets.

    cell_keys: n unique texts. lower, upper: bounds of each cell that are published or true by definition. matrix: m x
    n, integer. row_lower, row_upper: least and greatest integer sum that the published figure allows. rows: m rows with
    table_name, column_name and row_key, so that a message can name the figure.
    """

    cell_keys: npt.NDArray[np.object_]
    lower: Integers
    upper: Integers
    matrix: sparse.csr_array
    row_lower: Integers
    row_upper: Integers
    rows: pd.DataFrame
    targets: Targets

    @property
    def n_cells(self) -> int:
        """Number of cells."""
        return len(self.lower)

    @property
    def n_rows(self) -> int:
        """Number of published rows."""
        return len(self.row_lower)

    @property
    def n_targets(self) -> int:
        """Number of targets."""
        return len(self.targets.width)

    def row_name(self, row: int) -> str:
        """Table, column and key of a published row, as messages print it."""
        name = self.rows.iloc[row]
        return f"{name['table_name']}.{name['column_name']} [{name['row_key']}]"


def build_register(
    cells: pd.DataFrame,
    rows: pd.DataFrame,
    entries: pd.DataFrame,
    targets: pd.DataFrame,
    target_entries: pd.DataFrame | None = None,
) -> Register:
    """A register from long tables, as SQL makes them.

    cells: CELL_COLUMNS; a row's position is its cell number; null `upper` means none is known. rows: ROW_COLUMNS;
    bounds may be fractions and are rounded inwards; null means none. entries: row, cell, coefficient (integers,
    positions in `rows` and `cells`; those of one pair add up). targets: TARGET_COLUMNS and either `cell` (the target is
    this cell) or, with target_entries (target, cell, coefficient), a sum of cells; null `frame_upper` means that no
    base is published. Raises ValueError where a column is missing, a number is no integer or out of range, or a key
    stands twice.
    """
    for table, columns, name in (
        (cells, CELL_COLUMNS, "cells"),
        (rows, ROW_COLUMNS, "rows"),
        (entries, ("row", "cell", "coefficient"), "entries"),
        (targets, TARGET_COLUMNS, "targets"),
    ):
        _require_columns(table, columns, name)
    keys = cells["cell_key"].to_numpy(dtype=object)
    if len(set(keys)) < len(keys):
        twice = cells.loc[cells["cell_key"].duplicated(), "cell_key"].iloc[0]
        raise ValueError(f"register: cell {twice!r} stands twice; the key of a cell is its place in every table")
    matrix = _matrix(entries, "row", (len(rows), len(cells)))
    register = Register(
        cell_keys=keys,
        lower=_bounds(cells["lower"], 0, np.ceil),
        upper=np.minimum(_bounds(cells["upper"], UNBOUNDED, np.floor), UNBOUNDED),
        matrix=matrix,
        row_lower=_bounds(rows["lower"], -NO_LIMIT, np.ceil),
        row_upper=_bounds(rows["upper"], NO_LIMIT, np.floor),
        rows=rows[["table_name", "column_name", "row_key"]].astype(str).reset_index(drop=True),
        targets=_targets(targets, target_entries, len(cells)),
    )
    _require_exact(register)
    return register


def _targets(targets: pd.DataFrame, entries: pd.DataFrame | None, n_cells: int) -> Targets:
    if entries is None:
        _require_columns(targets, ("cell",), "targets (or give target_entries)")
        entries = pd.DataFrame(
            {"target": np.arange(len(targets)), "cell": targets["cell"].to_numpy(), "coefficient": 1}
        )
    names = targets[["table_name", "target_key"]].astype(str).reset_index(drop=True)
    return Targets(
        names=names.assign(attacker=OUTSIDER),
        matrix=_matrix(entries, "target", (len(targets), n_cells)),
        width=_bounds(targets["width"], 1, np.ceil),
        frame_lower=_bounds(targets["frame_lower"], 0, np.ceil),
        frame_upper=_bounds(targets["frame_upper"], UNBOUNDED, np.floor),
    )


def _matrix(entries: pd.DataFrame, side: str, shape: tuple[int, int]) -> sparse.csr_array:
    """Sparse integer matrix of long entries; entries of one place add up, sums of zero go."""
    values = entries["coefficient"].to_numpy(dtype=np.float64)
    if len(values) and not np.array_equal(values, np.round(values)):
        raise ValueError(f"register: a coefficient by {side} is not an integer; multiply the row until all are")
    places = (entries[side].to_numpy(dtype=np.int64), entries["cell"].to_numpy(dtype=np.int64))
    for place, limit, name in zip(places, shape, (side, "cell"), strict=True):
        if len(place) and (place.min() < 0 or place.max() >= limit):
            raise ValueError(f"register: an entry names {name} {place.max()}; there are {limit}, counted from 0")
    matrix = sparse.coo_array((values.astype(np.int64), places), shape=shape).tocsr()
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    return matrix


def _bounds(values: pd.Series[Any], missing: int, inwards: np.ufunc) -> Integers:
    """Integer bounds of a column, fractions rounded by `inwards`; a millionth is noise of binary fractions."""
    numbers = values.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    noise = 1e-6 if inwards is np.floor else -1e-6
    known = np.clip(np.where(np.isnan(numbers), 0.0, numbers), -float(NO_LIMIT), float(NO_LIMIT))
    return np.where(np.isnan(numbers), missing, inwards(known + noise)).astype(np.int64)


def _require_exact(register: Register) -> None:
    """No sum of a row may leave 64-bit integers, whatever the cells are."""
    if len(register.lower) and register.lower.min() < -UNBOUNDED:
        raise ValueError(f"register: a cell's lower bound is below {-UNBOUNDED}")
    for matrix, name in ((register.matrix, "row"), (register.targets.matrix, "target")):
        size = abs(matrix).sum(axis=1)
        if len(size) and size.max() >= NO_LIMIT // (4 * UNBOUNDED):
            raise ValueError(
                f"register: coefficients of {name} {int(np.argmax(size))} add up to {size.max()}: too large"
            )


def _require_columns(table: pd.DataFrame, columns: tuple[str, ...], name: str) -> None:
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ValueError(f"register: {name} lacks {', '.join(missing)}; it has {', '.join(map(str, table.columns))}")
