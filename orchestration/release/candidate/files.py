"""The published files, each made from the candidate: Parquet, CSV and one DuckDB database.

Belongs here: writing a format. Does not belong here: comparing what was written with the candidate (read_back).
File names carry year and origin, so that a file that has left its folder still says what it is.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.release.candidate.tables import csv_path, read_candidate
from orchestration.release.errors import CandidateError
from orchestration.release.records.forms import FILES_FOLDER, TABLES_FOLDER, Candidate, FileFormat, TableRecord
from orchestration.release.sql import literal

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
    """Write every published file of a candidate below `files/`, anew: of each table, then the database of all."""
    return [*write_table_files(folder), write_database(folder)]


def write_table_files(folder: Path) -> list[WrittenFile]:
    """Clear `files/` and write Parquet and CSV of every table.

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
    return [file for table in candidate.tables for file in _name_table_files(folder, _prefix(candidate), table)]


def expected_files(folder: Path) -> list[WrittenFile]:
    """Every file that a candidate is published in, whether it is there or not."""
    candidate = read_candidate(folder)
    files = [file for table in candidate.tables for file in _files_of_table(folder, _prefix(candidate), table)]
    return [*files, WrittenFile(_database(folder, candidate), "duckdb")]


def _files_of_table(folder: Path, prefix: str, table: TableRecord) -> list[WrittenFile]:
    files, public = folder / FILES_FOLDER, f"{prefix}-{table.name}"
    return [
        WrittenFile(files / "parquet" / f"{public}.parquet", "parquet", table.name),
        *(
            WrittenFile(csv_path(files / "csv", public, year), "csv", table.name, year)
            for year in table.csv_years or (None,)
        ),
    ]


def _name_table_files(folder: Path, prefix: str, table: TableRecord) -> list[WrittenFile]:
    """The candidate's Parquet and CSV files under their public names: they are in published form already."""
    tables, written = folder / TABLES_FOLDER, _files_of_table(folder, prefix, table)
    for file in written:
        is_csv = file.format == "csv"
        source = csv_path(tables, table.name, file.survey_year) if is_csv else tables / f"{table.name}.parquet"
        shutil.copyfile(source, file.path)
    return written


def _database(folder: Path, candidate: Candidate) -> Path:
    return folder / FILES_FOLDER / f"{_prefix(candidate)}.duckdb"


def write_database(folder: Path) -> WrittenFile:
    """One DuckDB file with all tables, in order of their keys, and what each table and column means."""
    candidate = read_candidate(folder)
    path = _database(folder, candidate)
    with duckdb.connect() as connection:
        # With more threads, keeping the order writes every row group twice: slower altogether, and a larger file.
        connection.execute("set threads = 1")
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


def _prefix(candidate: Candidate) -> str:
    return f"ncpes-{candidate.release_year}-{candidate.data_origin}"
