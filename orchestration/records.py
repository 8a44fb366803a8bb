"""Stored records: typed, frozen, with one canonical JSON form, read strictly.

Belongs here: what every stored record of the program shares. Does not belong here: any single record; it is defined in
the package that makes it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from orchestration.errors import ExitCode, ProgramError

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class RecordError(ProgramError):
    """A stored record is missing, damaged or not of the agreed form. `reason` and `next_step` are whole sentences."""

    exit_code = ExitCode.NOT_PUBLISHED

    def __init__(self, reason: str, next_step: str = "Run the load again.") -> None:
        super().__init__(f"{reason} {next_step}")
        self.reason = reason
        self.next_step = next_step


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
            raise RecordError(f"{path} is not a {cls.__name__} of this version ({faults}).") from error


def sha256_of_file(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
