"""The column map, strict both ways: every column of a file is registered, every required column is there, once.

A file that passes is a `MappedFile`: text columns by target name. Codes are the next step (`codes`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from orchestration.errors import ExitCode
from orchestration.intake.files.returns import KIND_COLUMNS, ReturnFile
from orchestration.intake.files.source import MissingValues, SourceTable, normal_name
from orchestration.intake.refusal import NOT_A_NAME, Problem, shown_name
from orchestration.intake.rules import YearRules
from orchestration.registry import SourceColumn


@dataclass
class MappedFile:
    """A file whose columns are known. `columns` holds text by target name, identifiers left out; all of one length.

    `registered` holds the registry row of each column, and `declared_missing` what the file itself declares missing, by
    target name.
    """

    file: ReturnFile
    source: SourceTable
    registered: dict[str, SourceColumn]
    columns: dict[str, pa.DictionaryArray]
    declared_missing: dict[str, MissingValues] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """File name for messages."""
        return self.file.name

    @property
    def n_rows(self) -> int:
        """Data rows that could be read."""
        return self.source.n_rows

    def holds(self, kind: str) -> bool:
        """Whether the file holds columns of a kind of the registry; a joined file holds two."""
        return kind in KIND_COLUMNS[self.file.kind]

    def column(self, target: str) -> pa.DictionaryArray:
        """A column's text; all null where an optional column was not delivered."""
        found = self.columns.get(target)
        if found is not None:
            return found
        empty = pa.array([None] * self.n_rows, pa.int32())
        return pa.DictionaryArray.from_arrays(empty, pa.array([], pa.string()))

    def take(self, rows: np.ndarray) -> MappedFile:
        """The same file with some of its rows only; row numbers stay those of the file."""
        indices = pa.array(rows)
        source = replace(
            self.source,
            columns=tuple(column.take(indices) for column in self.source.columns),
            n_rows=len(rows),
            unreadable=(),
            locate_rows=lambda: self.source.row_numbers()[rows],
        )
        columns = {name: column.take(indices) for name, column in self.columns.items()}
        return replace(self, source=source, columns=columns)


def columns_by_name(rules: YearRules, kind: str) -> dict[str, SourceColumn]:
    """Registered columns of a file kind by normal source name; a joined file has those of sample and responses."""
    found: dict[str, SourceColumn] = {}
    for column in rules.columns(*KIND_COLUMNS[kind]):
        found.setdefault(normal_name(column.source_column), column)
    return found


def map_columns(file: ReturnFile, source: SourceTable, rules: YearRules, problems: list[Problem]) -> MappedFile:
    """Give the columns of a file their registered names; whatever does not fit is added to `problems`."""
    expected = columns_by_name(rules, file.kind)
    names = [normal_name(name) for name in source.names]
    known = [name for name in names if name in expected]
    required = [name for name, column in expected.items() if column.is_required]
    mapped = MappedFile(file, source, {}, {})
    if len(known) * 4 < len(required):
        problems.append(_no_header(file, len(known), len(required)))
        return mapped
    problems += [_doubled(file, name, names.count(name)) for name in dict.fromkeys(known) if names.count(name) > 1]
    problems += _unknown(file, source, names, expected, rules)
    problems += [_missing(file, expected[name]) for name in required if name not in names]
    for name, texts in zip(names, source.columns, strict=True):
        column = expected.get(name)
        if column and column.disposition not in ("identifier", "ignored"):
            mapped.columns[column.target_column] = texts
            mapped.registered[column.target_column] = column
    for name, values in source.missing_values.items():
        if column := expected.get(normal_name(name)):
            mapped.declared_missing[column.target_column] = values
    return mapped


def _no_header(file: ReturnFile, known: int, required: int) -> Problem:
    what = f"only {known} of {required} expected column names were found: no header row, or another table"
    step = (
        f"check that this is the {file.kind} file of the year and that its first row names the columns; "
        "for a new questionnaire run `ncpes intake`, which proposes the registry rows"
    )
    return Problem(ExitCode.WRONG_STRUCTURE, what, file=file.name, next_step=step)


def _doubled(file: ReturnFile, name: str, count: int) -> Problem:
    step = "ask the supplier which of them is right"
    return Problem(ExitCode.WRONG_STRUCTURE, "the file has the column more than once", file.name, name, count, step)


def _unknown(
    file: ReturnFile, source: SourceTable, names: list[str], expected: dict[str, SourceColumn], rules: YearRules
) -> list[Problem]:
    """Columns that the registry does not have, each with the row that would register it.

    Where one of their names does not look like a name, the header may be a row of values: then none of them is shown.
    """
    unknown = [
        (number, written if name else None)
        for number, (written, name) in enumerate(zip(source.names, names, strict=True), start=1)
        if name not in expected
    ]
    is_doubtful = any(written and shown_name(written) == NOT_A_NAME for _, written in unknown)
    kind = KIND_COLUMNS[file.kind][-1]
    found = []
    for number, written in unknown:
        if written is None:
            column, step = f"{number} (no name)", "remove the nameless column or name it"
        elif is_doubtful:
            column = f"{number} {NOT_A_NAME}"
            step = "look at the header: it holds values, or names unlike names; none of the unknown ones is shown"
        else:
            column = written
            row = f"{rules.survey_year},{kind},{written},<target>,<disposition>,false,,<source>"
            step = f"add to source_columns.csv: {row} (disposition `ignored` if it is not wanted)"
        what = "the column is not in the registry"
        found.append(Problem(ExitCode.WRONG_STRUCTURE, what, file.name, column, next_step=step))
    return found


def _missing(file: ReturnFile, column: SourceColumn) -> Problem:
    row = f"{column.survey_year},{column.file_kind},{column.source_column}"
    step = f"ask the supplier for it, or remove {row} from source_columns.csv (is_required = false if it may be absent)"
    what = "the registered column is not in the file"
    return Problem(ExitCode.WRONG_STRUCTURE, what, file.name, column.source_column, next_step=step)
