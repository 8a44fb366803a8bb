"""Signatures: who read a release and answers for it, bound to the manifest and so to every file and the report.

A signature is a small file beside the manifest; it holds while the manifest's bytes are the same. It says who signed,
not that nobody else could have written it: the folder's permissions guard that. Belongs here: signing and reading. Does
not belong here: which roles must sign (seed `survey_years`).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import StringConstraints

from orchestration.records import Record, Sha256
from orchestration.release.candidate.manifest import manifest_sha256, verify
from orchestration.release.errors import CandidateHeld, PublicationRefused, ReleaseError
from orchestration.release.publication.catalogue import read_catalogue
from orchestration.release.records.decision import StoredDecision
from orchestration.release.records.forms import DECISION_FILE, MANIFEST_FILE, REPORT_FILE, SIGNATURES_FOLDER
from orchestration.settings import Settings

Role = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")]


class Signature(Record):
    """One person's signature in one role."""

    schema_version: Literal[1] = 1
    role: Role
    signer: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    signed_at: datetime
    manifest_sha256: Sha256
    note: str = ""


def sign(folder: Path, role: str, signer: str, now: datetime, note: str = "") -> Signature:
    """Sign a candidate as it lies there; an earlier signature in the same role is replaced.

    Args:
        folder: candidate with its manifest.
        role: as in seed `survey_years`, e.g. `quality_assurer`.
        signer: name of the person.
        now: time of signing, with its offset.
        note: what the person wants kept.

    Raises:
        ReleaseError: the folder is not what its manifest says, so there is nothing that could be signed.
        CandidateHeld: the gate held the candidate; a signature would only stand in the way of the next load.
    """
    if problems := verify(folder):
        raise ReleaseError(
            f"{folder} cannot be signed: {'; '.join(problems)}. Run the load again and read the new report first."
        )
    decision = StoredDecision.read(folder / DECISION_FILE)
    if not decision.is_passed:
        raise CandidateHeld(
            f"The candidate of {decision.release_year} is held and cannot be signed.",
            f"Read {folder / REPORT_FILE}, settle its reasons and load {decision.release_year} again.",
        )
    signature = Signature(role=role, signer=signer, signed_at=now, manifest_sha256=manifest_sha256(folder), note=note)
    signatures = folder / SIGNATURES_FOLDER
    signatures.mkdir(exist_ok=True)
    signature.write(signatures / f"{role}.json")
    return signature


def require_nothing_signed(settings: Settings, release_year: int) -> None:
    """Refuses to build over a candidate that people have signed and that waits for publication.

    Raises PublicationRefused naming who signed it.
    """
    folder = settings.candidates / str(release_year)
    if not (folder / MANIFEST_FILE).is_file():
        return
    sha256 = manifest_sha256(folder)
    signers = [signature.signer for signature in read_signatures(folder) if signature.manifest_sha256 == sha256]
    if signers and sha256 not in {entry.manifest_sha256 for entry in read_catalogue(settings).entries}:
        raise PublicationRefused(
            f"The candidate of {release_year} is signed by {', '.join(signers)} and waits for publication; a new load "
            "would throw the signatures away.",
            f"Publish it (`ncpes publish {release_year}`), or load again with --discard-signatures.",
        )


def read_signatures(folder: Path) -> list[Signature]:
    """Signatures beside a manifest, whatever they bind. RecordError where one cannot be read."""
    return [Signature.read(path) for path in sorted((folder / SIGNATURES_FOLDER).glob("*.json"))]
