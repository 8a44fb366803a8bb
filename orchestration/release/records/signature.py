"""signatures/<role>.json: who signed a manifest, in which role."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints

from orchestration.records import Record, Sha256
from orchestration.release.records.manifest import manifest_sha256

SIGNATURES_FOLDER = "signatures"


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
