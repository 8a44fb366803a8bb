"""Signing a candidate: who read it and answers for it, bound to the manifest and so to every file and the report.

A signature is a small file beside the manifest; it is valid while the manifest's bytes are the same. It says who
signed, not that nobody else could have written it: the folder's permissions guard that. Does not belong here: which
roles must sign (seed `survey_years`).
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from orchestration.release.candidate.manifest import verify
from orchestration.release.errors import CandidateHeld, CannotBeSigned, PublicationRefused
from orchestration.release.records.catalogue import read_catalogue
from orchestration.release.records.decision import read_decision
from orchestration.release.records.manifest import (
    MANIFEST_FILE,
    REPORT_FILE,
    Signature,
    manifest_sha256,
    valid_signatures,
)
from orchestration.settings import Settings


def sign(folder: Path, role: str, signer: str, now: datetime, note: str = "") -> Signature:
    """Sign a candidate as it is now; an earlier signature in the same role is replaced.

    Args:
        folder: candidate with its manifest.
        role: as in seed `survey_years`, e.g. `quality_assurer`.
        signer: name of the person.
        now: time of signing, with its offset.
        note: what the person wants kept.

    Raises:
        CannotBeSigned: the folder is not what its manifest says.
        CandidateHeld: the gate held the candidate; a signature would only block the next load.
    """
    if problems := verify(folder):
        raise CannotBeSigned(
            f"{folder} cannot be signed: {'; '.join(problems)}. Run the load again and read the new report first."
        )
    decision = read_decision(folder)
    if not decision.is_passed:
        raise CandidateHeld(
            f"The candidate of {decision.release_year} is held and cannot be signed.",
            f"Read {folder / REPORT_FILE}, correct what it names and load {decision.release_year} again.",
        )
    signature = Signature(role=role, signer=signer, signed_at=now, manifest_sha256=manifest_sha256(folder), note=note)
    signature.store(folder)
    return signature


def require_nothing_signed(settings: Settings, release_year: int) -> None:
    """Refuse a load that would replace a candidate that is signed and not published yet.

    Raises PublicationRefused naming who signed it.
    """
    folder = settings.candidate_of(release_year)
    if not (folder / MANIFEST_FILE).is_file():
        return
    signers = [signature.signer for signature in valid_signatures(folder)]
    if signers and manifest_sha256(folder) not in {entry.manifest_sha256 for entry in read_catalogue(settings).entries}:
        raise PublicationRefused(
            f"The candidate of {release_year} is signed by {', '.join(signers)} and not yet published; a new load "
            "would discard the signatures.",
            f"Publish it (`ncpes publish {release_year}`), or load again with --discard-signatures.",
        )
