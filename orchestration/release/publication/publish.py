"""Publication: everything that must be true is checked again, then a release appears whole and at once, or not at all.

Belongs here: the order of the requirements and of the steps. Does not belong here: the requirements (`require`), the
decision on the data (the gate stored it; it is read again and never taken from memory) or the writer lock (the caller
holds it).
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.registry import load_registry
from orchestration.release.candidate.manifest import verify
from orchestration.release.errors import PublicationRefused
from orchestration.release.publication.releases import INCOMING, clear_leftovers, make_read_only, swap_state
from orchestration.release.publication.require import (
    require_active_returns,
    require_decision,
    require_origin,
    require_sealed,
    require_signatures,
    require_time,
    require_valid_on,
    require_version,
)
from orchestration.release.publication.withdraw import finish_withdrawals
from orchestration.release.records.catalogue import JOURNAL, CatalogueEntry
from orchestration.release.records.checks import CHECKS_FILE
from orchestration.release.records.decision import DECISION_FILE, StoredDecision
from orchestration.release.records.manifest import (
    FILES_FOLDER,
    MANIFEST_FILE,
    REPORT_FILE,
    RUN_FILE,
    Manifest,
    manifest_sha256,
    read_manifest,
    read_signatures,
)
from orchestration.settings import Settings
from orchestration.storage import replace_text, sync, sync_tree

# What is copied of a candidate, besides the signatures that are bound to its manifest.
PUBLISHED_PARTS = (MANIFEST_FILE, DECISION_FILE, CHECKS_FILE, REPORT_FILE, RUN_FILE, FILES_FOLDER)


@dataclass(frozen=True)
class Publication:
    """The release that has the candidate's content; not new where that was the current version of its year already."""

    version: str
    folder: Path
    content_digest: str
    is_new: bool


def publish(settings: Settings, candidate: Path, *, now: datetime) -> Publication:
    """Publish a candidate, if the stored decision, the origin, the signatures and the time allow it.

    Args:
        settings: of the candidate's origin.
        candidate: folder of the candidate.
        now: the moment that is compared with the publication time, with its offset.

    Raises:
        PublicationRefused: a requirement is not met; the current release is unchanged.
        RecordError: a record of the candidate is missing or damaged.
        CandidateHeld: the gate held the candidate, or its check results say that it should have.
    """
    if now.tzinfo is None:
        raise ValueError("publish needs a time with its offset from UTC")
    catalogue = clear_leftovers(settings)
    finish_withdrawals(settings, catalogue)
    manifest = read_manifest(candidate)
    registry = load_registry(settings.seeds)
    year = registry.survey_year(manifest.release_year)
    require_origin(settings, manifest)
    decision = require_decision(settings, candidate, manifest)
    require_active_returns(settings, manifest, decision)
    current = catalogue.current(manifest.release_year)
    same = current if current and current.content_digest == manifest.content_digest else None
    if same and same.deliveries == decision.inputs and same.returns == decision.returns:
        return Publication(same.version, settings.releases / same.version, same.content_digest, is_new=False)
    require_valid_on(now, registry, decision)
    require_signatures(year.signatures_for(manifest.data_origin), candidate, manifest)
    if same:
        require_sealed(settings, candidate, manifest)
        # A corrected return that changes no published value: the version stays and is no longer stale.
        confirmed = same.model_copy(update={"deliveries": decision.inputs, "returns": decision.returns})
        swap_state(settings, catalogue.with_entry(confirmed))
        return Publication(same.version, settings.releases / same.version, same.content_digest, is_new=False)
    require_version(catalogue, manifest)
    require_time(year.publication_not_before, manifest, now)
    require_sealed(settings, candidate, manifest)
    folder = _place(settings, candidate, manifest)
    entry = _entry(manifest, decision, manifest_sha256(folder), now)
    swap_state(settings, catalogue.with_entry(entry))
    return Publication(entry.version, folder, entry.content_digest, is_new=True)


def _place(settings: Settings, candidate: Path, manifest: Manifest) -> Path:
    """Copy the candidate to its place, where no pointer leads yet: hashed as copied, on the disk, read-only."""
    replace_text(settings.releases / JOURNAL, manifest.version + "\n")
    incoming, place = settings.releases / f"{INCOMING}{manifest.version}", settings.releases / manifest.version
    _copy(candidate, incoming)
    problems = verify(incoming)
    if read_manifest(incoming) != manifest:
        problems.append("the manifest was replaced while it was being checked")
    if problems:
        clear_leftovers(settings)
        raise PublicationRefused(
            f"The candidate is not what its manifest says: {'; '.join(problems)}.",
            "Load the year again; files of a candidate must not be changed by hand.",
        )
    make_read_only(incoming)
    sync_tree(incoming)
    incoming.rename(place)
    sync(settings.releases)
    return place


def _copy(candidate: Path, incoming: Path) -> None:
    """Copy what is published of a candidate, and of the signatures only those that are bound to the manifest."""
    incoming.mkdir()
    for part in PUBLISHED_PARTS:
        source = candidate / part
        if source.is_dir():
            shutil.copytree(source, incoming / part)
        elif source.is_file():
            shutil.copy2(source, incoming / part)
    sha256 = manifest_sha256(incoming)
    for signature in read_signatures(candidate):
        if signature.manifest_sha256 == sha256:
            signature.store(incoming)


def _entry(manifest: Manifest, decision: StoredDecision, sha256: str, now: datetime) -> CatalogueEntry:
    return CatalogueEntry(
        version=manifest.version,
        release_year=manifest.release_year,
        data_origin=manifest.data_origin,
        content_digest=manifest.content_digest,
        contract_digest=manifest.contract_digest,
        manifest_sha256=sha256,
        supersedes=manifest.supersedes,
        deliveries=manifest.deliveries,
        returns=decision.returns,
        published_at=now,
    )
