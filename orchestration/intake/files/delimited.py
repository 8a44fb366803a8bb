"""CSV and TSV in the dialects and encodings in which suppliers send them.

pyarrow reads the cells; this module finds out the encoding, the delimiter and the header first, and looks afterwards
for rows that an unclosed quote has swallowed, which every CSV reader accepts in silence.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from orchestration.intake.files.encoding import RepairedStream, binary_file, find_encoding
from orchestration.intake.files.packing import ColumnPacker
from orchestration.intake.files.source import (
    AGAIN,
    TEXT,
    FileFormat,
    HeaderHint,
    SourceTable,
    UnreadableRow,
    as_text,
    check_width,
    choose_header,
    refuse_rows_above,
)
from orchestration.intake.refusal import UnreadableFile
from orchestration.settings import IntakeLimits

DELIMITERS = ",\t;|"
_SAMPLE_BYTES = 1 << 18
# Above this a file is read block by block; below it the faster whole-file reader may hold it twice.
STREAMED_BYTES = 128 * 1024**2
# Arrow reads ahead by dozens of blocks, so the block of a long file decides how much memory waits.
_BLOCK_BYTES, _STREAMED_BLOCK_BYTES = 1 << 20, 1 << 21
_LONG_ROW_BLOCK_BYTES = 1 << 26


@dataclass(frozen=True)
class _Dialect:
    encoding: str
    delimiter: str
    header: tuple[str, ...]
    header_line: int  # line on which the header ends; everything up to it is skipped
    damaged_bytes: int = 0


def read_delimited(path: Path, limits: IntakeLimits, hint: HeaderHint) -> SourceTable:
    """Read a delimited file as text.

    Raises:
        UnreadableFile: empty, binary, in no known encoding, without rows of its header's width, or with swallowed rows.
    """
    dialect = _find_dialect(path, limits, hint)
    try:
        columns, bad_rows, n_rows = _read_cells(path, dialect)
    except UnicodeError as error:
        raise UnreadableFile(
            f"holds bytes that are no text in {dialect.encoding}",
            next_step="ask the supplier for the file in UTF-8; it may have been damaged on its way",
        ) from error
    except pa.ArrowInvalid as error:
        raise UnreadableFile(f"not a readable delimited file: {_first_clause(error)}", next_step=AGAIN) from error
    _refuse_swallowed_rows(columns, bad_rows, dialect)
    columns, n_rows = _drop_blank_rows(columns, n_rows)
    # A spreadsheet writes delimiters for columns in which nothing stands but once stood.
    kept = [i for i, name in enumerate(dialect.header) if name.strip() or columns[i].null_count < n_rows]
    rows = _RowIndex(path, dialect, columns)
    return SourceTable(
        names=tuple(dialect.header[i] for i in kept),
        columns=tuple(columns[i] for i in kept),
        n_rows=n_rows,
        format=FileFormat(
            "csv",
            dialect.encoding,
            dialect.delimiter,
            header_row=dialect.header_line,
            notes=(f"{dialect.damaged_bytes:,} bytes that are no UTF-8, read as U+FFFD",) * bool(dialect.damaged_bytes),
        ),
        first_row=dialect.header_line + 1,
        unreadable=rows.unreadable(bad_rows) if bad_rows else (),
        locate_rows=lambda: rows.good_lines(n_rows),
    )


def _read_cells(path: Path, dialect: _Dialect) -> tuple[tuple[pa.DictionaryArray, ...], list[str], int]:
    """Text columns, the raw text of rows of another width, and the number of good rows."""
    try:
        is_long = path.stat().st_size > STREAMED_BYTES
        return _read_cells_by_block(path, dialect, _STREAMED_BLOCK_BYTES if is_long else _BLOCK_BYTES)
    except pa.ArrowInvalid as error:
        if "straddling" not in str(error):
            raise
        return _read_cells_by_block(path, dialect, _LONG_ROW_BLOCK_BYTES)


def _read_cells_by_block(
    path: Path, dialect: _Dialect, block_bytes: int
) -> tuple[tuple[pa.DictionaryArray, ...], list[str], int]:
    bad_rows: list[str] = []
    blanks = f' \t\r\n"{dialect.delimiter}'

    def skip_row(row: arrow_csv.InvalidRow) -> str:
        if row.text.strip(blanks):  # a line of blanks or delimiters alone is no row
            bad_rows.append(row.text)
        return "skip"

    names = [f"c{position}" for position in range(len(dialect.header))]
    options = {
        "read_options": arrow_csv.ReadOptions(
            column_names=names, skip_rows=dialect.header_line, block_size=block_bytes, encoding=dialect.encoding
        ),
        "parse_options": arrow_csv.ParseOptions(
            delimiter=dialect.delimiter, newlines_in_values=True, invalid_row_handler=skip_row
        ),
        "convert_options": arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, TEXT), strings_can_be_null=False),
    }
    content = RepairedStream(path) if dialect.damaged_bytes else path
    try:
        if path.stat().st_size > STREAMED_BYTES:
            # A row takes a byte a column at least, for its delimiters.
            most_rows = path.stat().st_size // len(names) + 1
            return _stream_cells(arrow_csv.open_csv(content, **options), most_rows, bad_rows)
        table = arrow_csv.read_csv(content, **options)
    except pa.ArrowInvalid as error:
        if "Empty CSV file" in str(error):
            return tuple(pa.array([], TEXT) for _ in names), bad_rows, 0
        raise
    return tuple(as_text(column) for column in table.columns), bad_rows, table.num_rows


def _drop_blank_rows(
    columns: tuple[pa.DictionaryArray, ...], n_rows: int
) -> tuple[tuple[pa.DictionaryArray, ...], int]:
    """Rows with a value: a line of delimiters alone is no row, as it is none in a workbook."""
    blank = np.ones(n_rows, bool)
    for column in columns:
        if not column.null_count:
            return columns, n_rows
        blank &= column.is_null().to_numpy(zero_copy_only=False)
        if not blank.any():
            return columns, n_rows
    filled = pa.array(np.flatnonzero(~blank))
    return tuple(column.take(filled) for column in columns), len(filled)


def _stream_cells(
    reader: Iterator[pa.RecordBatch], most_rows: int, bad_rows: list[str]
) -> tuple[tuple[pa.DictionaryArray, ...], list[str], int]:
    """Columns of a long file, each kept as small integers into its distinct texts while the blocks pass by."""
    packed: list[ColumnPacker] = []
    n_rows = 0
    for batch in reader:
        packed = packed or [ColumnPacker(most_rows) for _ in batch.columns]
        for packer, column in zip(packed, batch.columns, strict=True):
            packer.add(as_text(column))
        n_rows += batch.num_rows
    pa.default_memory_pool().release_unused()
    return tuple(packer.finish() for packer in packed), bad_rows, n_rows


def _find_dialect(path: Path, limits: IntakeLimits, hint: HeaderHint) -> _Dialect:
    with path.open("rb") as stream:
        sample = stream.read(_SAMPLE_BYTES)
        complete = not stream.read(1)
    if not sample.strip(b"\xef\xbb\xbf \t\r\n"):
        raise UnreadableFile("the file is empty", next_step=AGAIN)
    encoding = find_encoding(path, sample)
    decoder = codecs.getincrementaldecoder(encoding.name)(errors="replace")
    text = decoder.decode(sample, final=complete).lstrip("\ufeff")
    if "\x00" in text:
        raise binary_file()
    delimiter = _find_delimiter(text, hint)
    records, lines = _first_records(text, delimiter, limits.max_header_rows)
    position = choose_header(records, hint)
    if hint.matches(records[position]):
        refuse_rows_above(records, position)
    header = tuple(records[position])
    check_width(header, limits)
    return _Dialect(encoding.name, delimiter, header, lines[position], encoding.damaged_bytes)


def _find_delimiter(text: str, hint: HeaderHint) -> str:
    """The delimiter under which the best header row has most known names, then most cells."""

    def merit(delimiter: str) -> tuple[int, int]:
        records, _ = _first_records(text, delimiter, 5)
        return max(((hint.matches(record), len(record)) for record in records), default=(0, 0))

    return max(DELIMITERS, key=merit)


def _first_records(text: str, delimiter: str, how_many: int) -> tuple[list[list[str]], list[int]]:
    """Leading records that are not blank, with the line on which each ends."""
    records: list[list[str]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for record in reader:
            if any(cell.strip() for cell in record):
                records.append(record)
                lines.append(reader.line_num)
            if len(records) == how_many:
                break
    except csv.Error:
        # A cell longer than any cell may be: the decision is made on what was read so far.
        pass
    return records or [[]], lines or [0]


def _refuse_swallowed_rows(columns: tuple[pa.DictionaryArray, ...], bad_rows: list[str], dialect: _Dialect) -> None:
    """Refuse a file in which one cell holds whole rows: a quote was opened and not closed where it should be."""
    needed = len(dialect.header) - 1
    texts = list(bad_rows)
    for column in columns:
        values = column.dictionary
        texts += values.filter(pc.match_substring_regex(values, "[\r\n]")).to_pylist()
    swallowed = sum(
        1 for text in texts for line in text.splitlines()[1:] if needed >= 1 and line.count(dialect.delimiter) >= needed
    )
    if swallowed:
        raise UnreadableFile(
            f"a quoted cell swallows {swallowed:,} whole rows: a quote is opened and not closed",
            next_step="ask the supplier to export the file again with quotes doubled inside quoted cells",
        )


def _first_clause(error: Exception) -> str:
    # pyarrow quotes the cell after the first sentence; a message must not hold a cell.
    return str(error).split(":")[0].split("'")[0].strip()


class _RowIndex:
    """Line numbers of records, worked out only when a row has to be named (blank lines and line breaks in cells)."""

    def __init__(self, path: Path, dialect: _Dialect, columns: tuple[pa.DictionaryArray, ...]) -> None:
        self._path = path
        self._columns = columns
        self._dialect = dialect

    @cached_property
    def _records(self) -> list[tuple[int, int]]:
        """First line and width of each record under the header."""
        csv.field_size_limit(2**31 - 1)
        encoding = "utf-8-sig" if self._dialect.encoding == "utf-8" else self._dialect.encoding
        records = []
        with self._path.open(encoding=encoding, errors="replace", newline="") as stream:
            reader = csv.reader(stream, delimiter=self._dialect.delimiter)
            before = 0
            for record in reader:
                if before >= self._dialect.header_line and any(cell.strip() for cell in record):
                    records.append((before + 1, len(record)))
                before = reader.line_num
        return records

    def good_lines(self, n_rows: int) -> np.ndarray:
        width = len(self._dialect.header)
        breaks = np.zeros(n_rows, np.int64)
        for column in self._columns:
            per_text = pc.count_substring(column.dictionary, "\n")
            if len(per_text) and pc.max(per_text).as_py():
                breaks += pc.take(per_text, column.indices).fill_null(0).to_numpy(zero_copy_only=False)
        if self._count_lines() == n_rows + int(breaks.sum()) + self._dialect.header_line:
            # No blank line, no unreadable row: a row begins where the line breaks inside the rows before it say.
            before = np.concatenate([[0], np.cumsum(breaks)[:-1]]) if n_rows else breaks
            return np.arange(n_rows) + before + self._dialect.header_line + 1
        lines = [line for line, cells in self._records if cells == width]
        if len(lines) != n_rows:
            # The two readers disagree about a record (blank cells only): fall back to counting rows.
            return np.arange(n_rows) + self._dialect.header_line + 1
        return np.asarray(lines)

    def _count_lines(self) -> int:
        """Lines of the file as line feeds tell; -1 where they do not."""
        if self._dialect.encoding.startswith("utf-16"):
            return -1
        count, last = 0, b""
        with self._path.open("rb") as stream:
            while block := stream.read(_LONG_ROW_BLOCK_BYTES):
                count, last = count + block.count(b"\n"), block
        return count + (not last.endswith(b"\n"))

    def unreadable(self, bad_rows: list[str]) -> tuple[UnreadableRow, ...]:
        width = len(self._dialect.header)
        found = [(line, cells) for line, cells in self._records if cells != width]
        if len(found) != len(bad_rows):
            found = [(0, 0)] * len(bad_rows)
        return tuple(
            UnreadableRow(line, text, f"{cells or 'other'} cells under {width} names")
            for (line, cells), text in zip(found, bad_rows, strict=True)
        )
