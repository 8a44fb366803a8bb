"""The column map, strict both ways: every column of a file is registered, every required column is there, once.

A file that passes is a `MappedFile`: text columns by target name. Codes are the next step (`codes`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from orchestration.intake.files.header import normal_name
from orchestration.intake.files.returns import KIND_COLUMNS, ReturnFile
from orchestration.intake.files.source import SourceTable
from orchestration.intake.refusal import NOT_A_NAME, Problem, RefusalKind, shown_name
from orchestration.intake.rules import ColumnRule, YearRules

MissingValues = Sequence[str | tuple[float, float]]


@dataclass
class MappedFile:
    """A file whose columns are known. `columns` holds text by target name, identifiers left out; all of one length.

    `declared_missing` holds, by target name, what the file itself declares missing.
    """

    file: ReturnFile
    source: SourceTable
    rules: dict[str, ColumnRule]
    columns: dict[str, pa.DictionaryArray]
    declared_missing: dict[str, MissingValues] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        """Data rows that could be read."""
        return self.source.n_rows

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
        return replace(
            self, source=source, columns={name: column.take(indices) for name, column in self.columns.items()}
        )


def rules_of_file(rules: YearRules, kind: str) -> dict[str, ColumnRule]:
    """Column rules of a file kind by normal source name; a joined file holds those of sample and responses."""
    found: dict[str, ColumnRule] = {}
    for column_kind in KIND_COLUMNS[kind]:
        for rule in rules.columns[column_kind]:
            found.setdefault(normal_name(rule.source_column), rule)
    return found


def map_columns(file: ReturnFile, source: SourceTable, rules: YearRules, problems: list[Problem]) -> MappedFile:
    """Give the columns of a file their registered names; whatever does not fit is added to `problems`."""
    expected = rules_of_file(rules, file.kind)
    names = [normal_name(name) for name in source.names]
    known = [name for name in names if name in expected]
    required = [name for name, rule in expected.items() if rule.is_required]
    if len(known) * 4 < len(required):
        problems.append(_no_header(file, len(known), len(required)))
        return MappedFile(file, source, {}, {})
    problems += [_doubled(file, name, names.count(name)) for name in dict.fromkeys(known) if names.count(name) > 1]
    problems += _unmapped(file, source, names, expected, rules)
    for name in required:
        if name not in names:
            problems.append(_missing(file, expected[name], rules))
    mapped: dict[str, pa.DictionaryArray] = {}
    used: dict[str, ColumnRule] = {}
    for name, column in zip(names, source.columns, strict=True):
        rule = expected.get(name)
        if rule and rule.disposition not in ("identifier", "ignored"):
            mapped[rule.target_column] = column
            used[rule.target_column] = rule
    declared = {normal_name(name): values for name, values in source.missing_values.items()}
    by_target = {expected[name].target_column: values for name, values in declared.items() if name in expected}
    return MappedFile(file, source, used, mapped, by_target)


def _no_header(file: ReturnFile, known: int, required: int) -> Problem:
    return Problem(
        RefusalKind.STRUCTURE,
        f"only {known} of {required} expected column names were found: no header row, or another table",
        file=file.name,
        next_step=f"check that this is the {file.kind} file of the year and that its first row names the columns; "
        "for a new questionnaire run `ncpes intake`, which proposes the registry rows",
    )


def _doubled(file: ReturnFile, name: str, count: int) -> Problem:
    return Problem(
        RefusalKind.STRUCTURE,
        "the column stands more than once",
        file=file.name,
        column=name,
        count=count,
        next_step="ask the supplier which of them is meant",
    )


def _unmapped(
    file: ReturnFile, source: SourceTable, names: list[str], expected: dict[str, ColumnRule], rules: YearRules
) -> list[Problem]:
    """Columns that the registry does not know, each with the row that would register it.

    Where one of their names is no name, a row of values may stand in the header: then none of them is shown.
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
        found.append(
            Problem(
                RefusalKind.STRUCTURE,
                "the column is not in the registry",
                file=file.name,
                column=column,
                next_step=step,
            )
        )
    return found


def _missing(file: ReturnFile, rule: ColumnRule, rules: YearRules) -> Problem:
    return Problem(
        RefusalKind.STRUCTURE,
        "the registered column is not in the file",
        file=file.name,
        column=rule.source_column,
        next_step=f"ask the supplier for it, or remove {rules.survey_year},{rule.file_kind},{rule.source_column} from "
        "source_columns.csv (is_required = false if it may be absent)",
    )
