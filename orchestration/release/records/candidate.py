"""candidate.json: the tables that one load would publish, with their digests. It is stored beside the tables."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from orchestration.records import Record, Sha256
from orchestration.settings import DataOrigin

CANDIDATE_FILE = "candidate.json"
TABLES_FOLDER = "tables"

ColumnKind = Literal["integer", "float", "text", "boolean", "date"]


class ColumnRecord(Record):
    """A column of a published table: its DuckDB type, the kind of value it holds, and what it means."""

    name: str
    type: str
    kind: ColumnKind
    comment: str = ""


class TableRecord(Record):
    """A published table: rows, digest of its canonical CSV, full key (the order of rows) and columns."""

    name: str
    rows: int = Field(ge=0)
    sha256: Sha256
    key: tuple[str, ...]
    columns: tuple[ColumnRecord, ...]
    csv_years: tuple[int, ...] = Field((), description="Survey years its CSV is cut into; empty: one file.")
    comment: str = ""

    @property
    def csv_parts(self) -> tuple[int | None, ...]:
        """The survey year of each of its CSV files, in order; None alone where one file holds all rows."""
        return self.csv_years or (None,)


class Candidate(Record):
    """What one load would publish, before any decision."""

    schema_version: Literal[1] = 1
    release_year: int
    data_origin: DataOrigin
    content_digest: Sha256
    contract_digest: Sha256
    tables: tuple[TableRecord, ...]
    defects: tuple[str, ...] = Field((), description="Faults of structure (doubled keys ...) that forbid any file.")


def read_candidate(folder: Path) -> Candidate:
    """The candidate of a folder. Raises RecordError where it is missing or damaged."""
    return Candidate.read(folder / CANDIDATE_FILE)
