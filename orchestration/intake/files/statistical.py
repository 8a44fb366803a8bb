"""SPSS and Stata files through pyreadstat: codes with their labels, and three kinds of missing values.

System missing is an empty cell. Values that the file declares missing (SPSS user-missing, Stata `.a` to `.z`) stay as
they are and are named in `missing_values`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyreadstat

from orchestration.intake.files.packing import ColumnPacker
from orchestration.intake.files.source import (
    FileFormat,
    MissingValues,
    SourceTable,
    as_text,
    cell_text,
    check_width,
    text_column,
)
from orchestration.intake.refusal import UnreadableFile

if TYPE_CHECKING:
    from orchestration.settings import IntakeLimits

_CELLS_AT_ONCE = 8_000_000
_AGAIN = "ask the supplier to send the file again, or as CSV"
_ERRORS = (pyreadstat.ReadstatError, pyreadstat.PyreadstatError)
# Formats whose numbers are dates: SPSS counts seconds from 1582-10-14, Stata days from 1960-01-01.
_SPSS_DATES = ("DATE", "ADATE", "EDATE", "SDATE", "JDATE", "DATETIME", "YMDHMS")
_SPSS_START, _STATA_START = dt.datetime(1582, 10, 14), dt.datetime(1960, 1, 1)  # noqa: DTZ001 - dates have no zone
_DAY = 86_400


def read_statistical(path: Path, file_format: str, limits: IntakeLimits) -> SourceTable:
    """Read a .sav, .zsav or .dta file in blocks of rows.

    Raises:
        UnreadableFile: damaged, or in an encoding that does not hold what it claims.
    """
    read = pyreadstat.read_sav if file_format == "spss" else pyreadstat.read_dta
    encoding = None
    try:
        _, metadata = read(path, metadataonly=True, user_missing=True)
    except UnicodeDecodeError:
        encoding = "cp1252"
        _, metadata = read(path, metadataonly=True, user_missing=True, encoding=encoding)
    except _ERRORS as error:
        raise UnreadableFile(f"the {file_format.upper()} file is damaged or cut off", next_step=_AGAIN) from error
    names = tuple(metadata.column_names)
    check_width(names, limits)
    try:
        columns, n_rows, encoding = _read_columns(path, read, names, metadata, file_format, encoding)
    except _ERRORS as error:
        raise UnreadableFile(f"the {file_format.upper()} file is damaged or cut off", next_step=_AGAIN) from error
    if metadata.number_rows is not None and 0 <= metadata.number_rows != n_rows:
        raise UnreadableFile(
            f"the file says it has {metadata.number_rows:,} rows and holds {n_rows:,}: it is cut off", next_step=_AGAIN
        )
    return SourceTable(
        names=names,
        columns=columns,
        n_rows=n_rows,
        format=FileFormat(file_format, encoding=encoding or metadata.file_encoding, header_row=0),
        first_row=1,
        variable_labels={name: text for name, text in metadata.column_names_to_labels.items() if text},
        value_labels=_value_labels(dict(metadata.variable_value_labels), file_format),
        missing_values=_missing_values(metadata, file_format),
    )


def _read_columns(
    path: Path, read: Any, names: Sequence[str], metadata: Any, file_format: str, encoding: str | None
) -> tuple[tuple[pa.DictionaryArray, ...], int, str | None]:
    rows_at_once = max(1, _CELLS_AT_ONCE // max(1, len(names)))
    options = {"user_missing": True, "disable_datetime_conversion": True, "output_format": "dict"}
    packers = [ColumnPacker() for _ in names]
    n_rows = 0
    while True:
        try:
            block, _ = read(path, row_offset=n_rows, row_limit=rows_at_once, encoding=encoding, **options)
        except UnicodeDecodeError:
            if encoding is not None:
                raise
            # The file claims an encoding that its texts are not in: Windows is what it usually was.
            return _read_columns(path, read, names, metadata, file_format, "cp1252")
        arrays = [np.asarray(block[name]) for name in names]
        found = len(arrays[0]) if arrays else 0
        for packer, name, array in zip(packers, names, arrays, strict=True):
            packer.add(
                _text(
                    array,
                    file_format,
                    metadata.readstat_variable_types.get(name),
                    metadata.original_variable_types[name],
                )
            )
        n_rows += found
        if found < rows_at_once:
            return tuple(packer.finish() for packer in packers), n_rows, encoding


def _text(array: np.ndarray, file_format: str, storage: str | None, written_format: str | None) -> pa.DictionaryArray:
    """A block of a column as text."""
    to_date = _date_rule(file_format, written_format or "")
    if array.dtype == object or array.dtype.kind in "US":
        is_number = file_format == "stata" and storage != "string"
        cells = (f".{cell}" if is_number and isinstance(cell, str) else cell for cell in array.tolist())
        return text_column(to_date(cell) if to_date and isinstance(cell, float) else cell for cell in cells)
    if to_date:
        return text_column(to_date(float(cell)) for cell in array.tolist())
    if storage == "float":  # what was stored in single precision has lost what does not fit it
        array = array.astype(np.float32)
    return as_text(pa.array(array, from_pandas=True))


def _date_rule(file_format: str, written_format: str) -> Any:
    """How a number of this format becomes a date; None for plain numbers. Dates beyond the calendar stay numbers."""
    kind = written_format.upper().rstrip("0123456789.")
    if file_format == "spss" and kind in _SPSS_DATES:
        start, unit = _SPSS_START, 1
    elif file_format == "stata" and written_format.lower().startswith(("%td", "%d")):
        start, unit = _STATA_START, _DAY
    else:
        return None

    def to_date(number: float) -> object:
        if number != number:
            return None
        try:
            return start + dt.timedelta(seconds=number * unit)
        except OverflowError:
            return number

    return to_date


def _value_labels(labels: Mapping[str, Mapping[Any, str]], file_format: str) -> dict[str, dict[str, str]]:
    def code(value: object) -> str:
        tagged = file_format == "stata" and isinstance(value, str)
        return f".{value}" if tagged else (cell_text(value) or "")

    return {name: {code(value): text for value, text in found.items()} for name, found in labels.items()}


def _missing_values(metadata: Any, file_format: str) -> dict[str, MissingValues]:
    if file_format == "stata":
        # Which tags occur is known only after reading; any of them is missing.
        tags = tuple(f".{letter}" for letter in ascii_lowercase)
        return {name: tags for name, storage in metadata.readstat_variable_types.items() if storage != "string"}
    found: dict[str, MissingValues] = {}
    for name, ranges in metadata.missing_ranges.items():
        values: list[str | tuple[float, float]] = []
        for limits in ranges:
            low, high = limits["lo"], limits["hi"]
            if isinstance(low, str) or low == high:
                values.append(cell_text(low) or "")
            else:
                values.append((float(low), float(high)))
        found[name] = tuple(values)
    return found
