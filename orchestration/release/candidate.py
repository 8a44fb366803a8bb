"""The candidate of a release: the publication tables of a scratch warehouse, ordered by their full key, with digests.

Everything after this (checks, decision, files) stands on these tables, so they are read from the warehouse once.
Belongs here: reading, ordering, rounding, and the faults of structure that no file may have. Does not belong here:
whether the numbers are right (expectations) or the formats that are published (files).
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.release.digest import content_digest, contract_digest, table_digest
from orchestration.release.errors import CandidateError
from orchestration.release.records import (
    CANDIDATE_FILE,
    TABLES_FOLDER,
    Candidate,
    ColumnKind,
    ColumnRecord,
    TableRecord,
)
from orchestration.settings import DataOrigin

__all__ = ["Candidate", "build_candidate", "candidate_table", "keys_of_dbt_manifest", "read_candidate"]

SCHEMA = "publication"
PREFIX = "pub_"
# Fixed, so that a file's bytes depend on its rows alone; about a million cells a group at 10 columns.
ROW_GROUP_ROWS = 131_072
INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
KINDS: dict[str, ColumnKind] = {
    **dict.fromkeys(INTEGERS, "integer"),
    "DOUBLE": "float",
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "DATE": "date",
}


def keys_of_dbt_manifest(manifest: Path) -> dict[str, list[str]]:
    """Full key of each `pub_` model, from `meta.key` in the dbt project's manifest.

    Raises CandidateError naming the models that state none.
    """
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    models = [node for node in nodes if node["resource_type"] == "model" and node["name"].startswith(PREFIX)]
    keys = {node["name"]: list((node["config"].get("meta") or {}).get("key") or ()) for node in models}
    if without := sorted(name for name, key in keys.items() if not key):
        raise CandidateError(f"No key is stated for {', '.join(without)}. Add `config: meta: key: [...]` to the model.")
    return keys


def build_candidate(database: Path, release_year: int, keys: Mapping[str, Sequence[str]], out: Path) -> Candidate:
    """Write the candidate of a release: every `pub_` table as Parquet in order of its key, and candidate.json.

    Args:
        database: scratch warehouse; no writer may have it open.
        release_year: latest survey year in the release.
        keys: full key of each published table.
        out: candidate folder; whatever an earlier load left there is removed, decision and signatures included.

    Raises:
        CandidateError: tables and keys do not match, a column has no publishable type, or origins are mixed.
    """
    if out.exists():
        shutil.rmtree(out)
    folder = out / TABLES_FOLDER
    folder.mkdir(parents=True)
    tables: list[TableRecord] = []
    defects: list[str] = []
    origins: set[str] = set()
    with duckdb.connect(str(database), read_only=True) as connection:
        for name in _table_names(connection, keys):
            columns = _columns(connection, name)
            rows = _ordered_rows(connection, name, columns, keys[name])
            defects += _defects(rows, name, keys[name], columns)
            origins |= set(pc.unique(rows["data_origin"]).to_pylist())
            pq.write_table(rows, folder / f"{name}.parquet", row_group_size=ROW_GROUP_ROWS, compression="zstd")
            tables.append(_record(connection, name, rows, columns, keys[name]))
    candidate = Candidate(
        release_year=release_year,
        data_origin=_one_origin(origins, release_year),
        content_digest=content_digest(tables),
        contract_digest=contract_digest(tables),
        tables=tuple(tables),
        defects=tuple(defects),
    )
    candidate.write(out / CANDIDATE_FILE)
    return candidate


def read_candidate(folder: Path) -> Candidate:
    """The record of a candidate. RecordError where there is none."""
    return Candidate.read(folder / CANDIDATE_FILE)


def candidate_table(folder: Path, name: str) -> pa.Table:
    """A table of a candidate, rows in order of its key."""
    return pq.ParquetFile(folder / TABLES_FOLDER / f"{name}.parquet").read()


def _table_names(connection: duckdb.DuckDBPyConnection, keys: Mapping[str, Sequence[str]]) -> list[str]:
    rows = connection.execute(
        "select table_name from information_schema.tables where table_schema = ? and starts_with(table_name, ?)",
        [SCHEMA, PREFIX],
    ).fetchall()
    found = {name for (name,) in rows}
    if not found:
        raise CandidateError(f"The warehouse has no table {SCHEMA}.{PREFIX}*. Run the load from its start.")
    if unknown := sorted(found ^ set(keys)):
        raise CandidateError(
            f"Tables of the warehouse and tables with a stated key differ: {', '.join(unknown)}. "
            "Give each published model its key, and remove keys of models that are gone."
        )
    return sorted(found)


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[ColumnRecord, ...]:
    """Columns with the type they are published in: enums as text, sums of integers as BIGINT, floats as DOUBLE."""
    rows = connection.execute(
        "select column_name, data_type, coalesce(comment, '') from duckdb_columns() "
        "where schema_name = ? and table_name = ? and database_name = current_database() order by column_index",
        [SCHEMA, table],
    ).fetchall()
    columns = []
    for name, stored, comment in rows:
        published = {"HUGEINT": "BIGINT", "FLOAT": "DOUBLE"}.get(stored, "VARCHAR" if stored[:4] == "ENUM" else stored)
        if published not in KINDS:
            raise CandidateError(
                f"{table}.{name} is {stored}, which no published format holds alike. Cast it in the model to one of "
                f"{', '.join(KINDS)}."
            )
        if not name.isidentifier():
            raise CandidateError(f"{table}: column name {name!r} would need quotes in a CSV header. Rename it.")
        columns.append(ColumnRecord(name=name, type=published, kind=KINDS[published], comment=comment))
    if "data_origin" not in [column.name for column in columns]:
        raise CandidateError(f"{table} has no column data_origin. Every published table states its origin.")
    return tuple(columns)


def _ordered_rows(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[ColumnRecord], key: Sequence[str]
) -> pa.Table:
    """Rows in order of the key, floats rounded to 10 significant digits; doubled keys are ordered by all columns."""
    names = [column.name for column in columns]
    if missing := [name for name in key if name not in names]:
        raise CandidateError(f"{table} has no column {', '.join(missing)}, which its key names. Correct its meta.key.")

    def ordered_by(order: Sequence[str]) -> pa.Table:
        select, by = ", ".join(map(_published, columns)), ", ".join(f'"{name}" nulls last' for name in order)
        return connection.sql(f"select {select} from {SCHEMA}.{table} order by {by}").to_arrow_table()

    rows = ordered_by(key)
    return rows if not _doubled(rows, key) else ordered_by([*key, *(name for name in names if name not in key)])


def _published(column: ColumnRecord) -> str:
    if column.kind == "float":
        # The text form rounds alike on every machine; + 0.0 makes one zero of two.
        return f'cast(format(\'{{:.9e}}\', "{column.name}") as double) + 0.0 as "{column.name}"'
    return f'cast("{column.name}" as {column.type}) as "{column.name}"'


def _doubled(rows: pa.Table, key: Sequence[str]) -> int:
    """How many rows have the key of the row before them."""
    if rows.num_rows < 2:
        return 0
    same = None
    for name in key:
        column = rows[name].combine_chunks()
        equal = pc.fill_null(pc.equal(column.slice(1), column.slice(0, len(column) - 1)), False)
        same = equal if same is None else pc.and_(same, equal)
    return int(pc.sum(same).as_py() or 0)


def _defects(rows: pa.Table, table: str, key: Sequence[str], columns: Sequence[ColumnRecord]) -> list[str]:
    defects = []
    if doubled := _doubled(rows, key):
        defects.append(f"{table}: {doubled} rows have the key ({', '.join(key)}) of another row")
    for name in key:
        if rows[name].null_count:
            defects.append(f"{table}.{name}: {rows[name].null_count} rows have no value, though it is part of the key")
    for column in columns:
        if column.kind == "float" and (n := pc.sum(pc.invert(pc.is_finite(rows[column.name]))).as_py()):
            defects.append(f"{table}.{column.name}: {n} values are not finite")
    return defects


def _record(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    rows: pa.Table,
    columns: tuple[ColumnRecord, ...],
    key: Sequence[str],
) -> TableRecord:
    comment = connection.execute(
        "select comment from (select schema_name, table_name, comment from duckdb_tables() union all "
        "select schema_name, view_name, comment from duckdb_views()) where schema_name = ? and table_name = ?",
        [SCHEMA, table],
    ).fetchone()
    return TableRecord(
        name=table,
        rows=rows.num_rows,
        sha256=table_digest(rows),
        key=tuple(key),
        columns=columns,
        comment=(comment[0] or "") if comment else "",
    )


def _one_origin(origins: set[str], release_year: int) -> DataOrigin:
    for origin in get_args(DataOrigin):
        if origins == {origin}:
            return origin  # type: ignore[no-any-return]  # get_args loses the literal type
    found = ", ".join(sorted(map(str, origins))) or "none"
    raise CandidateError(
        f"The publication tables of {release_year} hold the origins {found}; a release has exactly one. "
        "Load each origin under its own root."
    )
