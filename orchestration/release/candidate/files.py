"""The published files, each made from the candidate: Parquet, CSV and one DuckDB database.

Belongs here: which files a candidate is published in, and writing them. Does not belong here: comparing them with the
candidate (read_back). File names carry year and origin, so that a file that has left its folder still says what it is.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb

from orchestration.release.candidate.tables import csv_path, parquet_path
from orchestration.release.errors import CandidateError
from orchestration.release.records.candidate import TABLES_FOLDER, Candidate
from orchestration.release.records.manifest import FILES_FOLDER, FileFormat

# Clients of DuckDB 1.2 and later can open this storage version; the newest one only the newest clients.
STORAGE_VERSION = "v1.2.0"


@dataclass(frozen=True)
class PublishedFile:
    """A file below the candidate's folder. `table` is None where it holds all tables."""

    path: Path
    format: FileFormat
    table: str | None = None
    survey_year: int | None = None


def published_files(folder: Path, candidate: Candidate) -> list[PublishedFile]:
    """Every file that a candidate is published in, written or not: those of each table, then the database of all."""
    files, prefix = folder / FILES_FOLDER, f"ncpes-{candidate.release_year}-{candidate.data_origin}"
    found = []
    for table in candidate.tables:
        name = f"{prefix}-{table.name}"
        found.append(PublishedFile(files / "parquet" / f"{name}.parquet", "parquet", table.name))
        found += [
            PublishedFile(csv_path(files / "csv", name, year), "csv", table.name, year) for year in table.csv_parts
        ]
    return [*found, PublishedFile(files / f"{prefix}.duckdb", "duckdb")]


def write_files(folder: Path, candidate: Candidate) -> list[PublishedFile]:
    """Clear `files/` and write every published file of a candidate.

    Raises CandidateError where the candidate has defects: no file may hold them.
    """
    if candidate.defects:
        raise CandidateError(
            f"The candidate of {candidate.release_year} has defects: {'; '.join(candidate.defects)}. "
            "Correct the publication models and run the load again."
        )
    if (folder / FILES_FOLDER).exists():
        shutil.rmtree(folder / FILES_FOLDER)
    written = published_files(folder, candidate)
    for file in written:
        file.path.parent.mkdir(parents=True, exist_ok=True)
        if file.table is None:
            _write_database(folder, candidate, file.path)
        else:  # the candidate's tables are in published form already
            shutil.copyfile(_stored_table(folder, file.table, file), file.path)
    return written


def _stored_table(folder: Path, table: str, file: PublishedFile) -> Path:
    if file.format == "parquet":
        return parquet_path(folder, table)
    return csv_path(folder / TABLES_FOLDER, table, file.survey_year)


def _write_database(folder: Path, candidate: Candidate, path: Path) -> None:
    """One DuckDB file with all tables, in order of their keys, and what each table and column means."""
    with duckdb.connect() as connection:
        # With more threads, keeping the order writes every row group twice: slower altogether, and a larger file.
        connection.execute("set threads = 1")
        connection.execute(f"attach {_literal(path)} as release (storage_version '{STORAGE_VERSION}')")
        for table in candidate.tables:
            source = parquet_path(folder, table.name)
            connection.execute(
                f"create table release.{table.name} as from read_parquet($source)", {"source": str(source)}
            )
            meaning = f"{table.comment} Origin: {candidate.data_origin}.".strip()
            connection.execute(f"comment on table release.{table.name} is {_literal(meaning)}")
            for column in table.columns:
                if column.comment:
                    connection.execute(
                        f'comment on column release.{table.name}."{column.name}" is {_literal(column.comment)}'
                    )
        connection.execute("detach release")


def _literal(value: Path | str) -> str:
    """A path or text as an SQL literal: `attach` and `comment` take no parameters."""
    return "'" + str(value).replace("'", "''") + "'"
