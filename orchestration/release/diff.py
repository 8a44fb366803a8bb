"""What is different between two releases: tables, columns, rows gone, new and changed, the largest first.

Belongs here: comparing content as dataclasses. Does not belong here: rendering (the report) or deciding what matters.
Lists are capped, counts are not.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from orchestration.release.candidate import read_candidate
from orchestration.release.manifest import read_manifest
from orchestration.release.records import CANDIDATE_FILE, TABLES_FOLDER, TableRecord
from orchestration.release.sql import literal

# A reviewer reads the first few; the counts tell how many more there are.
MAX_ROWS = 50


@dataclass(frozen=True)
class ChangedColumn:
    """A column with changed values; the largest absolute difference where it holds floats."""

    column: str
    n_changed: int
    max_difference: float | None


@dataclass(frozen=True)
class ChangedRow:
    """A row of both releases with other values. `size`: its largest absolute difference in a float column."""

    key: tuple[Any, ...]
    size: float
    changes: dict[str, tuple[Any, Any]]


@dataclass(frozen=True)
class TableDiff:
    """A table of both releases. `gone` and `new` are keys, `changed` rows in order of size; all three are capped."""

    table: str
    key: tuple[str, ...]
    rows_old: int
    rows_new: int
    columns_gone: tuple[str, ...] = ()
    columns_new: tuple[str, ...] = ()
    n_gone: int = 0
    n_new: int = 0
    n_changed: int = 0
    columns_changed: tuple[ChangedColumn, ...] = ()
    gone: tuple[tuple[Any, ...], ...] = ()
    new: tuple[tuple[Any, ...], ...] = ()
    changed: tuple[ChangedRow, ...] = ()

    @property
    def n_different(self) -> int:
        """Rows gone, new and changed."""
        return self.n_gone + self.n_new + self.n_changed

    @property
    def is_equal(self) -> bool:
        """True where columns and rows are the same."""
        return not (self.n_different or self.columns_gone or self.columns_new)


@dataclass(frozen=True)
class ReleaseDiff:
    """Two releases; `tables` holds those that differ, the one with most different rows first."""

    tables_gone: tuple[str, ...]
    tables_new: tuple[str, ...]
    tables: tuple[TableDiff, ...]

    @property
    def is_equal(self) -> bool:
        """True where the content is the same."""
        return not (self.tables_gone or self.tables_new or self.tables)


def diff_releases(old: Path, new: Path) -> ReleaseDiff:
    """Compare two folders, each a release or a candidate (files of a candidate need not be written yet)."""
    tables_old, tables_new = _tables(old), _tables(new)
    diffs = []
    with duckdb.connect() as connection:
        for name in sorted(tables_old.keys() & tables_new.keys()):
            (record_old, path_old), (record_new, path_new) = tables_old[name], tables_new[name]
            if (record_old.sha256, record_old.columns) == (record_new.sha256, record_new.columns):
                continue
            connection.execute(f"create or replace temp view old as from read_parquet({literal(path_old)})")
            connection.execute(f"create or replace temp view new as from read_parquet({literal(path_new)})")
            diffs.append(_diff_table(connection, record_old, record_new))
    return ReleaseDiff(
        tables_gone=tuple(sorted(tables_old.keys() - tables_new.keys())),
        tables_new=tuple(sorted(tables_new.keys() - tables_old.keys())),
        tables=tuple(sorted((d for d in diffs if not d.is_equal), key=lambda d: (-d.n_different, d.table))),
    )


def _tables(folder: Path) -> dict[str, tuple[TableRecord, Path]]:
    if (folder / CANDIDATE_FILE).is_file():
        tables = read_candidate(folder).tables
        return {table.name: (table, folder / TABLES_FOLDER / f"{table.name}.parquet") for table in tables}
    manifest = read_manifest(folder)
    paths = {file.table: folder / file.path for file in manifest.files if file.format == "parquet"}
    return {table.name: (table, paths[table.name]) for table in manifest.tables}


def _diff_table(connection: duckdb.DuckDBPyConnection, old: TableRecord, new: TableRecord) -> TableDiff:
    names_old, names_new = [c.name for c in old.columns], [c.name for c in new.columns]
    key = tuple(name for name in new.key if name in names_old)
    values = [c.name for c in new.columns if c.name in names_old and c.name not in key]
    kinds = {c.name: c.kind for c in old.columns}
    floats = [c.name for c in new.columns if c.name in values and c.kind == kinds[c.name] == "float"]
    n_gone, gone = _only_in(connection, "old", "new", key)
    n_new, fresh = _only_in(connection, "new", "old", key)
    n_changed, columns, rows = _changed(connection, key, values, floats)
    return TableDiff(
        table=new.name,
        key=key,
        rows_old=old.rows,
        rows_new=new.rows,
        columns_gone=tuple(name for name in names_old if name not in names_new),
        columns_new=tuple(name for name in names_new if name not in names_old),
        n_gone=n_gone,
        n_new=n_new,
        n_changed=n_changed,
        columns_changed=columns,
        gone=gone,
        new=fresh,
        changed=rows,
    )


def _only_in(
    connection: duckdb.DuckDBPyConnection, here: str, there: str, key: Sequence[str]
) -> tuple[int, tuple[tuple[Any, ...], ...]]:
    """Keys of `here` that are not in `there`: how many, and the first of them."""
    names = _names(key)
    connection.execute(
        f"create or replace temp table only_here as select {names} from {here} anti join {there} using ({names})"
    )
    n = _scalar(connection, "select count(*) from only_here")
    return n, tuple(connection.execute(f"from only_here order by {names} limit {MAX_ROWS}").fetchall())


def _changed(
    connection: duckdb.DuckDBPyConnection, key: Sequence[str], values: Sequence[str], floats: Sequence[str]
) -> tuple[int, tuple[ChangedColumn, ...], tuple[ChangedRow, ...]]:
    """Rows of both with other values: how many, by column, and the largest."""
    if not values:
        return 0, (), ()
    names = _names(key)
    pairs = ", ".join(f'old."{v}" as "old {v}", new."{v}" as "new {v}"' for v in values)
    differs = " or ".join(f'old."{v}" is distinct from new."{v}"' for v in values)
    sizes = [f'abs(new."{v}" - old."{v}")' for v in floats]
    size = f"coalesce(greatest({', '.join(sizes)}), 0)" if sizes else "0"
    connection.execute(
        f"create or replace temp table changed as select {names}, {pairs}, cast({size} as double) as size "
        f"from old join new using ({names}) where {differs}"
    )
    columns = []
    for v in values:
        difference = f'max(abs("new {v}" - "old {v}"))' if v in floats else "null"
        n, largest = connection.execute(
            f'select count(*), {difference} from changed where "old {v}" is distinct from "new {v}"'
        ).fetchall()[0]
        if n:
            columns.append(ChangedColumn(v, n, largest))
    rows = connection.execute(f"from changed order by size desc, {names} limit {MAX_ROWS}").fetchall()
    return (
        _scalar(connection, "select count(*) from changed"),
        tuple(sorted(columns, key=lambda c: (-c.n_changed, c.column))),
        tuple(_changed_row(row, len(key), values) for row in rows),
    )


def _changed_row(row: tuple[Any, ...], n_key: int, values: Sequence[str]) -> ChangedRow:
    pairs = zip(row[n_key:-1:2], row[n_key + 1 : -1 : 2], strict=True)
    changes = {name: pair for name, pair in zip(values, pairs, strict=True) if pair[0] != pair[1]}
    return ChangedRow(key=row[:n_key], size=row[-1], changes=changes)


def _scalar(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def _names(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
