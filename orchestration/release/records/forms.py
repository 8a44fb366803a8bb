"""The records that a candidate and a release keep about themselves, as typed objects with one canonical JSON form.

Belongs here: the form of candidate.json and manifest.json. Does not belong here: making, checking or obeying them.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from orchestration.release.errors import RecordError
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

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ColumnKind = Literal["integer", "float", "text", "boolean", "date"]
FileFormat = Literal["parquet", "csv", "duckdb"]
DisclosureAudit = Literal["not_audited", "audited"]


class Record(BaseModel):
    """A frozen record that knows every one of its fields and has one JSON form."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def to_json(self) -> str:
        """Canonical text: sorted keys, two spaces, newline at the end; equal records give equal bytes."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, indent=2, ensure_ascii=False) + "\n"

    def write(self, path: Path) -> str:
        """Write the canonical text; returns its SHA-256."""
        data = self.to_json().encode()
        path.write_bytes(data)
        return hashlib.sha256(data).hexdigest()

    @classmethod
    def read(cls, path: Path) -> Self:
        """The record of a file. RecordError, naming file and fields, where it is missing or not of this form."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise RecordError(f"{path} cannot be read ({error.strerror}).") from error
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
            raise RecordError(
                f"{path} is not a {cls.__name__} of this version ({faults}). Run the load again."
            ) from error


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


class ReturnRecord(Record):
    """What was landed of a survey year, by which rules of intake and under which rows of the registry."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    delivery: str
    intake: str
    registry: str


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


def sha256_of_file(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
