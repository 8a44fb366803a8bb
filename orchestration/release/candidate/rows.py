"""Rows in the one form in which they are published: floats to 10 significant digits, in order of the full key.

Belongs here: rounding and ordering as array work, because a million rows pass through it in every load. Does not belong
here: reading or writing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

SIGNIFICANT_DIGITS = 10
# Powers of ten up to this one are exact as doubles, and so are both parts of the division that rounds.
MAX_EXACT_POWER = 22
MAX_CODE = 2**62

Codes = npt.NDArray[np.int64]


def canonical_rows(rows: pa.Table, key: Sequence[str]) -> tuple[pa.Table, int]:
    """Rows in published form.

    Args:
        rows: columns of whole numbers, float64, text, booleans and dates; texts may be encoded in any way.
        key: the full key.

    Returns:
        The rows, floats rounded, texts as dictionaries in order of their values, in order of the key (text by its
        bytes, null last; rows with the same key in order of all their columns), and how many rows have the key of the
        row before them.
    """
    columns = {name: _canonical_column(rows[name]) for name in rows.column_names}
    table = pa.table(columns)
    order, doubled = _order([columns[name] for name in key])
    if doubled:
        order, _ = _order([columns[name] for name in [*key, *(n for n in columns if n not in key)]])
    return (table if order is None else table.take(pa.array(order))), doubled


def round_significant(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Values to 10 significant digits, each the double nearest to its decimal text; one zero; NaN, infinity as given.

    A value of 10 digits stays what it is, so that rounding twice is rounding once.
    """
    out = values + 0.0
    usual = np.isfinite(out) & (np.abs(out) >= 1e-12) & (np.abs(out) < 1e9)
    magnitude = np.floor(np.log10(np.abs(out), where=usual, out=np.zeros_like(out)))
    scale = 10.0 ** np.clip(SIGNIFICANT_DIGITS - 1 - magnitude, 0, MAX_EXACT_POWER)
    digits = np.rint(np.where(usual, out, 0.0) * scale)
    # Beside a power of ten the logarithm may be one off, or rounding adds a digit: those few go the long way.
    usual &= (np.abs(digits) >= 10.0 ** (SIGNIFICANT_DIGITS - 1)) & (np.abs(digits) < 10.0**SIGNIFICANT_DIGITS)
    np.divide(digits, scale, where=usual, out=out)
    for i in np.flatnonzero(~usual & np.isfinite(out) & (out != 0)):
        out[i] = float(f"{out[i]:.{SIGNIFICANT_DIGITS - 1}e}")
    return out


def _canonical_column(column: pa.ChunkedArray) -> pa.Array:
    values = column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):  # an empty column stays chunked
        values = pa.concat_arrays(values.chunks) if values.chunks else pa.array([], values.type)
    if pa.types.is_floating(values.type):
        rounded = round_significant(values.fill_null(0.0).to_numpy(zero_copy_only=False).astype(np.float64))
        return pa.array(rounded, mask=values.is_null().to_numpy(zero_copy_only=False))
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    return _sorted_dictionary(values) if pa.types.is_string(values.type) else values


def _sorted_dictionary(values: pa.Array) -> pa.DictionaryArray:
    """Values as a dictionary in order, so that neither bytes nor codes depend on the order of the rows."""
    encoded = values.dictionary_encode()
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    codes = rank[encoded.indices.fill_null(0).to_numpy()] if len(order) else np.zeros(len(values), dtype=np.int32)
    indices = pa.array(codes, mask=encoded.indices.is_null().to_numpy(zero_copy_only=False))
    return pa.DictionaryArray.from_arrays(indices, encoded.dictionary.take(pa.array(order)))


def _order(columns: Sequence[pa.Array]) -> tuple[npt.NDArray[np.intp] | None, int]:
    """Row numbers in order of the columns (None: they are in order), and how many rows repeat the one before."""
    code: Codes = np.zeros(len(columns[0]), dtype=np.int64)
    size = 1
    for column in columns:
        encoded: Any = column if pa.types.is_dictionary(column.type) else _sorted_dictionary(column)
        n = len(encoded.dictionary) + 1
        if size > MAX_CODE // n:
            distinct, code = np.unique(code, return_inverse=True)
            size = len(distinct)
        code = code * n + encoded.indices.fill_null(n - 1).to_numpy()
        size *= n
    steps = np.diff(code)
    if (steps > 0).all():
        return None, 0
    order = np.argsort(code, kind="stable")
    return order, int((np.diff(code[order]) == 0).sum())
