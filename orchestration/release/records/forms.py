"""The records that a candidate and a release keep about themselves, as typed objects with one canonical JSON form.

Belongs here: the form of candidate.json and manifest.json. Does not belong here: making, checking or obeying them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from orchestration.records import Record, Sha256
from orchestration.settings import DataOrigin

CANDIDATE_FILE = "candidate.json"
MANIFEST_FILE = "manifest.json"
DECISION_FILE = "decision.json"
CHECKS_FILE = "checks.json"
REPORT_FILE = "report.html"
RUN_FILE = "run.json"
NOTICE_FILE = "WITHDRAWN.txt"
TABLES_FOLDER = "tables"
FILES_FOLDER = "files"
SIGNATURES_FOLDER = "signatures"

ColumnKind = Literal["integer", "float", "text", "boolean", "date"]
FileFormat = Literal["parquet", "csv", "duckdb"]
DisclosureAudit = Literal["not_audited", "audited"]


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


class Candidate(Record):
    """What one load would publish, before any decision. Lies beside the candidate's tables."""

    schema_version: Literal[1] = 1
    release_year: int
    data_origin: DataOrigin
    content_digest: Sha256
    contract_digest: Sha256
    tables: tuple[TableRecord, ...]
    defects: tuple[str, ...] = Field((), description="Faults of structure (doubled keys ...) that forbid any file.")

    def table(self, name: str) -> TableRecord:
        """The record of a table; KeyError where there is none."""
        return {table.name: table for table in self.tables}[name]


class FileRecord(Record):
    """A file of a release, by its path inside the release."""

    path: str
    format: FileFormat
    table: str | None = Field(None, description="The table it holds; null: all of them.")
    survey_year: int | None = Field(None, description="The survey year it holds, where a table is cut by year.")
    bytes: int = Field(ge=0)
    sha256: Sha256


class DecisionRecord(Record):
    """The decision that a manifest stands on."""

    verdict: Literal["passed", "passed_with_waivers", "held"]
    as_of: str
    sha256: Sha256


class ReadBackRecord(Record):
    """How many files and cells were compared with the candidate after writing; a difference stops the load."""

    files: int
    cells: int
    differences: Literal[0] = 0


class Manifest(Record):
    """What a release is. Holds no time, host or duration; its hash is what people sign."""

    schema_version: Literal[1] = 1
    release_year: int
    version: Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d+\.\d+$")]
    supersedes: str | None
    data_origin: DataOrigin
    content_digest: Sha256
    contract_digest: Sha256
    deliveries: dict[int, str] = Field(description="Survey year to the delivery its rows come from.")
    disclosure_audit: DisclosureAudit
    decision: DecisionRecord
    report: Sha256
    checks: Sha256 | None = Field(None, description="The file of check results; older releases have none.")
    read_back: ReadBackRecord
    tables: tuple[TableRecord, ...]
    files: tuple[FileRecord, ...]
