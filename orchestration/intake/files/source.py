"""The one interface of all readers: `SourceTable`, a file as text columns with what was noticed on the way.

Belongs here: the shape that readers give and the text form of typed cells. Does not belong here: names and codes of the
survey (the column map and the registry).
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

TEXT = pa.dictionary(pa.int32(), pa.string())
# Beyond this a float no longer names one integer: a record number that Excel stored as a number has lost digits.
_LARGEST_EXACT = 2**53


@dataclass(frozen=True)
class Noticed:
    """How a file was written, as far as the reader could see; stored in the receipt."""

    file_format: str
    encoding: str | None = None
    delimiter: str | None = None
    compression: str | None = None
    sheet: str | None = None
    header_row: int = 1
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class UnreadableRow:
    """A row that is no row of the table: its number in the file, its raw text (raw area only) and why."""

    row: int
    text: str
    why: str


@dataclass(frozen=True)
class SourceTable:
    """A file as read: column names as written (they may repeat) and as many text columns, null where a cell is empty.

    `first_row` is the number that the first data row has in the file (2 under a header on line 1). `missing_values` are
    values that the file itself declares missing (SPSS user-missing, Stata tagged), as text or as a closed range.
    """

    names: tuple[str, ...]
    columns: tuple[pa.DictionaryArray, ...]
    n_rows: int
    noticed: Noticed
    first_row: int = 2
    unreadable: tuple[UnreadableRow, ...] = ()
    locate_rows: Callable[[], np.ndarray] | None = None
    variable_labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing_values: Mapping[str, Sequence[str | tuple[float, float]]] = field(default_factory=dict)

    def row_numbers(self) -> np.ndarray:
        """Number in the file of every data row."""
        return self.locate_rows() if self.locate_rows else np.arange(self.n_rows) + self.first_row


def clean_text(text: str) -> str:
    """Normal form of a cell: NFKC (full-width digits, no-break spaces), trimmed, without zero-width marks."""
    if text.isascii():
        return text.strip()
    return unicodedata.normalize("NFKC", text).replace("\ufeff", "").replace("\u200b", "").strip()


def cell_text(value: object) -> str | None:
    """Text form of a typed cell: 3.0 as `3`, dates as ISO, booleans as 1 and 0, emptiness as null."""
    if value is None:
        return None
    if isinstance(value, str):
        return clean_text(value) or None
    if isinstance(value, (bool, np.bool_)):
        return "1" if value else "0"
    if isinstance(value, (int, np.integer)):
        return str(int(value))
    if isinstance(value, (float, np.floating)):
        return _number_text(float(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time(0):
        return value.date().isoformat()
    if isinstance(value, (dt.date, dt.time)):
        return value.isoformat()
    return clean_text(str(value)) or None


def _number_text(value: float) -> str | None:
    if value != value:
        return None
    if abs(value) < _LARGEST_EXACT and value == int(value):
        return str(int(value))
    return repr(value)


def as_text(array: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """Any column as dictionary-encoded normal text; the work is done once for each distinct value."""
    if isinstance(array, pa.ChunkedArray):
        array = array.unify_dictionaries() if pa.types.is_dictionary(array.type) else array
        array = array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            array = array.chunk(0) if array.num_chunks else pa.array([], array.type)
    encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    values = encoded.dictionary
    if pa.types.is_integer(values.type):
        values = values.cast(pa.string())
    elif pa.types.is_floating(values.type) and _holds_whole_numbers(values):
        values = values.cast(pa.int64()).cast(pa.string())
    elif not pa.types.is_string(values.type):
        values = pa.array([cell_text(value) for value in values.to_pylist()], pa.string())
    elif pc.all(pc.string_is_ascii(values)).as_py() is not False:
        values = pc.ascii_trim_whitespace(values)
    else:
        values = pa.array([clean_text(value) for value in values.to_pylist()], pa.string())
    return _renumber(encoded.indices, values)


def _holds_whole_numbers(values: pa.Array) -> bool:
    numbers = values.to_numpy(zero_copy_only=False)
    return bool(np.all((np.abs(numbers) < _LARGEST_EXACT) & (numbers == np.trunc(numbers)))) and not values.null_count


def _renumber(indices: pa.Array, values: pa.Array) -> pa.DictionaryArray:
    """Dictionary array whose values are distinct and never empty."""
    values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.string()), values)
    if values.null_count == 0 and len(pc.unique(values)) == len(values):
        return pa.DictionaryArray.from_arrays(indices.cast(pa.int32()), values)
    again = values.dictionary_encode()
    return pa.DictionaryArray.from_arrays(pc.take(again.indices, indices).cast(pa.int32()), again.dictionary)


def text_column(cells: Iterable[object]) -> pa.DictionaryArray:
    """Dictionary-encoded text of Python cells of mixed type (a workbook's column)."""
    seen: dict[object, str | None] = {}
    texts: list[str | None] = []
    for cell in cells:
        # 1, 1.0 and True are one dictionary key but not one text, so the type is part of it.
        key = cell if type(cell) is str else (type(cell), cell)
        if key not in seen:
            seen[key] = cell_text(cell)
        texts.append(seen[key])
    return pa.array(texts, pa.string()).dictionary_encode()
