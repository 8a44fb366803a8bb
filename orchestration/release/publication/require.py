"""What must be true before a release is published: each checked again, in what is stored.

Belongs here: one requirement a function, each a refusal with its next step. Does not belong here: their order and the
publication itself (`publish`), or the rule of the decision (`expectations.gate`; it is applied to the results again).
All raise PublicationRefused, CandidateHeld where the gate's verdict is, or should be, held.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from pyarrow.lib import ArrowInvalid

from expectations.gate import blocking_results, missing_results
from expectations.loader import suites_digest
from expectations.results import CheckResult, results_digest
from orchestration.lake import active_deliveries, changed_returns, promoted_fingerprints
from orchestration.registry import Registry
from orchestration.release.candidate.manifest import derive_manifest, verify
from orchestration.release.errors import CandidateHeld, FilesDiffer, PublicationRefused
from orchestration.release.records.candidate import read_candidate
from orchestration.release.records.catalogue import Catalogue
from orchestration.release.records.checks import read_results
from orchestration.release.records.decision import StoredDecision, read_decision
from orchestration.release.records.manifest import REPORT_FILE, Manifest, manifest_sha256, read_signatures
from orchestration.settings import Settings


def require_origin(settings: Settings, manifest: Manifest) -> None:
    """Reconstructed data are never published, actual data only after an audit, and no origin under another's root."""
    year, origin = manifest.release_year, manifest.data_origin
    if origin != settings.data_origin:
        raise PublicationRefused(
            f"The candidate of {year} is {origin}, but this root folder is for {settings.data_origin} data.",
            "Publish it with --origin set to its own origin.",
        )
    if origin == "reconstructed":
        raise PublicationRefused(
            f"The candidate of {year} was rebuilt from published tables: reconstructed data are never published.",
            "Compare its files with the real release (`ncpes rehearse`); nothing else is done with it.",
        )
    if origin == "actual":
        # What the manifest says is not enough: no code audits yet, so no audit can have written it.
        raise PublicationRefused(
            f"The candidate of {year} holds actual returns, and no disclosure audit of it exists (its manifest says "
            f"{manifest.disclosure_audit}).",
            "Actual returns are published only after an audit has shown that nothing hidden can be worked out.",
        )


def require_decision(settings: Settings, candidate: Path, manifest: Manifest) -> StoredDecision:
    """The stored decision: it passed, is about this very candidate, and its check results allow that."""
    year = manifest.release_year
    decision = read_decision(candidate)
    if not decision.is_passed:
        raise CandidateHeld(
            f"The decision on {year} is {decision.verdict}.", f"Read {candidate / REPORT_FILE} and load {year} again."
        )
    results = read_results(candidate)
    agreed = {
        "verdict": (decision.verdict, manifest.decision.verdict),
        "release year": (decision.release_year, year),
        "origin": (decision.data_origin, manifest.data_origin),
        "content digest": (decision.content_digest, manifest.content_digest),
        "deliveries": (decision.inputs, manifest.deliveries),
        "date of decision": (decision.as_of.isoformat(), manifest.decision.as_of),
        "check results": (decision.checks_sha256, results_digest(results)),
        "set of check suites": (decision.suites_sha256, suites_digest(settings.suites)),
    }
    if wrong := [name for name, (decided, found) in agreed.items() if decided != found]:
        raise PublicationRefused(
            f"The decision on {year} does not match the candidate in: {', '.join(wrong)}.",
            f"Load {year} again, so that the decision is about what is published.",
        )
    _require_results(results, decision)
    return decision


def _require_results(results: Sequence[CheckResult], decision: StoredDecision) -> None:
    """The check results allow the verdict, by the gate's own rule; the stored verdict alone is not enough."""
    waived = {(waiver.check_id, waiver.survey_year) for waiver in decision.waivers_used}
    held_by = [result.check_id for result in blocking_results(results, waived, decision.release_year)]
    faults = [*missing_results(results), *(f"{check} has not passed and is not waived" for check in held_by)]
    if faults:
        raise CandidateHeld(
            f"The decision on {decision.release_year} is {decision.verdict}, but its check results do not allow that: "
            f"{'; '.join(faults)}.",
            f"Load {decision.release_year} again; records of a candidate must not be changed by hand.",
        )


def require_active_returns(settings: Settings, manifest: Manifest, decision: StoredDecision) -> None:
    """The candidate was made from the active returns: none was corrected or landed again while it waited."""
    active = {year: name for year, name in active_deliveries(settings).items() if year <= manifest.release_year}
    years = sorted(active.keys() | manifest.deliveries.keys())
    changed = [
        f"{year} ({manifest.deliveries.get(year, 'none')} in the candidate, {active.get(year, 'none')} active)"
        for year in years
        if active.get(year) != manifest.deliveries.get(year)
    ]
    next_step = f"Load {manifest.release_year} again, so that the active returns are checked."
    if changed:
        raise PublicationRefused(
            f"The candidate of {manifest.release_year} was made from other deliveries than the active ones: "
            f"{'; '.join(changed)}.",
            next_step,
        )
    if {year: record.delivery for year, record in decision.returns.items()} != manifest.deliveries:
        raise PublicationRefused(
            f"The decision on {manifest.release_year} does not say by which rules its returns were landed.", next_step
        )
    if changed_years := changed_returns(decision.returns, promoted_fingerprints(settings)):
        raise PublicationRefused(
            f"The candidate of {manifest.release_year} was made from the returns of "
            f"{', '.join(map(str, changed_years))} as they were landed before a correction, a registry row or a rule "
            "of intake changed, or the warehouse is missing.",
            next_step,
        )


def require_valid_on(now: datetime, registry: Registry, decision: StoredDecision) -> None:
    """The decision is of no later day than today, and no waiver or correction of it has expired or was withdrawn."""
    year, today = decision.release_year, now.astimezone(UTC).date()
    if decision.as_of > today:
        raise PublicationRefused(
            f"The decision on {year} was made as of {decision.as_of}, a later date than today: waivers that are not "
            "raised yet would count.",
            f"Load {year} again without --as-of.",
        )
    if expired := decision.expired(today):
        raise PublicationRefused(
            f"The decision on {year}, made as of {decision.as_of}, needs waivers or corrections expired by {today}: "
            f"{'; '.join(expired)}.",
            f"Correct the fault or extend the waiver or correction; load {year} again without --as-of.",
        )
    valid = {(row.check_id, row.survey_year) for row in registry.waivers if row.raised_on <= today <= row.expires_on}
    used = [(waiver.check_id, waiver.survey_year) for waiver in decision.waivers_used]
    if gone := [f"waiver of {check_id} for {of}" for check_id, of in used if (check_id, of) not in valid]:
        raise PublicationRefused(
            f"The decision on {year} depends on waivers that the registry no longer holds as valid: {'; '.join(gone)}.",
            f"Correct the fault and load {year} again.",
        )


def require_version(catalogue: Catalogue, manifest: Manifest) -> None:
    """The manifest names the next version of its year, and its content was not withdrawn before."""
    for entry in catalogue.entries:
        if entry.withdrawn and entry.content_digest == manifest.content_digest:
            raise PublicationRefused(
                f"The same content was {entry.version}, withdrawn because: {entry.withdrawn.reason}.",
                "Correct the cause and load the year again; the same content is not published twice.",
            )
    current = catalogue.current(manifest.release_year)
    expected = (
        catalogue.next_version(manifest.release_year, manifest.contract_digest), current.version if current else None,
    )  # fmt: skip
    if (manifest.version, manifest.supersedes) != expected:
        raise PublicationRefused(
            f"The manifest is for version {manifest.version}, replacing {manifest.supersedes or 'none'}, but the "
            f"next version is {expected[0]}, replacing {expected[1] or 'none'}.",
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
            + ("the existing one belongs to another manifest." if role in signed else "there is none."),
            f"Read {candidate / REPORT_FILE}, then sign in that role and publish again.",
        )


def require_time(not_before: datetime | None, manifest: Manifest, now: datetime) -> None:
    """The publication time of the registry has been reached; a time without offset is UTC, never before London's."""
    if not_before is None:
        return
    opens = not_before if not_before.tzinfo else not_before.replace(tzinfo=UTC)
    if now < opens:
        raise PublicationRefused(
            f"The release of {manifest.release_year} is embargoed until {opens.isoformat()}; it is {now.isoformat()}.",
            "Run `ncpes publish` again then; the candidate is kept.",
        )


def require_sealed(settings: Settings, candidate: Path, manifest: Manifest) -> None:
    """The manifest is the one that follows from what the folder holds, in every format, read again cell by cell."""
    problems = verify(candidate) or _differences_from_derived(settings, candidate, manifest)
    if problems:
        raise PublicationRefused(
            f"The candidate of {manifest.release_year} is not what its manifest says: {'; '.join(problems)}.",
            f"Load {manifest.release_year} again; files of a candidate must not be changed by hand.",
        )


def _differences_from_derived(settings: Settings, candidate: Path, manifest: Manifest) -> list[str]:
    """Where the manifest differs from one made now; its version has a requirement of its own."""
    if defects := read_candidate(candidate).defects:
        return list(defects)
    try:
        derived = derive_manifest(settings, candidate)
    except (FilesDiffer, OSError, ArrowInvalid) as error:
        return [str(error)]
    return [
        f"{name} of the manifest is not what follows from the candidate"
        for name in Manifest.model_fields
        if name not in ("version", "supersedes") and getattr(derived, name) != getattr(manifest, name)
    ]
