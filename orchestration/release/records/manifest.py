"""manifest.json, which says what a release is, and signatures/<role>.json, which are bound to the hash of its bytes.

A manifest holds no time, host or duration.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from expectations.gate import Verdict
from orchestration.records import Record, Sha256, sha256_of_file
from orchestration.release.records.candidate import TableRecord
from orchestration.settings import DataOrigin

MANIFEST_FILE = "manifest.json"
REPORT_FILE = "report.html"
FILES_FOLDER = "files"
SIGNATURES_FOLDER = "signatures"
# Published beside the manifest and bound to nothing: times, host and code of the load.
RUN_FILE = "run.json"
# What is put into the folder of a release whose data were removed.
NOTICE_FILE = "WITHDRAWN.txt"

FileFormat = Literal["parquet", "csv", "duckdb"]


class FileRecord(Record):
    """A file of a release, by its path inside the release."""

    path: str
    format: FileFormat
    table: str | None = Field(None, description="The table it holds; null: all of them.")
    survey_year: int | None = Field(None, description="The survey year it holds, where a table is cut by year.")
    bytes: int = Field(ge=0)
    sha256: Sha256


class ManifestDecision(Record):
    """The decision that a release was published on."""

    verdict: Verdict
    as_of: str
    sha256: Sha256


class ReadBackRecord(Record):
    """How many files and cells were compared with the candidate after writing; a difference stops the load."""

    files: int
    cells: int
    differences: Literal[0] = 0


class Manifest(Record):
    """What a release is: content, decision, and the hashes of its report, check results and files."""

    schema_version: Literal[1] = 1
    release_year: int
    version: Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d+\.\d+$")]
    supersedes: str | None
    data_origin: DataOrigin
    content_digest: Sha256
    contract_digest: Sha256
    deliveries: dict[int, str] = Field(description="Survey year to the delivery its rows come from.")
    disclosure_audit: Literal["not_audited", "audited"]
    decision: ManifestDecision
    report: Sha256
    checks: Sha256 | None = Field(None, description="The file of check results; older releases have none.")
    read_back: ReadBackRecord
    tables: tuple[TableRecord, ...]
    files: tuple[FileRecord, ...]

    def paths(self, file_format: str, table: str | None) -> list[str]:
        """Paths of a table's files in a format, in the order of survey years; a DuckDB file holds every table."""
        return [f.path for f in self.files if f.format == file_format and f.table in (None, table)]


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a candidate or a release. Raises RecordError where it is missing or damaged."""
    return Manifest.read(folder / MANIFEST_FILE)


def manifest_sha256(folder: Path) -> str:
    """SHA-256 of the manifest's bytes: what a signature is bound to."""
    return sha256_of_file(folder / MANIFEST_FILE)


class Signature(Record):
    """One person's signature in one role (as in seed `survey_years`), valid while the manifest has these bytes."""

    schema_version: Literal[1] = 1
    role: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]
    signer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    signed_at: datetime
    manifest_sha256: Sha256
    note: str = ""

    def store(self, folder: Path) -> None:
        """Put the signature beside the manifest of a folder, in place of an earlier one in the same role."""
        (folder / SIGNATURES_FOLDER).mkdir(exist_ok=True)
        self.write(folder / SIGNATURES_FOLDER / f"{self.role}.json")


def read_signatures(folder: Path) -> list[Signature]:
    """All signatures beside a manifest, also those of another manifest. RecordError where one is damaged."""
    return [Signature.read(path) for path in sorted((folder / SIGNATURES_FOLDER).glob("*.json"))]


def valid_signatures(folder: Path) -> list[Signature]:
    """The signatures that are bound to the manifest as it is now. RecordError where one is damaged."""
    sha256 = manifest_sha256(folder)
    return [signature for signature in read_signatures(folder) if signature.manifest_sha256 == sha256]
