"""The identity of published content: the checksum of each table's canonical CSV, and of all tables together.

The canonical CSV of a table is its header line and its rows in order of the full key: UTF-8, comma, `\\n`, quotes only
where a field needs them, null as an empty field, an empty text as `""`, true/false, ISO dates, whole numbers in
decimals and floats (already rounded to 10 significant digits) in their shortest decimal form. The published CSV files
are cut from the same text, so anybody can check a digest with `sha256sum`. It depends neither on the order of rows in
the warehouse, nor on thread count or on how an engine encodes a column.

Does not belong here: reading the warehouse (candidate) or writing files.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from orchestration.release.records.forms import TableRecord

# Rows encoded at once: large enough that a thread is worth it, small enough that a few slices fit the cache and memory.
SLICE_ROWS = 65_536
BLOCK_BYTES = 1 << 20
NEEDS_QUOTES = '[",\\r\\n]'


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


def table_digest(table: pa.Table) -> str:
    """SHA-256 (hex) of the canonical CSV of a table whose rows are in order of the full key."""
    digest = hashlib.sha256(csv_header(table.column_names))
    for rows in csv_rows(table):
        digest.update(rows)
    return digest.hexdigest()


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
    """Identity of the shape that readers rely on: names, columns, types and keys of the tables, whatever they hold."""
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
    """A column as CSV fields. Texts are quoted once a distinct value, which is far less than once a row."""
    if pa.types.is_string(column.type):
        column = column.dictionary_encode()
    if pa.types.is_dictionary(column.type):
        column = _quoted(column.dictionary).take(column.indices)
    return column.cast(pa.string()).fill_null("")


def _quoted(values: pa.Array) -> pa.Array:
    needs = pc.or_(pc.match_substring_regex(values, NEEDS_QUOTES), pc.equal(values, ""))
    doubled = pc.replace_substring(values, '"', '""')
    return pc.if_else(needs, pc.binary_join_element_wise('"', doubled, '"', ""), values)
