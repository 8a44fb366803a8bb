"""What is different between two releases: tables, columns, rows gone, new and changed, the largest difference first.

Belongs here: comparing content. Does not belong here: rendering (the report) or deciding what matters. Every difference
can be written as CSV; the list in memory is capped, counts are not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.release.candidate.manifest import read_manifest
from orchestration.release.candidate.tables import read_candidate
from orchestration.release.records.forms import CANDIDATE_FILE, TABLES_FOLDER, TableRecord
from orchestration.release.report.inputs import Difference
from orchestration.release.sql import literal

# A reviewer reads the first few; the counts tell how many more there are.
MAX_LISTED = 50
STATUS = "status"
# What a measure stands on, by the names that published tables give it.
_BASES = ("n_base", "n_base_to", "n_mailed_eligible")
_RANKED = """
    select * exclude (is_row)
    from differences
    order by is_row, size desc nulls last, n_base desc nulls last, "table", key
"""


@dataclass(frozen=True)
class TableDiff:
    """A table of both releases."""

    table: str
    rows_old: int
    rows_new: int
    columns_gone: tuple[str, ...] = ()
    columns_new: tuple[str, ...] = ()
    n_gone: int = 0
    n_new: int = 0
    n_changed: int = 0

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
    """Two releases. `tables` holds those that differ, the one with most different rows first.

    `largest` are the first of the `n_differences`: tables and columns that came or went, then different rows by the
    size of the difference and then by base.
    """

    tables_gone: tuple[str, ...] = ()
    tables_new: tuple[str, ...] = ()
    tables: tuple[TableDiff, ...] = ()
    largest: tuple[Difference, ...] = ()
    n_differences: int = 0
    problem: str = ""
    """Why the two could not be compared, which leaves everything else empty."""

    @property
    def is_equal(self) -> bool:
        """True where the content is the same, and was compared."""
        return not (self.problem or self.tables_gone or self.tables_new or self.tables)


def diff_releases(old: Path, new: Path, csv: Path | None = None) -> ReleaseDiff:
    """Compare two folders, each a release or a candidate (files of a candidate need not be written yet).

    A different row is told by one column: its status where that changed, else its first measure that did, else its
    first other column. Of a row whose status changed no value is told: what is hidden now was perhaps printed by
    mistake. `csv` is written with every difference, in the order of `largest`.
    """
    tables_old, tables_new = _tables(old), _tables(new)
    diffs = []
    with duckdb.connect() as connection:
        connection.execute(
            'create temp table differences ("table" varchar, key varchar, before varchar, after varchar, '
            "size double, n_base bigint, is_row boolean)"
        )
        _add_structure(connection, tables_old, tables_new)
        for name in sorted(tables_old.keys() & tables_new.keys()):
            (record_old, path_old), (record_new, path_new) = tables_old[name], tables_new[name]
            if (record_old.sha256, record_old.columns) == (record_new.sha256, record_new.columns):
                continue
            _take_different_rows(connection, record_old, path_old, record_new, path_new)
            diffs.append(_diff_table(connection, record_old, record_new))
        if csv is not None:
            connection.execute(f"copy ({_RANKED}) to {literal(csv)} (header)")
        largest = connection.execute(f"{_RANKED} limit {MAX_LISTED}").fetchall()
        n_differences = _scalar(connection, "select count(*) from differences")
    return ReleaseDiff(
        tables_gone=tuple(sorted(tables_old.keys() - tables_new.keys())),
        tables_new=tuple(sorted(tables_new.keys() - tables_old.keys())),
        tables=tuple(sorted((d for d in diffs if not d.is_equal), key=lambda d: (-d.n_different, d.table))),
        largest=tuple(Difference(*row) for row in largest),
        n_differences=n_differences,
    )


def _tables(folder: Path) -> dict[str, tuple[TableRecord, Path]]:
    if (folder / CANDIDATE_FILE).is_file():
        tables = read_candidate(folder).tables
        return {table.name: (table, folder / TABLES_FOLDER / f"{table.name}.parquet") for table in tables}
    manifest = read_manifest(folder)
    paths = {file.table: folder / file.path for file in manifest.files if file.format == "parquet"}
    return {table.name: (table, paths[table.name]) for table in manifest.tables}


def _take_different_rows(
    connection: duckdb.DuckDBPyConnection, old: TableRecord, path_old: Path, new: TableRecord, path_new: Path
) -> None:
    """Makes views `old` and `new` of the rows that are not the same at the same place of both.

    Rows stand in order of their key, so that of a million most are passed by without being matched by seven texts; what
    is left is matched by key.
    """
    names_old = {column.name for column in old.columns}
    shared = [column.name for column in new.columns if column.name in names_old]
    pairs = ", ".join(f'old."{name}" as "old {name}", new."{name}" as "new {name}"' for name in shared)
    differs = " or ".join(f'old."{name}" is distinct from new."{name}"' for name in shared)
    connection.execute(
        f"""
        create or replace temp table pairs as
        select {pairs}, old.is_there as is_in_old, new.is_there as is_in_new
        from (select *, true as is_there from read_parquet({literal(path_old)})) as old
        positional join (select *, true as is_there from read_parquet({literal(path_new)})) as new
        where {differs}
        """
    )
    for side in ("old", "new"):
        columns = ", ".join(f'"{side} {name}" as "{name}"' for name in shared)
        connection.execute(f"create or replace temp view {side} as select {columns} from pairs where is_in_{side}")


def _add_structure(
    connection: duckdb.DuckDBPyConnection,
    old: Mapping[str, tuple[TableRecord, Path]],
    new: Mapping[str, tuple[TableRecord, Path]],
) -> None:
    """Adds tables that came or went, and columns of the tables of both."""
    changes = [(name, "", "table", "no table") for name in sorted(old.keys() - new.keys())]
    changes += [(name, "", "no table", "table") for name in sorted(new.keys() - old.keys())]
    for name in sorted(old.keys() & new.keys()):
        before, after = ({column.name for column in tables[name][0].columns} for tables in (old, new))
        changes += [(name, column, "column", "no column") for column in sorted(before - after)]
        changes += [(name, column, "no column", "column") for column in sorted(after - before)]
    for change in changes:
        connection.execute("insert into differences values (?, ?, ?, ?, null, null, false)", change)


def _diff_table(connection: duckdb.DuckDBPyConnection, old: TableRecord, new: TableRecord) -> TableDiff:
    names_old, names_new = [c.name for c in old.columns], [c.name for c in new.columns]
    key = tuple(name for name in new.key if name in names_old)
    kinds = {c.name: c.kind for c in old.columns}
    shared = [c for c in new.columns if c.name in names_old and c.name not in key]
    floats = [c.name for c in shared if c.kind == kinds[c.name] == "float"]
    others = [c.name for c in shared if c.name not in floats]
    return TableDiff(
        table=new.name,
        rows_old=old.rows,
        rows_new=new.rows,
        columns_gone=tuple(name for name in names_old if name not in names_new),
        columns_new=tuple(name for name in names_new if name not in names_old),
        n_gone=_add_lone(connection, new.name, key, "old", "new"),
        n_new=_add_lone(connection, new.name, key, "new", "old"),
        n_changed=_add_changed(connection, new.name, key, floats, others),
    )


def _add_lone(connection: duckdb.DuckDBPyConnection, table: str, key: Sequence[str], here: str, there: str) -> int:
    """Adds the rows of `here` that are not in `there`; how many."""
    before, after = ("row", "no row") if here == "old" else ("no row", "row")
    names = _names(key)
    return _scalar(
        connection,
        f"""
        insert into differences
        select {literal(table)}, concat_ws(', ', {names}), '{before}', '{after}', null, null, true
        from {here}
        anti join {there} using ({names})
        """,
    )


def _add_changed(
    connection: duckdb.DuckDBPyConnection, table: str, key: Sequence[str], floats: Sequence[str], others: Sequence[str]
) -> int:
    """Adds the rows of both with other values, each by the column that tells of it; how many."""
    told = [*(name for name in others if name == STATUS), *floats, *(name for name in others if name != STATUS)]
    if not told:
        return 0
    base = next((f'new."{name}"' for name in _BASES if name in others), "null")
    choice = " ".join(f'when old."{name}" is distinct from new."{name}" then \'{name}\'' for name in told)
    sizes = " ".join(f'when \'{name}\' then abs(new."{name}" - old."{name}")' for name in floats)
    size = f"case told {sizes} end" if sizes else "null"
    return _scalar(
        connection,
        f"""
        insert into differences
        select {literal(table)}, place || ': ' || told, before, after, size, n_base, true
        from (
            select
                concat_ws(', ', {_names(key)}) as place,
                case {choice} end as told,
                {_shown("old", told, floats)} as before,
                {_shown("new", told, floats)} as after,
                {size} as size,
                {base} as n_base
            from old
            inner join new using ({_names(key)})
            where told is not null
        )
        """,
    )


def _shown(side: str, told: Sequence[str], floats: Sequence[str]) -> str:
    """SQL of the value of the column that tells of a row; floats as in the content digest, to 10 digits."""
    values = {
        name: f"format('{{:.10g}}', {side}.\"{name}\")" if name in floats else f'cast({side}."{name}" as varchar)'
        for name in told
    }
    choice = " ".join(f"when '{name}' then {value}" for name, value in values.items())
    return f"coalesce(case told {choice} end, 'none')"


def _scalar(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number of a query; of an insert, how many rows."""
    return int(connection.execute(query).fetchall()[0][0])


def _names(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
