"""Seeds to typed rows, from files or a database, and back to cells. Every cell that cannot be read is a problem.

Belongs here: one seed at a time. Does not belong here: what rows of different files say to one another (`validate`).
"""

from __future__ import annotations

import csv
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from orchestration.registry.errors import Problem, RegistryError
from orchestration.registry.seeds import Seed

LIST_SEPARATOR = "|"

# Column, reader of its cells, values it may take (None: any).
_CellReader = tuple[str, Callable[[str], Any], tuple[str, ...] | None]


@dataclass(frozen=True)
class ParsedSeed:
    """Rows of a seed that could be read, with the line of each, and the cells of all rows as text.

    `line_texts` has the rows that could not be read as well: a row refused for one cell is still there to be referred
    to, so that one fault is one problem. `is_readable` is false where the file or its header is not.
    """

    seed: Seed
    rows: tuple[Any, ...] = ()
    lines: tuple[int, ...] = ()
    line_texts: Mapping[int, Mapping[str, str]] = field(default_factory=dict)
    is_readable: bool = False

    @property
    def is_complete(self) -> bool:
        """Whether every row could be read."""
        return self.is_readable and len(self.rows) == len(self.line_texts)


def read_seed(folder: Path, seed: Seed) -> tuple[ParsedSeed, list[Problem]]:
    """Rows of one seed in the order of the file, and what is wrong with it. Rows with a problem are left out."""
    columns = tuple(field_.name for field_ in fields(seed.row_type))
    path = folder / f"{seed.name}.csv"
    if not path.is_file():
        step = f"Restore it with the columns {', '.join(columns)}"
        return ParsedSeed(seed), [Problem(seed.name, None, None, "the file is missing", step)]
    # A spreadsheet puts a byte-order mark in front.
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        header = tuple(next(reader, ()))
        if header != columns:
            return ParsedSeed(seed), [_header_problem(seed, header, columns)]
        return _read_rows(seed, columns, reader)


def cells_of(row: Any) -> dict[str, str]:
    """The cells of a typed row as its seed file holds them; read again, they give the same row."""
    return {field_.name: _cell(getattr(row, field_.name)) for field_ in fields(row)}


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return LIST_SEPARATOR.join(map(str, value))
    return value.isoformat() if isinstance(value, date) else str(value)


def rows_of_records(seed: Seed, records: Iterable[Mapping[str, Any]]) -> tuple[Any, ...]:
    """Rows of a seed from records as a database holds it: None is an empty cell, a list is text as in the file.

    Each value is read like the cell that it was loaded from. Raises RegistryError where one cannot be read, KeyError
    where a column is missing.
    """
    columns = tuple(field_.name for field_ in fields(seed.row_type))
    converters = _converters(seed, columns)
    rows: list[Any] = []
    problems: list[Problem] = []
    # A seed is loaded in the order of its file, below the header.
    for line, record in enumerate(records, start=2):
        values, faults = _read_cells(seed, converters, [_cell(record[name]) for name in columns], line)
        problems += faults
        if not faults:
            rows.append(seed.row_type(*values))
    if problems:
        raise RegistryError.from_problems(problems)
    return tuple(rows)


def read_record(seed: Seed, record: Mapping[str, str], line: int) -> tuple[dict[str, str], list[Problem]]:
    """The cells of one row as a seed file holds them, and what is wrong with those of `record`, by its line."""
    columns = tuple(field_.name for field_ in fields(seed.row_type))
    values, problems = _read_cells(seed, _converters(seed, columns), [record[name] for name in columns], line)
    return ({} if problems else cells_of(seed.row_type(*values))), problems


def _header_problem(seed: Seed, header: tuple[str, ...], columns: tuple[str, ...]) -> Problem:
    missing = [name for name in columns if name not in header]
    extra = [name for name in header if name not in columns]
    parts = [f"missing {', '.join(missing)}"] * bool(missing) + [f"unknown {', '.join(extra)}"] * bool(extra)
    fault = "the header does not fit: " + ("; ".join(parts) or "columns in another order or duplicated")
    return Problem(seed.name, 1, None, fault, f"Give the columns {', '.join(columns)}, in this order")


def _read_rows(seed: Seed, columns: tuple[str, ...], reader: Any) -> tuple[ParsedSeed, list[Problem]]:
    problems: list[Problem] = []
    rows: list[Any] = []
    lines: list[int] = []
    texts: dict[int, Mapping[str, str]] = {}
    converters = _converters(seed, columns)
    for cells in reader:
        line = reader.line_num
        if len(cells) != len(columns):
            fault = f"{len(cells)} cells where the header has {len(columns)}"
            problems.append(Problem(seed.name, line, None, fault, "Quote cells that hold a comma"))
            continue
        texts[line] = dict(zip(columns, cells, strict=True))
        values, faults = _read_cells(seed, converters, cells, line)
        if faults:
            problems += faults
            continue
        rows.append(seed.row_type(*values))
        lines.append(line)
    return ParsedSeed(seed, tuple(rows), tuple(lines), texts, True), problems


def _converters(seed: Seed, columns: Sequence[str]) -> list[_CellReader]:
    return [(name, _converter(seed.row_type, name), seed.choices.get(name)) for name in columns]


def _read_cells(
    seed: Seed, converters: Sequence[_CellReader], cells: Sequence[str], line: int
) -> tuple[list[Any], list[Problem]]:
    values: list[Any] = []
    problems: list[Problem] = []
    for (name, convert, choices), text in zip(converters, cells, strict=True):
        try:
            value = convert(text)
        except ValueError as error:
            problems.append(Problem(seed.name, line, name, str(error), "Correct the cell"))
            continue
        if choices and (wrong := _outside(value, choices)):
            step = f"Choose from {', '.join(choices)}"
            problems.append(Problem(seed.name, line, name, f"{wrong!r} is not a permitted value", step))
        values.append(value)
    return values, problems


def _outside(value: Any, choices: tuple[str, ...]) -> str | None:
    values = value if isinstance(value, tuple) else (value,)
    return next((item for item in values if item is not None and item not in choices), None)


@cache
def _converter(row_type: type, name: str) -> Callable[[str], Any]:
    """Reader of a cell, by the annotation of the field: an optional one takes an empty cell as None."""
    kind = _hints(row_type)[name]
    options = typing.get_args(kind)
    if typing.get_origin(kind) is tuple:
        item = _READERS[options[0]]
        return lambda text: tuple(item(part) for part in text.split(LIST_SEPARATOR)) if text else ()
    if type(None) in options:
        present = _READERS[next(option for option in options if option is not type(None))]
        return lambda text: present(text) if text else None
    return _READERS[kind]


@cache
def _hints(row_type: type) -> dict[str, Any]:
    return typing.get_type_hints(row_type)


def _text(text: str) -> str:
    if not text:
        raise ValueError("the cell is empty and must not be")
    if text != text.strip():
        raise ValueError(f"{text!r} begins or ends with a blank")
    return text


def _whole_number(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a whole number") from None


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a number") from None


def _truth(text: str) -> bool:
    # A spreadsheet writes TRUE where it read true.
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is neither true nor false")
    return text.lower() == "true"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is not a date such as 2026-03-31") from None


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{text!r} is not a moment with its offset such as 2019-09-04T09:30:00+01:00")
    return moment


_READERS: dict[Any, Callable[[str], Any]] = {
    str: _text,
    int: _whole_number,
    float: _number,
    bool: _truth,
    date: _day,
    datetime: _moment,
}
