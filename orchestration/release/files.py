"""The published files, each made from the candidate: Parquet, CSV and one DuckDB database.

Belongs here: writing a format. Does not belong here: comparing what was written with the candidate (read_back).
File names carry year and origin, so that a file that has left its folder still says what it is.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.release.candidate import candidate_table, read_candidate
from orchestration.release.digest import csv_header, csv_rows
from orchestration.release.errors import CandidateError
from orchestration.release.records import FILES_FOLDER, TABLES_FOLDER, Candidate, FileFormat, TableRecord
from orchestration.release.sql import literal

# Spreadsheets open about a million rows and are slow long before that: larger tables are cut by survey year.
MAX_CSV_ROWS = 200_000
# Clients of DuckDB 1.2 and later can open this storage version; the newest one only the newest clients.
STORAGE_VERSION = "v1.2.0"


@dataclass(frozen=True)
class WrittenFile:
    """A file below the candidate's folder. `table` is None where it holds all tables."""

    path: Path
    format: FileFormat
    table: str | None = None
    survey_year: int | None = None


def write_files(folder: Path) -> list[WrittenFile]:
    """Write every published file of a candidate below `files/`, anew.

    Raises CandidateError where the candidate has faults of structure: no file may hold them.
    """
    candidate = read_candidate(folder)
    if candidate.defects:
        raise CandidateError(
            f"The candidate of {candidate.release_year} has faults of structure: {'; '.join(candidate.defects)}. "
            "Correct the publication models and run the load again."
        )
    files = folder / FILES_FOLDER
    if files.exists():
        shutil.rmtree(files)
    for kind in ("parquet", "csv"):
        (files / kind).mkdir(parents=True)
    prefix = f"ncpes-{candidate.release_year}-{candidate.data_origin}"
    written = []
    for table in candidate.tables:
        written.append(_write_parquet(folder, files / "parquet" / f"{prefix}-{table.name}.parquet", table))
        written += _write_csv(folder, files / "csv" / f"{prefix}-{table.name}", table)
    written.append(_write_duckdb(folder, files / f"{prefix}.duckdb", candidate))
    return written


def tables_in_csv(table: TableRecord, rows: pa.Table) -> Iterator[tuple[int | None, pa.Table]]:
    """How a table is cut into CSV files: whole, or a survey year at a time where it is long."""
    years = "survey_year" in rows.column_names and rows["survey_year"]
    if table.rows <= MAX_CSV_ROWS or years is False:
        yield None, rows
        return
    for year in sorted(pc.unique(years).to_pylist()):
        yield year, rows.filter(pc.equal(years, year))


def _write_parquet(folder: Path, path: Path, table: TableRecord) -> WrittenFile:
    """The candidate's own file under its public name: it is already ordered, rounded and the same bytes every time."""
    shutil.copyfile(folder / TABLES_FOLDER / f"{table.name}.parquet", path)
    return WrittenFile(path, "parquet", table.name)


def _write_csv(folder: Path, stem: Path, table: TableRecord) -> list[WrittenFile]:
    written = []
    for year, rows in tables_in_csv(table, candidate_table(folder, table.name)):
        path = stem.with_name(f"{stem.name}{f'-{year}' if year else ''}.csv")
        with path.open("wb") as stream:
            stream.write(csv_header(rows.column_names))
            stream.writelines(csv_rows(rows))
        written.append(WrittenFile(path, "csv", table.name, year))
    return written


def _write_duckdb(folder: Path, path: Path, candidate: Candidate) -> WrittenFile:
    """One database with all tables and what each table and column means."""
    with duckdb.connect() as connection:
        # Keeping the order of rows would write every row group twice; tables have no order, their keys give it.
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"attach {literal(path)} as release (storage_version '{STORAGE_VERSION}')")
        for table in candidate.tables:
            source = folder / TABLES_FOLDER / f"{table.name}.parquet"
            connection.execute(f"create table release.{table.name} as from read_parquet({literal(source)})")
            comment = f"{table.comment} Origin: {candidate.data_origin}.".strip()
            connection.execute(f"comment on table release.{table.name} is {literal(comment)}")
            for column in table.columns:
                if column.comment:
                    connection.execute(
                        f'comment on column release.{table.name}."{column.name}" is {literal(column.comment)}'
                    )
        connection.execute("detach release")
    return WrittenFile(path, "duckdb")
