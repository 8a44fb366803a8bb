"""The candidate of a release: the publication tables of a load's warehouse, ordered by their full key, with digests.

The tables are read from the warehouse once, here; decision and files are made from what this stores. Belongs here:
reading, ordering, rounding, and the defects that no file may have. Does not belong here: whether the numbers are right
(expectations) or the formats that are published (files).
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, cast, get_args

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from orchestration.release.candidate.canonical import (
    canonical_rows,
    content_digest,
    contract_digest,
    csv_header,
    csv_rows,
)
from orchestration.release.errors import CandidateError
from orchestration.release.records.candidate import (
    CANDIDATE_FILE,
    TABLES_FOLDER,
    Candidate,
    ColumnKind,
    ColumnRecord,
    TableRecord,
)
from orchestration.settings import DataOrigin

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


@dataclass(frozen=True)
class PublicationModel:
    """A `pub_` model of the dbt project: its full key, and what the table and its columns mean."""

    key: tuple[str, ...]
    description: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)


def publication_models(manifest: Mapping[str, Any]) -> dict[str, PublicationModel]:
    """The tables that are published, by name, from the dbt project's manifest: the one list of them.

    Raises CandidateError naming the models that state no key.
    """
    models = {
        node["name"]: PublicationModel(
            key=tuple((node["config"].get("meta") or {}).get("key") or ()),
            description=_on_one_line(node["description"]),
            columns={name: _on_one_line(column["description"]) for name, column in node["columns"].items()},
        )
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["name"].startswith(PREFIX)
    }
    if without := sorted(name for name, model in models.items() if not model.key):
        raise CandidateError(f"No key is stated for {', '.join(without)}. Add `config: meta: key: [...]` to the model.")
    return models


def build_candidate(
    database: Path, release_year: int, models: Mapping[str, PublicationModel], folder: Path
) -> Candidate:
    """Write the candidate of a release: every `pub_` table as Parquet and CSV in order of its key, and candidate.json.

    Args:
        database: the load's warehouse; no writer may have it open.
        release_year: latest survey year in the release.
        models: the tables that are published (`publication_models`); descriptions go into the files and no digest.
        folder: of the candidate; everything that an earlier load left there is removed, decision and signatures too.

    Raises:
        CandidateError: tables and models do not match, a column has no publishable type, or origins are mixed.
    """
    if folder.exists():
        shutil.rmtree(folder)
    (folder / TABLES_FOLDER).mkdir(parents=True)
    with duckdb.connect(str(database), read_only=True) as connection:
        _require_same_tables(connection, models)
        stored = [_store_table(connection, folder, name, models[name]) for name in sorted(models)]
    tables = tuple(table for table, _, _ in stored)
    candidate = Candidate(
        release_year=release_year,
        data_origin=_one_origin({origin for _, origins, _ in stored for origin in origins}, release_year),
        content_digest=content_digest(tables),
        contract_digest=contract_digest(tables),
        tables=tables,
        defects=tuple(defect for _, _, defects in stored for defect in defects),
    )
    candidate.write(folder / CANDIDATE_FILE)
    return candidate


def candidate_table(folder: Path, name: str) -> pa.Table:
    """A table of a candidate, rows in order of its key."""
    return pq.ParquetFile(parquet_path(folder, name)).read()


def parquet_path(folder: Path, name: str) -> Path:
    """Place of a candidate's table as Parquet."""
    return folder / TABLES_FOLDER / f"{name}.parquet"


def csv_path(folder: Path, stem: str, survey_year: int | None) -> Path:
    """Place of a table's CSV in a folder, or of one survey year of it."""
    return folder / (f"{stem}.csv" if survey_year is None else f"{stem}-{survey_year}.csv")


def cut_by_year(rows: pa.Table, key: Sequence[str]) -> list[tuple[int | None, pa.Table]]:
    """A table as its CSV holds it: whole, or a survey year at a time where it is long and ordered by year first."""
    if rows.num_rows <= MAX_CSV_ROWS or key[0] != "survey_year":
        return [(None, rows)]
    years = rows["survey_year"].to_numpy()
    starts = [0, *(np.flatnonzero(np.diff(years)) + 1).tolist(), len(years)]
    return [(int(years[start]), rows.slice(start, end - start)) for start, end in pairwise(starts)]


def _require_same_tables(connection: duckdb.DuckDBPyConnection, models: Mapping[str, PublicationModel]) -> None:
    rows = connection.execute(
        "select table_name from information_schema.tables where table_schema = ? and starts_with(table_name, ?)",
        [SCHEMA, PREFIX],
    ).fetchall()
    found = {name for (name,) in rows}
    if not found:
        raise CandidateError(f"The warehouse has no table {SCHEMA}.{PREFIX}*. Run the load from its start.")
    if unknown := sorted(found ^ set(models)):
        raise CandidateError(
            f"Tables of the warehouse and publication models with a key differ: {', '.join(unknown)}. "
            "Give each published model its key, and remove keys of models that are gone."
        )


def _store_table(
    connection: duckdb.DuckDBPyConnection, folder: Path, name: str, model: PublicationModel
) -> tuple[TableRecord, set[str], list[str]]:
    """Write a table of the warehouse into the candidate; its record, its origins and its defects."""
    columns = _columns(connection, name, model)
    rows, doubled = _published_rows(connection, name, columns, model.key)
    digest, csv_years = _write_table(rows, folder, name, model.key)
    table = TableRecord(
        name=name,
        rows=rows.num_rows,
        sha256=digest,
        key=model.key,
        columns=columns,
        csv_years=csv_years,
        comment=model.description,
    )
    return table, set(pc.unique(rows["data_origin"]).to_pylist()), _defects(rows, name, model.key, doubled)


def _columns(connection: duckdb.DuckDBPyConnection, table: str, model: PublicationModel) -> tuple[ColumnRecord, ...]:
    """Columns with the type they are published in: enums as text, sums of integers as BIGINT, floats as DOUBLE."""
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() "
        "where schema_name = ? and table_name = ? and database_name = current_database() order by column_index",
        [SCHEMA, table],
    ).fetchall()
    columns = []
    for name, stored in rows:
        published = {"HUGEINT": "BIGINT", "FLOAT": "DOUBLE"}.get(stored, "VARCHAR" if stored[:4] == "ENUM" else stored)
        if published not in KINDS:
            raise CandidateError(
                f"{table}.{name} is {stored}, which the published formats do not all hold in the same way. Cast it in "
                f"the model to one of {', '.join(KINDS)}."
            )
        if not name.isidentifier():
            raise CandidateError(f"{table}: column name {name!r} would need quotes in a CSV header. Rename it.")
        comment = model.columns.get(name, "")
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
    """Write a table as Parquet and as CSV; returns its digest and the survey years its CSV is cut into.

    The CSV is written while its text is hashed: it is the text that the digest is about.
    """
    texts = [name for name in rows.column_names if pa.types.is_dictionary(rows[name].type)]
    pq.write_table(
        rows,
        parquet_path(folder, table),
        row_group_size=ROW_GROUP_ROWS,
        compression="snappy",  # every reader of Parquet has it
        use_dictionary=texts,  # most measures hardly repeat: trying costs time and makes larger files
        store_schema=False,  # the file holds plain texts, although they are dictionaries in memory
    )
    header = csv_header(rows.column_names)
    digest = hashlib.sha256(header)
    parts = cut_by_year(rows, key)
    for year, part in parts:
        with csv_path(folder / TABLES_FOLDER, table, year).open("wb") as stream:
            stream.write(header)
            for text in csv_rows(part):
                stream.write(text)
                digest.update(text)
    return digest.hexdigest(), tuple(year for year, _ in parts if year is not None)


def _one_origin(origins: set[str], release_year: int) -> DataOrigin:
    for origin in get_args(DataOrigin):
        if origins == {origin}:
            return cast("DataOrigin", origin)
    found = ", ".join(sorted(map(str, origins))) or "none"
    raise CandidateError(
        f"The publication tables of {release_year} hold the origins {found}; a release has exactly one. "
        "Load each origin under its own root."
    )


def _on_one_line(text: str) -> str:
    return " ".join(text.split())
