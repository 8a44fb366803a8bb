"""The one form in which rows are published, and the digests that follow from it.

Rows: floats to 10 significant digits, in order of the full key. Canonical CSV: its header line and the rows in UTF-8,
comma, `\\n`, quotes only where a field needs them, null as an empty field, an empty text as `""`, true/false, ISO
dates, whole numbers in decimals and floats in their shortest decimal form. The digest of a table is the SHA-256 of that
text; the published CSV files are cut from it, so anyone can check a digest with `sha256sum`. It depends neither on the
order of rows in the warehouse, nor on thread count or on how an engine encodes a column.

All of it is array work, because a million rows pass through it in every load. Does not belong here: reading the
warehouse or writing files (`tables`).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.release.records.candidate import TableRecord

SIGNIFICANT_DIGITS = 10
# Powers of ten up to this one are exact as doubles, and so are both parts of the division that rounds.
MAX_EXACT_POWER = 22
MAX_CODE = 2**62
# Rows encoded at once: large enough that a thread is worth it, small enough that a few slices fit the cache and memory.
SLICE_ROWS = 65_536
BLOCK_BYTES = 1 << 20
NEEDS_QUOTES = '[",\\r\\n]'

Codes = npt.NDArray[np.int64]


def canonical_rows(rows: pa.Table, key: Sequence[str]) -> tuple[pa.Table, int]:
    """Rows in published form.

    Args:
        rows: columns of whole numbers, float64, text, booleans and dates; texts may be encoded in any way.
        key: the full key.

    Returns:
        The rows in order of the key (text by its bytes, null last; rows with the same key in order of all their
        columns), floats rounded, texts as dictionaries in order of their values; and how many rows have the key of the
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
    # Near a power of ten the logarithm may be one off, or rounding adds a digit: those few are rounded as text.
    usual &= (np.abs(digits) >= 10.0 ** (SIGNIFICANT_DIGITS - 1)) & (np.abs(digits) < 10.0**SIGNIFICANT_DIGITS)
    np.divide(digits, scale, where=usual, out=out)
    for i in np.flatnonzero(~usual & np.isfinite(out) & (out != 0)):
        out[i] = float(f"{out[i]:.{SIGNIFICANT_DIGITS - 1}e}")
    return out


def _canonical_column(column: pa.ChunkedArray) -> pa.Array:
    values = column.combine_chunks()
    if isinstance(values, pa.ChunkedArray):  # an empty column is still chunked
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


def csv_header(names: Sequence[str]) -> bytes:
    """Header line of a canonical CSV; column names are plain (checked when the candidate is built)."""
    return (",".join(names) + "\n").encode()


def csv_rows(table: pa.Table) -> Iterator[memoryview]:
    """Rows of a canonical CSV without the header, slice after slice in order; encoded on all cores.

    Args:
        table: columns of whole numbers, float64, text, booleans and dates.
    """
    slices = [table.slice(start, SLICE_ROWS) for start in range(0, table.num_rows, SLICE_ROWS)]
    with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
        yield from pool.map(_encode_slice, slices)


def csv_digest(parts: Sequence[Path]) -> str:
    """SHA-256 (hex) of a table's canonical CSV, from the files that it is cut into, in order; each has the header."""
    digest = hashlib.sha256()
    for number, part in enumerate(parts):
        with part.open("rb") as stream:
            header = stream.readline()
            if number == 0:
                digest.update(header)
            while block := stream.read(BLOCK_BYTES):
                digest.update(block)
    return digest.hexdigest()


def content_digest(tables: Sequence[TableRecord]) -> str:
    """Identity of a release: SHA-256 over every table's name, columns with kinds, key, number of rows and digest."""
    return _sha256_of_json(
        [
            {
                "name": table.name,
                "columns": [[column.name, column.kind] for column in table.columns],
                "key": list(table.key),
                "rows": table.rows,
                "sha256": table.sha256,
            }
            for table in sorted(tables, key=lambda table: table.name)
        ]
    )


def contract_digest(tables: Sequence[TableRecord]) -> str:
    """Identity of the shape that readers rely on: names, columns, types and keys of the tables, not their rows."""
    return _sha256_of_json(
        [
            {
                "name": table.name,
                "columns": [[column.name, column.type] for column in table.columns],
                "key": list(table.key),
            }
            for table in sorted(tables, key=lambda table: table.name)
        ]
    )


def _sha256_of_json(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _encode_slice(rows: pa.Table) -> memoryview:
    """Canonical text of some rows."""
    fields = [_as_text(column.combine_chunks()) for column in rows.columns]
    last = pc.binary_join_element_wise(fields[-1], "", "\n")
    text = pc.binary_join_element_wise(*fields[:-1], last, ",") if len(fields) > 1 else last
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    offsets = memoryview(text.buffers()[1]).cast("i")
    return memoryview(text.buffers()[2])[offsets[text.offset] : offsets[text.offset + len(text)]]


def _as_text(column: pa.Array) -> pa.Array:
    """A column as CSV fields. Each distinct text is quoted once, which is far less often than once a row."""
    if pa.types.is_string(column.type):
        column = column.dictionary_encode()
    if pa.types.is_dictionary(column.type):
        column = _quoted(column.dictionary).take(column.indices)
    return column.cast(pa.string()).fill_null("")


def _quoted(values: pa.Array) -> pa.Array:
    needs = pc.or_(pc.match_substring_regex(values, NEEDS_QUOTES), pc.equal(values, ""))
    doubled = pc.replace_substring(values, '"', '""')
    return pc.if_else(needs, pc.binary_join_element_wise('"', doubled, '"', ""), values)
