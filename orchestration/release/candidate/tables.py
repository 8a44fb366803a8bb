"""The candidate of a release: the publication tables of a scratch warehouse, ordered by their full key, with digests.

Everything after this (checks, decision, files) stands on these tables, so they are read from the warehouse once.
Belongs here: reading, ordering, rounding, and the faults of structure that no file may have. Does not belong here:
whether the numbers are right (expectations) or the formats that are published (files).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, cast, get_args

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.release.candidate.digest import content_digest, contract_digest, csv_header, csv_rows
from orchestration.release.candidate.rows import canonical_rows
from orchestration.release.errors import CandidateError
from orchestration.release.records.forms import (
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
# Spreadsheets open about a million rows and are slow long before that: the CSV of a longer table is cut by survey year.
MAX_CSV_ROWS = 200_000
INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER")
KINDS: dict[str, ColumnKind] = {
    **dict.fromkeys(INTEGERS, "integer"),
    "DOUBLE": "float",
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "DATE": "date",
}


def keys_of_dbt_manifest(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """Full key of each `pub_` model, from `meta.key` in the dbt project's manifest.

    Raises CandidateError naming the models that state none.
    """
    nodes = manifest["nodes"].values()
    models = [node for node in nodes if node["resource_type"] == "model" and node["name"].startswith(PREFIX)]
    keys = {node["name"]: list((node["config"].get("meta") or {}).get("key") or ()) for node in models}
    if without := sorted(name for name, key in keys.items() if not key):
        raise CandidateError(f"No key is stated for {', '.join(without)}. Add `config: meta: key: [...]` to the model.")
    return keys


def texts_of_dbt_manifest(manifest: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What each `pub_` table and column means, from the descriptions of the dbt project: table -> column -> text.

    The text of the table itself stands under the empty name.
    """
    texts = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "model" and node["name"].startswith(PREFIX):
            columns = {name: " ".join(column["description"].split()) for name, column in node["columns"].items()}
            texts[node["name"]] = {"": " ".join(node["description"].split()), **columns}
    return texts


def build_candidate(
    database: Path,
    release_year: int,
    keys: Mapping[str, Sequence[str]],
    out: Path,
    texts: Mapping[str, Mapping[str, str]] | None = None,
) -> Candidate:
    """Write the candidate of a release: every `pub_` table as Parquet and CSV in order of its key, and candidate.json.

    The CSV is written as its text is hashed: it is the text that the digest is about.

    Args:
        database: scratch warehouse; no writer may have it open.
        release_year: latest survey year in the release.
        keys: full key of each published table.
        texts: what tables and columns mean (`texts_of_dbt_manifest`); they go into the files and enter no digest.
        out: candidate folder; whatever an earlier load left there is removed, decision and signatures included.

    Raises:
        CandidateError: tables and keys do not match, a column has no publishable type, or origins are mixed.
    """
    if out.exists():
        shutil.rmtree(out)
    (out / TABLES_FOLDER).mkdir(parents=True)
    with duckdb.connect(str(database), read_only=True) as connection:
        names = _table_names(connection, keys)
        found = [_take_table(connection, out, name, keys[name], (texts or {}).get(name, {})) for name in names]
    tables = tuple(table for table, _, _ in found)
    candidate = Candidate(
        release_year=release_year,
        data_origin=_one_origin({origin for _, origins, _ in found for origin in origins}, release_year),
        content_digest=content_digest(tables),
        contract_digest=contract_digest(tables),
        tables=tables,
        defects=tuple(defect for _, _, defects in found for defect in defects),
    )
    candidate.write(out / CANDIDATE_FILE)
    return candidate


def _take_table(
    connection: duckdb.DuckDBPyConnection, out: Path, name: str, key: Sequence[str], texts: Mapping[str, str]
) -> tuple[TableRecord, set[str], list[str]]:
    """Write a table of the warehouse below the candidate's folder; its record, its origins and its defects."""
    columns = tuple(
        column.model_copy(update={"comment": texts.get(column.name) or column.comment})
        for column in _columns(connection, name)
    )
    rows, doubled = _published_rows(connection, name, columns, key)
    digest, csv_years = _write_table(rows, out / TABLES_FOLDER, name, key)
    table = TableRecord(
        name=name,
        rows=rows.num_rows,
        sha256=digest,
        key=tuple(key),
        columns=columns,
        csv_years=csv_years,
        comment=texts.get("") or _comment(connection, name),
    )
    return table, set(pc.unique(rows["data_origin"]).to_pylist()), _defects(rows, name, key, doubled)


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


def _published_rows(
    connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[ColumnRecord], key: Sequence[str]
) -> tuple[pa.Table, int]:
    """Rows in published form and order, and how many repeat the key of the one before."""
    names = [column.name for column in columns]
    if missing := [name for name in key if name not in names]:
        raise CandidateError(f"{table} has no column {', '.join(missing)}, which its key names. Correct its meta.key.")
    select = ", ".join(f'cast("{column.name}" as {column.type}) as "{column.name}"' for column in columns)
    return canonical_rows(connection.sql(f"select {select} from {SCHEMA}.{table}").to_arrow_table(), key)


def _defects(rows: pa.Table, table: str, key: Sequence[str], doubled: int) -> list[str]:
    defects = []
    if doubled:
        defects.append(f"{table}: {doubled} rows have the key ({', '.join(key)}) of another row")
    for name in key:
        if rows[name].null_count:
            defects.append(f"{table}.{name}: {rows[name].null_count} rows have no value, though it is part of the key")
    for name in rows.column_names:
        column = rows[name]
        if pa.types.is_floating(column.type) and (n := pc.sum(pc.invert(pc.is_finite(column))).as_py()):
            defects.append(f"{table}.{name}: {n} values are not finite")
    return defects


def _write_table(rows: pa.Table, folder: Path, table: str, key: Sequence[str]) -> tuple[str, tuple[int, ...]]:
    """Write a table as Parquet and as CSV; returns its digest and the survey years its CSV is cut into."""
    texts = [name for name in rows.column_names if pa.types.is_dictionary(rows[name].type)]
    pq.write_table(
        rows,
        folder / f"{table}.parquet",
        row_group_size=ROW_GROUP_ROWS,
        compression="snappy",  # every reader of Parquet has it
        use_dictionary=texts,  # most measures hardly repeat: trying costs time and makes larger files
        store_schema=False,  # the file holds plain texts, whatever held them in memory
    )
    header = csv_header(rows.column_names)
    digest = hashlib.sha256(header)
    parts = cut_by_year(rows, key)
    for year, part in parts:
        with csv_path(folder, table, year).open("wb") as stream:
            stream.write(header)
            for text in csv_rows(part):
                stream.write(text)
                digest.update(text)
    return digest.hexdigest(), tuple(year for year, _ in parts if year is not None)


def csv_path(folder: Path, stem: str, survey_year: int | None) -> Path:
    """Place of a table's CSV, or of one survey year of it."""
    return folder / (f"{stem}.csv" if survey_year is None else f"{stem}-{survey_year}.csv")


def cut_by_year(rows: pa.Table, key: Sequence[str]) -> list[tuple[int | None, pa.Table]]:
    """A table as its CSV holds it: whole, or a survey year at a time where it is long and ordered by year first."""
    if rows.num_rows <= MAX_CSV_ROWS or key[0] != "survey_year":
        return [(None, rows)]
    years = rows["survey_year"].to_numpy()
    starts = [0, *(np.flatnonzero(np.diff(years)) + 1).tolist(), len(years)]
    return [(int(years[start]), rows.slice(start, end - start)) for start, end in pairwise(starts)]


def _comment(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    found = connection.execute(
        "select comment from (select schema_name, table_name, comment from duckdb_tables() union all "
        "select schema_name, view_name, comment from duckdb_views()) where schema_name = ? and table_name = ?",
        [SCHEMA, table],
    ).fetchone()
    return (found[0] or "") if found else ""


def _one_origin(origins: set[str], release_year: int) -> DataOrigin:
    for origin in get_args(DataOrigin):
        if origins == {origin}:
            return cast("DataOrigin", origin)
    found = ", ".join(sorted(map(str, origins))) or "none"
    raise CandidateError(
        f"The publication tables of {release_year} hold the origins {found}; a release has exactly one. "
        "Load each origin under its own root."
    )
