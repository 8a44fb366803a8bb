"""Every published file, read back and compared with the candidate cell by cell.

A year's local tables were once reissued because groups had been exported under the wrong names: a file is published
only after a reader that did not write it has found in it what the candidate holds. Parquet (written by pyarrow) and CSV
(written by our own encoder) are read by DuckDB, the DuckDB file by a connection that did not write it. Belongs here:
reading and comparing. Does not belong here: writing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.release.candidate.files import PublishedFile
from orchestration.release.candidate.tables import candidate_table, cut_by_year
from orchestration.release.errors import FilesDiffer
from orchestration.release.records.candidate import Candidate, TableRecord
from orchestration.release.records.manifest import ReadBackRecord

# Differences listed for each file and column; all of them are counted.
MAX_LISTED = 20


@dataclass(frozen=True)
class CellDifference:
    """A cell whose published value is not the candidate's; `key` names the row, by values of published columns."""

    file: str
    table: str
    column: str
    key: tuple[Any, ...]
    candidate_value: Any
    file_value: Any

    def __str__(self) -> str:
        return (
            f"{self.file}: {self.table}.{self.column} of {self.key} is {self.file_value!r}, "
            f"the candidate has {self.candidate_value!r}"
        )


@dataclass(frozen=True)
class FileComparison:
    """A file against the candidate: cells compared, cells that differ, and faults that leave no cells to compare."""

    file: str
    cells: int
    n_differences: int
    differences: tuple[CellDifference, ...] = ()
    faults: tuple[str, ...] = ()

    @property
    def is_equal(self) -> bool:
        """True where everything was compared and nothing differs."""
        return not self.n_differences and not self.faults


def read_back(folder: Path, candidate: Candidate, files: Sequence[PublishedFile]) -> list[FileComparison]:
    """Compare published files with the candidate, table by table. A file that is missing or unreadable is a fault."""
    comparisons = []
    for table in candidate.tables:
        rows = candidate_table(folder, table.name)
        parts = {None: rows, **dict(cut_by_year(rows, table.key))}
        for file in files:
            if file.table in (None, table.name):
                comparisons.append(_compare_file(file, table, parts[file.survey_year]))
    return comparisons


def require_equal(comparisons: Sequence[FileComparison]) -> ReadBackRecord:
    """What the manifest says about the comparison. Raises FilesDiffer, listing differences, where there is any."""
    if wrong := [c for c in comparisons if not c.is_equal]:
        lines = [f"{c.file}: {fault}" for c in wrong for fault in c.faults]
        lines += [str(difference) for c in wrong for difference in c.differences]
        n = sum(c.n_differences for c in wrong)
        raise FilesDiffer(
            f"{n} cells in {len(wrong)} files differ from the candidate:\n" + "\n".join(lines[:MAX_LISTED]) + "\n"
            "Nothing is published. Run the load again; if the same cells differ, the writer of that format is at fault."
        )
    return ReadBackRecord(files=len({c.file for c in comparisons}), cells=sum(c.cells for c in comparisons))


def _compare_file(file: PublishedFile, table: TableRecord, expected: pa.Table) -> FileComparison:
    try:
        found = _READERS[file.format](file.path, table)
    except (duckdb.Error, OSError) as error:
        return FileComparison(file.path.name, 0, 0, faults=(f"{table.name} cannot be read: {error}",))
    return compare_tables(file.path.name, table, expected, found)


def _read_parquet(path: Path, table: TableRecord) -> pa.Table:
    with duckdb.connect() as connection:
        return connection.read_parquet(str(path), hive_partitioning=False).to_arrow_table()


def _read_csv(path: Path, table: TableRecord) -> pa.Table:
    types = {column.name: column.type for column in table.columns}
    with duckdb.connect() as connection:
        return connection.sql(
            "from read_csv($path, header = true, columns = $types, delim = ',', quote = '\"', escape = '\"', "
            "new_line = '\\n', nullstr = '', allow_quoted_nulls = false, auto_detect = false, strict_mode = true)",
            params={"path": str(path), "types": types},
        ).to_arrow_table()


def _read_duckdb(path: Path, table: TableRecord) -> pa.Table:
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.sql(f"from {table.name}").to_arrow_table()


_READERS = {"parquet": _read_parquet, "csv": _read_csv, "duckdb": _read_duckdb}


def compare_tables(file: str, table: TableRecord, expected: pa.Table, found: pa.Table) -> FileComparison:
    """Compare two tables by position: names, types, number of rows, then every cell (null equals null only).

    Args:
        file: name to report.
        table: the record of the candidate's table; its key names the rows that differ.
        expected: the candidate's rows in order of the key.
        found: the file's rows, in the same order.
    """
    if not expected.schema.equals(found.schema):
        fault = f"columns of {table.name} are {_shape(found)}, the candidate has {_shape(expected)}"
        return FileComparison(file, 0, 0, faults=(fault,))
    if expected.num_rows != found.num_rows:
        fault = f"{table.name} has {found.num_rows} rows, the candidate has {expected.num_rows}"
        return FileComparison(file, 0, 0, faults=(fault,))
    differences: list[CellDifference] = []
    n_differences = 0
    for column in expected.column_names:
        if expected[column].equals(found[column]):
            continue
        rows = _rows_that_differ(expected[column].combine_chunks(), found[column].combine_chunks())
        n_differences += len(rows)
        for row in rows[:MAX_LISTED]:
            key = tuple(expected[name][row].as_py() for name in table.key)
            values = expected[column][row].as_py(), found[column][row].as_py()
            differences.append(CellDifference(file, table.name, column, key, *values))
    return FileComparison(file, expected.num_rows * expected.num_columns, n_differences, tuple(differences))


def _rows_that_differ(expected: pa.Array, found: pa.Array) -> list[int]:
    one_null = pc.xor(pc.is_null(expected), pc.is_null(found))
    unequal = pc.fill_null(pc.not_equal(expected, found), False)
    return list(pc.indices_nonzero(pc.or_(one_null, unequal)).to_pylist())


def _shape(table: pa.Table) -> str:
    return ", ".join(f"{field.name} {field.type}" for field in table.schema)
