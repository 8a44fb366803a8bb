"""manifest.json: what a release is, in one file. It holds no time, host or duration; its hash is what people sign."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from orchestration.records import Record, Sha256, sha256_of_file
from orchestration.release.records.candidate import TableRecord
from orchestration.release.records.decision import Verdict
from orchestration.settings import DataOrigin

MANIFEST_FILE = "manifest.json"
REPORT_FILE = "report.html"
FILES_FOLDER = "files"
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
