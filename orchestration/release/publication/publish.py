"""Publication: everything that must hold is looked at again, then a release appears whole and at once, or not at all.

Belongs here: the order of the last judgement and of the steps. Does not belong here: what must hold (`require`), the
decision on the data (the gate stored it; it is read again and never trusted from memory) or the lock (the caller holds
the writer lock).
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from orchestration.registry import load_registry
from orchestration.release.candidate.manifest import manifest_sha256, read_manifest, verify
from orchestration.release.errors import PublicationRefused
from orchestration.release.publication.catalogue import (
    INCOMING,
    Catalogue,
    CatalogueEntry,
    Step,
    begin_publishing,
    clear_leftovers,
    end_publishing,
    make_read_only,
    no_step,
    read_catalogue,
    swap_state,
)
from orchestration.release.publication.require import (
    require_decision,
    require_in_force,
    require_origin,
    require_returns_in_force,
    require_sealed,
    require_signatures,
    require_time,
    require_version,
)
from orchestration.release.publication.sign import read_signatures
from orchestration.release.publication.withdraw import finish_withdrawals
from orchestration.release.records.decision import StoredDecision
from orchestration.release.records.forms import (
    CHECKS_FILE,
    DECISION_FILE,
    FILES_FOLDER,
    MANIFEST_FILE,
    REPORT_FILE,
    RUN_FILE,
    SIGNATURES_FOLDER,
    Manifest,
)
from orchestration.settings import Settings
from orchestration.storage import sync, sync_tree

PUBLISHED_PARTS = (
    MANIFEST_FILE, DECISION_FILE, CHECKS_FILE, REPORT_FILE, RUN_FILE, SIGNATURES_FOLDER, FILES_FOLDER,
)  # fmt: skip


@dataclass(frozen=True)
class PublishedRelease:
    """A release that has just become public."""

    version: str
    folder: Path
    content_digest: str
    supersedes: str | None
    is_latest: bool


@dataclass(frozen=True)
class AlreadyPublished:
    """The candidate's content is the current version of its year: nothing was published."""

    version: str
    folder: Path
    content_digest: str


PublicationOutcome = PublishedRelease | AlreadyPublished


def publish(settings: Settings, candidate: Path, *, now: datetime, step: Step = no_step) -> PublicationOutcome:
    """Publish a candidate, if the stored decision, the origin, the signatures and the time allow it.

    Args:
        settings: of the candidate's origin.
        candidate: folder of the candidate.
        now: the moment that is compared with the publication time, with its offset.
        step: called with the name of each step as it ends; for tests that die there.

    Raises:
        PublicationRefused: something that must hold does not, or its record is missing; what stood before stands.
        CandidateHeld: the gate held the candidate, or its check results say that it should have.
    """
    if now.tzinfo is None:
        raise ValueError("publish needs a time with its offset from UTC")
    clear_leftovers(settings)
    catalogue = read_catalogue(settings)
    finish_withdrawals(settings, catalogue)
    manifest = read_manifest(candidate)
    registry = load_registry(settings.seeds)
    year = registry.survey_year(manifest.release_year)
    require_origin(settings, manifest)
    decision = require_decision(settings, candidate, manifest)
    require_returns_in_force(settings, manifest, decision)
    current = catalogue.current(manifest.release_year)
    is_published = current is not None and current.content_digest == manifest.content_digest
    if current and is_published and _rests_on(current, decision):
        return AlreadyPublished(current.version, settings.releases / current.version, current.content_digest)
    require_in_force(registry, decision, now)
    require_signatures(year.signatures_for(manifest.data_origin), candidate, manifest)
    if current and is_published:
        require_sealed(settings, candidate, manifest)
        _confirm_returns(settings, catalogue, current, decision)
        return AlreadyPublished(current.version, settings.releases / current.version, current.content_digest)
    require_version(catalogue, manifest)
    require_time(year.publication_not_before, manifest, now)
    require_sealed(settings, candidate, manifest)
    folder = _place(settings, candidate, manifest, step)
    entry = _entry(manifest, decision, manifest_sha256(folder), now)
    published = Catalogue(entries=(*catalogue.entries, entry))
    swap_state(settings, published, step)
    end_publishing(settings)
    is_latest = published.latest() == entry
    return PublishedRelease(entry.version, folder, entry.content_digest, entry.supersedes, is_latest)


def _place(settings: Settings, candidate: Path, manifest: Manifest, step: Step) -> Path:
    """Copy the candidate to its place, where no pointer leads yet: hashed as copied, on the disk, read-only."""
    begin_publishing(settings, manifest.version)
    step("journal_written")
    incoming, place = settings.releases / f"{INCOMING}{manifest.version}", settings.releases / manifest.version
    incoming.mkdir()
    for part in PUBLISHED_PARTS:
        source = candidate / part
        if part == SIGNATURES_FOLDER:
            _copy_signatures(candidate, incoming)
        elif source.is_dir():
            shutil.copytree(source, incoming / part)
        elif source.is_file():
            shutil.copy2(source, incoming / part)
        step(f"copied_{part}")
    problems = verify(incoming)
    if read_manifest(incoming) != manifest:
        problems.append("the manifest was replaced while it was being judged")
    if problems:
        clear_leftovers(settings)
        raise PublicationRefused(
            f"The candidate is not what its manifest says: {'; '.join(problems)}.",
            "Load the year again; files of a candidate must not be changed by hand.",
        )
    step("verified")
    make_read_only(incoming)
    sync_tree(incoming)
    step("synced")
    incoming.rename(place)
    sync(settings.releases)
    step("placed")
    return place


def _copy_signatures(candidate: Path, incoming: Path) -> None:
    """The signatures that bind this manifest, and nothing else that may lie beside them."""
    sha256 = manifest_sha256(incoming)
    binding = [found for found in read_signatures(candidate) if found.manifest_sha256 == sha256]
    if binding:
        (incoming / SIGNATURES_FOLDER).mkdir()
    for signature in binding:
        signature.write(incoming / SIGNATURES_FOLDER / f"{signature.role}.json")


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


def _rests_on(current: CatalogueEntry, decision: StoredDecision) -> bool:
    """Whether a release rests on the very returns of a decision; an older entry does not say by which rules."""
    return current.deliveries == decision.inputs and current.returns == decision.returns


def _confirm_returns(
    settings: Settings, catalogue: Catalogue, current: CatalogueEntry, decision: StoredDecision
) -> None:
    """A corrected return that changes no published value: the version stands and is no longer stale."""
    confirmed = current.model_copy(update={"deliveries": decision.inputs, "returns": decision.returns})
    entries = tuple(confirmed if entry == current else entry for entry in catalogue.entries)
    swap_state(settings, Catalogue(entries=entries))
