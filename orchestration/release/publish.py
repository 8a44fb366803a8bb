"""Publication: everything that must hold is looked at again, then a release appears whole and at once, or not at all.

Belongs here: the last judgement and the order of the steps. Does not belong here: the decision on the data (the gate
stored it; it is read again here and never trusted from memory) or the lock (the caller holds the writer lock).
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestration.registry import load_registry
from orchestration.release.catalogue import (
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
from orchestration.release.decision import StoredDecision, checks_digest
from orchestration.release.errors import PublicationRefused
from orchestration.release.manifest import manifest_sha256, read_manifest, verify
from orchestration.release.records import (
    CHECKS_FILE,
    DECISION_FILE,
    FILES_FOLDER,
    MANIFEST_FILE,
    REPORT_FILE,
    RUN_FILE,
    SIGNATURES_FOLDER,
    Manifest,
)
from orchestration.release.sign import read_signatures
from orchestration.release.status import active_deliveries
from orchestration.release.withdraw import finish_withdrawals
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
    """
    if now.tzinfo is None:
        raise ValueError("publish needs a time with its offset from UTC")
    clear_leftovers(settings)
    catalogue = read_catalogue(settings)
    finish_withdrawals(settings, catalogue)
    manifest = read_manifest(candidate)
    require_origin(settings, manifest)
    require_decision(candidate, manifest)
    require_active_deliveries(settings, manifest)
    current = catalogue.current(manifest.release_year)
    is_published = current is not None and current.content_digest == manifest.content_digest
    if not (is_published and current and current.deliveries == manifest.deliveries):
        require_in_force(candidate, manifest, now)
    if current and is_published:
        _confirm_deliveries(settings, catalogue, current, manifest)
        return AlreadyPublished(current.version, settings.releases / current.version, current.content_digest)
    require_version(catalogue, manifest)
    year = load_registry(settings.seeds).survey_year(manifest.release_year)
    require_signatures(year.signatures_for(manifest.data_origin), candidate, manifest)
    require_time(year.publication_not_before, manifest, now)
    folder = _place(settings, candidate, manifest, step)
    entry = _entry(manifest, manifest_sha256(folder), now)
    published = Catalogue(entries=(*catalogue.entries, entry))
    swap_state(settings, published, step)
    end_publishing(settings)
    is_latest = published.latest() == entry
    return PublishedRelease(entry.version, folder, entry.content_digest, entry.supersedes, is_latest)


def require_origin(settings: Settings, manifest: Manifest) -> None:
    """Reconstructed data are never published, actual data only once audited, and no origin under another's root."""
    year, origin = manifest.release_year, manifest.data_origin
    if origin != settings.data_origin:
        raise PublicationRefused(
            f"The candidate of {year} is {origin}, but this root holds {settings.data_origin} data.",
            "Publish it under its own root.",
        )
    if origin == "reconstructed":
        raise PublicationRefused(
            f"The candidate of {year} was rebuilt from published tables: reconstructed data are never published.",
            "Compare its files with the real release (`ncpes rehearse`) and leave it at that.",
        )
    if origin == "actual" and manifest.disclosure_audit != "audited":
        raise PublicationRefused(
            f"The candidate of {year} holds actual returns and its disclosure audit says {manifest.disclosure_audit}.",
            "Actual returns go out only after an audit has shown that nothing hidden can be worked out.",
        )


def require_decision(candidate: Path, manifest: Manifest) -> None:
    """The stored decision passed, and it is about this manifest's content, deliveries, origin and check results."""
    year = manifest.release_year
    decision = StoredDecision.read(candidate / DECISION_FILE)
    if not decision.is_passed:
        raise PublicationRefused(
            f"The decision on {year} is {decision.verdict}.", f"Read {candidate / REPORT_FILE} and load {year} again."
        )
    agreed = {
        "verdict": (decision.verdict, manifest.decision.verdict),
        "release year": (decision.release_year, year),
        "origin": (decision.data_origin, manifest.data_origin),
        "content digest": (decision.content_digest, manifest.content_digest),
        "deliveries": (decision.inputs, manifest.deliveries),
        "date of decision": (decision.as_of.isoformat(), manifest.decision.as_of),
        "check results": (decision.checks_sha256, checks_digest(candidate / CHECKS_FILE)),
    }
    if wrong := [name for name, (decided, found) in agreed.items() if decided != found]:
        raise PublicationRefused(
            f"The decision on {year} is about another {', another '.join(wrong)} than the candidate's.",
            f"Load {year} again, so that what is published is what was judged.",
        )


def require_active_deliveries(settings: Settings, manifest: Manifest) -> None:
    """The candidate rests on the deliveries that are in force: none was corrected or withdrawn while it waited."""
    active = {year: name for year, name in active_deliveries(settings).items() if year <= manifest.release_year}
    years = sorted(active.keys() | manifest.deliveries.keys())
    changed = [
        f"{year} ({manifest.deliveries.get(year, 'none')} in the candidate, {active.get(year, 'none')} in force)"
        for year in years
        if active.get(year) != manifest.deliveries.get(year)
    ]
    if changed:
        raise PublicationRefused(
            f"The candidate of {manifest.release_year} rests on other deliveries than those in force: "
            f"{'; '.join(changed)}.",
            f"Load {manifest.release_year} again, so that the data in force are judged.",
        )


def require_in_force(candidate: Path, manifest: Manifest, now: datetime) -> None:
    """No waiver or correction that the decision rests on has expired, whatever date it was decided on."""
    year, decision = manifest.release_year, StoredDecision.read(candidate / DECISION_FILE)
    if over := decision.expired(now.date()):
        raise PublicationRefused(
            f"The decision on {year}, made as of {decision.as_of}, rests on what has expired by {now.date()}: "
            + "; ".join(f"{leave.name} on {leave.expires_on}" for leave in over)
            + ".",
            f"Settle the fault or extend it in the registry, and load {year} again without an earlier date.",
        )


def require_version(catalogue: Catalogue, manifest: Manifest) -> None:
    """The manifest still names the next version of its year, and its content was not withdrawn before."""
    for entry in catalogue.entries:
        if entry.withdrawn and entry.content_digest == manifest.content_digest:
            raise PublicationRefused(
                f"This very content was {entry.version}, withdrawn because: {entry.withdrawn.reason}.",
                "Correct the cause and load the year again; the same content is not published twice.",
            )
    current = catalogue.current(manifest.release_year)
    expected = (
        catalogue.next_version(manifest.release_year, manifest.contract_digest), current.version if current else None,
    )  # fmt: skip
    if (manifest.version, manifest.supersedes) != expected:
        raise PublicationRefused(
            f"The manifest is of {manifest.version} in place of {manifest.supersedes or 'none'}; by now "
            f"{expected[0]} in place of {expected[1] or 'none'} is next.",
            f"Load {manifest.release_year} again.",
        )


def require_signatures(roles: Sequence[str], candidate: Path, manifest: Manifest) -> None:
    """Every role that the registry asks for has signed exactly this manifest."""
    sha256 = manifest_sha256(candidate)
    signed = {signature.role: signature.manifest_sha256 for signature in read_signatures(candidate)}
    for role in roles:
        if signed.get(role) == sha256:
            continue
        raise PublicationRefused(
            f"The candidate of {manifest.release_year} needs the signature of the {role.replace('_', ' ')}; "
            + ("the one that is there binds another manifest." if role in signed else "there is none."),
            f"Read {candidate / REPORT_FILE}, then sign in that role and publish again.",
        )


def require_time(not_before: datetime | None, manifest: Manifest, now: datetime) -> None:
    """The publication time of the registry has been reached; a time without offset is UTC, never before London's."""
    if not_before is None:
        return
    opens = not_before if not_before.tzinfo else not_before.replace(tzinfo=UTC)
    if now < opens:
        raise PublicationRefused(
            f"The release of {manifest.release_year} is locked until {opens.isoformat()}; it is {now.isoformat()}.",
            "Publish it again then; the candidate stays as it is.",
        )


def _place(settings: Settings, candidate: Path, manifest: Manifest, step: Step) -> Path:
    """Copy the candidate to its place, where no pointer leads yet: hashed as copied, on the disk, read-only."""
    begin_publishing(settings, manifest.version)
    step("journal_written")
    incoming, place = settings.releases / f"{INCOMING}{manifest.version}", settings.releases / manifest.version
    incoming.mkdir()
    for part in PUBLISHED_PARTS:
        source = candidate / part
        if source.is_dir():
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


def _entry(manifest: Manifest, sha256: str, now: datetime) -> CatalogueEntry:
    return CatalogueEntry(
        version=manifest.version,
        release_year=manifest.release_year,
        data_origin=manifest.data_origin,
        content_digest=manifest.content_digest,
        contract_digest=manifest.contract_digest,
        manifest_sha256=sha256,
        supersedes=manifest.supersedes,
        deliveries=manifest.deliveries,
        published_at=now,
    )


def _confirm_deliveries(settings: Settings, catalogue: Catalogue, current: CatalogueEntry, manifest: Manifest) -> None:
    """A corrected delivery that changes no published value: the version stands and is no longer stale."""
    if current.deliveries == manifest.deliveries:
        return
    confirmed = current.model_copy(update={"deliveries": manifest.deliveries})
    entries = tuple(confirmed if entry == current else entry for entry in catalogue.entries)
    swap_state(settings, Catalogue(entries=entries))
