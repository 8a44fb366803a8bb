"""What is different between the current release of a year and a candidate: tables, columns and rows.

Belongs here: comparing content and ranking the differences. Every difference is written to differences.csv beside the
candidate; the report shows the first of each column. Does not belong here: rendering, or what a difference means.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.records import RecordError
from orchestration.release.candidate.tables import parquet_path
from orchestration.release.records.candidate import Candidate, TableRecord, read_candidate
from orchestration.release.records.catalogue import read_catalogue
from orchestration.release.records.manifest import read_manifest
from orchestration.release.report.inputs import Difference
from orchestration.settings import Settings

# Tables of a release by name, each with its Parquet file.
Tables = Mapping[str, tuple[TableRecord, Path]]

DIFFERENCES_FILE = "differences.csv"
# Rows shown of those that differ in the same column of the same table: enough to see which question or place it is.
SHOWN_ALIKE = 5
STATUS = "status"
# Bases of a measure, by the names that published tables give them.
_BASES = ("n_base", "n_base_to", "n_mailed_eligible")
# A reviewer's order: what is announced, what is most read, what follows from it.
_TABLES_FIRST = (
    "pub_headline_claims",
    "pub_question_scores",
    "pub_adjusted_scores",
    "pub_response_rates",
    "pub_year_on_year",
)
DIFFERENCES_TABLE = """
    create temp table differences (
        "table" varchar, place varchar, changed_column varchar, before varchar, after varchar, size double,
        n_base bigint, is_row boolean
    )
"""
_ALL = """
    select "table", concat_ws(': ', place, changed_column) as key, before, after, size, n_base
    from differences
    order by is_row, size desc nulls last, n_base desc nulls last, "table", key
"""
# A size is comparable within a column only: patients, log-odds and probabilities would crowd out every score. Within
# one, ten points on a large base matter more than on a small one, as the square root, by which sampling error shrinks.
_SHOWN = """
    with ranked as (
        select
            "table",
            place,
            changed_column,
            before,
            after,
            size,
            n_base,
            count(*) over alike as n_alike,
            max(size) over alike is null as is_without_size,
            row_number() over (
                partition by "table", changed_column
                order by size * sqrt(coalesce(n_base, 1)) desc nulls last, n_base desc nulls last, place
            ) as rank
        from differences
        window alike as (partition by "table", changed_column)
    )
    select "table", concat_ws(': ', place, changed_column), before, after, size, n_base, n_alike
    from ranked
    where rank <= $shown
    order by
        changed_column is not null,
        coalesce(list_position($tables, "table"), 99),
        changed_column in ('p_adjusted', 'p_value'),
        is_without_size,
        "table", changed_column, rank
"""


@dataclass(frozen=True)
class Comparison:
    """A candidate against the current release of its year; no version where there is none.

    `largest` are the first SHOWN_ALIKE of each column of each table, of all `n_differences`. `problem` says why the two
    could not be compared, which leaves the rest empty.
    """

    version: str = ""
    largest: tuple[Difference, ...] = ()
    n_differences: int = 0
    problem: str = ""


def compare_with_release(settings: Settings, candidate: Path, release_year: int) -> Comparison:
    """Compare a candidate with the current release of its year, and write every difference to differences.csv.

    A damaged release is no fault of the candidate: the comparison says what is wrong, and the candidate gets its
    report. Raises RecordError where the candidate itself is damaged.
    """
    current = read_catalogue(settings).current(release_year)
    if current is None:
        return Comparison()
    new = _tables_of_candidate(candidate, read_candidate(candidate))
    try:
        old = _tables_of_release(settings.releases / current.version)
        with duckdb.connect() as connection:
            find_differences(connection, old, new)
            connection.sql(_ALL).write_csv(str(candidate / DIFFERENCES_FILE))
            n_differences = connection.sql("from differences").count("*").fetchall()[0][0]
            return Comparison(current.version, rank_differences(connection), n_differences)
    except (RecordError, duckdb.Error, OSError, KeyError) as error:
        problem = error.reason if isinstance(error, RecordError) else str(error).partition("\n")[0]
        # The report is published: it must not say where the releases are stored.
        return Comparison(current.version, problem=problem.replace(f"{settings.releases}/", ""))


def _tables_of_candidate(folder: Path, candidate: Candidate) -> Tables:
    return {table.name: (table, parquet_path(folder, table.name)) for table in candidate.tables}


def _tables_of_release(folder: Path) -> Tables:
    manifest = read_manifest(folder)
    paths = {file.table: folder / file.path for file in manifest.files if file.format == "parquet"}
    return {table.name: (table, paths[table.name]) for table in manifest.tables}


def find_differences(connection: duckdb.DuckDBPyConnection, old: Tables, new: Tables) -> None:
    """Fill the temporary table `differences` with every difference between the tables of two releases.

    A changed row is described by one column: its status where that changed, else its first measure that did, else its
    first other column. Of a row whose status changed no value is given: what is hidden now was perhaps printed by
    mistake.
    """
    connection.execute(DIFFERENCES_TABLE)
    _add_structure(connection, old, new)
    for name in sorted(old.keys() & new.keys()):
        (record_old, path_old), (record_new, path_new) = old[name], new[name]
        if (record_old.sha256, record_old.columns) != (record_new.sha256, record_new.columns):
            _add_rows(connection, record_old, path_old, record_new, path_new)


def rank_differences(connection: duckdb.DuckDBPyConnection) -> tuple[Difference, ...]:
    """The first SHOWN_ALIKE differences of each column of each table, by size and base; the announced tables first."""
    rows = connection.execute(_SHOWN, {"shown": SHOWN_ALIKE, "tables": list(_TABLES_FIRST)}).fetchall()
    return tuple(Difference(*row) for row in rows)


def _add_structure(connection: duckdb.DuckDBPyConnection, old: Tables, new: Tables) -> None:
    """Add tables that came or went, and columns of the tables of both."""
    changes = [(name, "", "table", "no table") for name in sorted(old.keys() - new.keys())]
    changes += [(name, "", "no table", "table") for name in sorted(new.keys() - old.keys())]
    for name in sorted(old.keys() & new.keys()):
        before, after = ({column.name for column in tables[name][0].columns} for tables in (old, new))
        changes += [(name, column, "column", "no column") for column in sorted(before - after)]
        changes += [(name, column, "no column", "column") for column in sorted(after - before)]
    for change in changes:
        connection.execute("insert into differences values (?, ?, null, ?, ?, null, null, false)", change)


def _add_rows(
    connection: duckdb.DuckDBPyConnection, old: TableRecord, path_old: Path, new: TableRecord, path_new: Path
) -> None:
    """Add the rows of a table that are gone, new or changed."""
    kinds = {column.name: column.kind for column in old.columns}
    shared = [column for column in new.columns if column.name in kinds]
    key = [name for name in new.key if name in kinds]
    values = [column for column in shared if column.name not in key]
    floats = [column.name for column in values if column.kind == kinds[column.name] == "float"]
    others = [column.name for column in values if column.name not in floats]
    _view_unequal_rows(connection, [column.name for column in shared], path_old, path_new)
    _add_rows_of_one_side(connection, new.name, key, "old", "new")
    _add_rows_of_one_side(connection, new.name, key, "new", "old")
    if values:
        _add_changed_rows(connection, new.name, key, floats, others)


def _view_unequal_rows(
    connection: duckdb.DuckDBPyConnection, columns: Sequence[str], path_old: Path, path_new: Path
) -> None:
    """Make views `old` and `new` of the rows that are not the same at the same place of both.

    Rows are in order of their key, so most of a million rows are left out without a join on seven texts; the rest is
    joined by key.
    """
    pairs = ", ".join(f'old."{name}" as "old {name}", new."{name}" as "new {name}"' for name in columns)
    differs = " or ".join(f'old."{name}" is distinct from new."{name}"' for name in columns)
    connection.execute(
        f"""
        create or replace temp table pairs as
        select {pairs}, old.is_there as is_in_old, new.is_there as is_in_new
        from (select *, true as is_there from read_parquet($old)) as old
        positional join (select *, true as is_there from read_parquet($new)) as new
        where {differs}
        """,
        {"old": str(path_old), "new": str(path_new)},
    )
    for side in ("old", "new"):
        names = ", ".join(f'"{side} {name}" as "{name}"' for name in columns)
        connection.execute(f"create or replace temp view {side} as select {names} from pairs where is_in_{side}")


def _add_rows_of_one_side(
    connection: duckdb.DuckDBPyConnection, table: str, key: Sequence[str], here: str, there: str
) -> None:
    before, after = ("row", "no row") if here == "old" else ("no row", "row")
    names = _quoted(key)
    connection.execute(
        f"""
        insert into differences
        select $table, concat_ws(', ', {names}), null, '{before}', '{after}', null, null, true
        from {here}
        anti join {there} using ({names})
        """,
        {"table": table},
    )


def _add_changed_rows(
    connection: duckdb.DuckDBPyConnection, table: str, key: Sequence[str], floats: Sequence[str], others: Sequence[str]
) -> None:
    """Add the rows of both with other values, each by the first column of this order that differs."""
    columns = [*(name for name in others if name == STATUS), *floats, *(name for name in others if name != STATUS)]
    base = next((f'new."{name}"' for name in _BASES if name in others), "null")
    first = " ".join(f'when old."{name}" is distinct from new."{name}" then \'{name}\'' for name in columns)
    sizes = " ".join(f'when \'{name}\' then abs(new."{name}" - old."{name}")' for name in floats)
    size = f"case changed_column {sizes} end" if sizes else "null"
    connection.execute(
        f"""
        insert into differences
        select $table, place, changed_column, before, after, size, n_base, true
        from (
            select
                concat_ws(', ', {_quoted(key)}) as place,
                case {first} end as changed_column,
                {_shown_value("old", columns, floats)} as before,
                {_shown_value("new", columns, floats)} as after,
                {size} as size,
                {base} as n_base
            from old
            inner join new using ({_quoted(key)})
            where changed_column is not null
        )
        """,
        {"table": table},
    )


def _shown_value(side: str, columns: Sequence[str], floats: Sequence[str]) -> str:
    """SQL of the value of the changed column; floats as in the content digest, to 10 digits."""
    values = {
        name: f"format('{{:.10g}}', {side}.\"{name}\")" if name in floats else f'cast({side}."{name}" as varchar)'
        for name in columns
    }
    choice = " ".join(f"when '{name}' then {value}" for name, value in values.items())
    return f"coalesce(case changed_column {choice} end, 'none')"


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
