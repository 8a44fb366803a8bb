"""The one form that all readers give: `SourceTable`, a file as text columns with its header found.

Belongs here: the shape of a table, the normal forms of names, cells and codes, and work on text columns, which is done
once for each distinct text. Does not belong here: names and codes of the survey (the registry).
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from orchestration.errors import ExitCode
from orchestration.intake.refusal import UnreadableFile

if TYPE_CHECKING:
    from orchestration.settings import IntakeLimits

Labels = NDArray[np.object_]  # texts, None where there is none
Mask = NDArray[np.bool_]
Integers = NDArray[np.integer[Any]]
# Values that a file itself declares missing: a text, or a closed range of numbers.
MissingValues = Sequence[str | tuple[float, float]]

TEXT = pa.dictionary(pa.int32(), pa.string())
# From this share of the width of the table on, a row elsewhere may be a row of it with blank cells.
AS_WIDE = 0.8
AGAIN = "ask the supplier to send the file again"
# Beyond this a float no longer names one integer: a record number that Excel stored as a number has lost digits.
_LARGEST_EXACT = 2**53
_LARGEST_EXACT_SINGLE = 2**24  # of a number of single precision


@dataclass(frozen=True)
class FileFormat:
    """How a file was written, as far as its reader could see; stored in the receipt."""

    name: str
    encoding: str | None = None
    delimiter: str | None = None
    compression: str | None = None
    sheet: str | None = None
    header_row: int = 1
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class UnreadableRow:
    """A row that does not fit the table: its number in the file, its raw text (raw area only) and why."""

    row: int
    text: str
    why: str


@dataclass(frozen=True)
class SourceTable:
    """A file as read: column names as written (they may repeat) and as many text columns, null where a cell is empty.

    `first_row` is the number that the first data row has in the file (2 under a header on line 1). `missing_values` are
    values that the file itself declares missing (SPSS user-missing, Stata tagged).
    """

    names: tuple[str, ...]
    columns: tuple[pa.DictionaryArray, ...]
    n_rows: int
    format: FileFormat
    first_row: int = 2
    unreadable: tuple[UnreadableRow, ...] = ()
    locate_rows: Callable[[], np.ndarray] | None = None
    variable_labels: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    missing_values: Mapping[str, MissingValues] = field(default_factory=dict)

    def row_numbers(self) -> np.ndarray:
        """Number in the file of every data row."""
        return self.locate_rows() if self.locate_rows else np.arange(self.n_rows) + self.first_row


@dataclass(frozen=True)
class HeaderHint:
    """Normal names that a table is expected to have; empty when nothing is known of the file."""

    names: frozenset[str] = frozenset()

    def matches(self, cells: Sequence[object]) -> int:
        """How many cells of a row are expected names."""
        return sum(1 for cell in cells if isinstance(cell, str) and normal_name(cell) in self.names)


def choose_header(rows: Sequence[Sequence[object]], hint: HeaderHint) -> int:
    """Position of the header among the leading rows: suppliers put titles above it.

    The row with most expected names; without any, the first row that is as wide as the widest, so that a title of one
    cell above a table is not taken for its header.
    """
    if not rows:
        raise UnreadableFile("the file holds no row", next_step=AGAIN)
    matched = [hint.matches(row) for row in rows]
    if max(matched) > 0:
        return matched.index(max(matched))
    widths = [sum(1 for cell in row if cell not in (None, "")) for row in rows]
    return widths.index(max(widths))


def refuse_rows_above(rows: Sequence[Sequence[object]], header: int) -> None:
    """Refuse a table with rows above its header that are as wide as it: they may be people, and would be lost.

    A row counts from `AS_WIDE` of the cells of the header on; a title has a cell or two.
    """

    def filled(row: Sequence[object]) -> int:
        return sum(1 for cell in row if str("" if cell is None else cell).strip())

    needed = max(2, AS_WIDE * filled(rows[header]))
    above = [row for row in rows[:header] if filled(row) >= needed]
    if above:
        raise UnreadableFile(
            f"{len(above):,} rows as wide as the table stand above its header, and would be lost",
            kind=ExitCode.WRONG_STRUCTURE,
            next_step="put the row of column names first, and delete rows of question texts above it",
        )


def check_width(header: Sequence[object], limits: IntakeLimits) -> None:
    """Refuse a table wider than the limit."""
    if len(header) > limits.max_columns:
        raise UnreadableFile(
            f"{len(header):,} columns, more than the limit of {limits.max_columns:,}",
            kind=ExitCode.LIMIT_EXCEEDED,
            next_step="check that the file is the right one; the limit is NCPES_INTAKE_MAX_COLUMNS",
        )


def clean_text(text: str) -> str:
    """Normal form of a cell: composed letters (NFC), plain spaces, trimmed, without the two marks of no width.

    What it looks like stays: NFKC would hide how letters were damaged on their way (`mapping.letters`).
    """
    if text.isascii():
        return text.strip()
    composed = unicodedata.normalize("NFC", text).replace("\ufeff", "").replace("\u200b", "")
    return "".join(" " if unicodedata.category(letter) == "Zs" else letter for letter in composed).strip()


def plain_text(text: str) -> str:
    """Normal form of a name or code: NFKC, trimmed, without invisible characters (Cf).

    Copied text brings soft hyphens, joiners and marks of direction along, which nobody sees.
    """
    if text.isascii():
        return text.strip()
    visible = (letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")
    return "".join(visible).strip()


def normal_name(name: str) -> str:
    """Normal form of a column name: NFKC, upper case, runs of other characters as one `_`.

    `Q1 ` is `Q1`; `q 1` and `Q-1` are `Q_1`.
    """
    return re.sub(r"[^0-9A-Z]+", "_", plain_text(name).upper()).strip("_")


def code_text(text: str) -> str:
    """Normal form of a code: plain, upper case, whole numbers without sign, zeros in front or a zero fraction."""
    text = plain_text(text).upper()
    whole, _, fraction = text.partition(".")
    if whole.isascii() and whole.isdigit() and not fraction.strip("0"):
        return whole.lstrip("0") or "0"  # not by int(), which refuses thousands of digits
    return text


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


def _single_text(value: float | None) -> str | None:
    """Text of a number of single precision: as a power of ten where it no longer names one integer."""
    if value is None or abs(value) < _LARGEST_EXACT_SINGLE:
        return cell_text(value)
    return f"{value:.7e}"


def as_text(array: pa.Array | pa.ChunkedArray) -> pa.DictionaryArray:
    """Any column as dictionary-encoded normal text."""
    if isinstance(array, pa.ChunkedArray):
        array = array.unify_dictionaries() if pa.types.is_dictionary(array.type) else array
        array = array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            array = array.chunk(0) if array.num_chunks else pa.array([], array.type)
    encoded = array if pa.types.is_dictionary(array.type) else array.dictionary_encode()
    values = encoded.dictionary
    if pa.types.is_integer(values.type):
        values = values.cast(pa.string())
    elif pa.types.is_float32(values.type) and pc.any(pc.greater_equal(pc.abs(values), _LARGEST_EXACT_SINGLE)).as_py():
        values = pa.array([_single_text(value) for value in values.to_pylist()], pa.string())
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


def row_indices(column: pa.DictionaryArray) -> np.ndarray:
    """Dictionary index of every row; the length of the dictionary means null, so it can address a lookup."""
    filled = column.indices.fill_null(len(column.dictionary)) if column.null_count else column.indices
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.intp)


def text_counts(column: pa.DictionaryArray) -> list[tuple[str | None, int]]:
    """Distinct texts of a column by dictionary position, each with the number of its rows."""
    texts = column.dictionary.to_pylist()
    counts = np.bincount(row_indices(column), minlength=len(texts) + 1)[: len(texts)]
    return list(zip(texts, counts.tolist(), strict=True))


def text_values(column: pa.DictionaryArray) -> Labels:
    """The text of every row, None for null."""
    texts: Labels = np.asarray([*column.dictionary.to_pylist(), None], dtype=object)
    return np.asarray(texts[row_indices(column)])


def absent(labels: Labels) -> Mask:
    """Where a column of labels has none."""
    return np.asarray(np.equal(labels, np.asarray(None, dtype=object)), dtype=bool)
