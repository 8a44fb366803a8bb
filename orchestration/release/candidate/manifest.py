"""The manifest: what a release is, in one file that people sign; and whether a folder is what its manifest says.

Belongs here: building and verifying manifest.json. Does not belong here: whether the release may go out (publish).
Times, host and durations are in run.json, who signed is in signatures/: neither enters a hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from orchestration.records import RecordError, sha256_of_file
from orchestration.release.candidate.digest import content_digest, contract_digest, csv_digest
from orchestration.release.candidate.files import WrittenFile
from orchestration.release.publication.catalogue import CATALOGUE_FILE, Catalogue, read_catalogue
from orchestration.release.records.decision import StoredDecision, checks_digest
from orchestration.release.records.forms import (
    CHECKS_FILE,
    DECISION_FILE,
    FILES_FOLDER,
    MANIFEST_FILE,
    NOTICE_FILE,
    REPORT_FILE,
    Candidate,
    DecisionRecord,
    FileRecord,
    Manifest,
    ReadBackRecord,
)
from orchestration.settings import Settings


def write_manifest(
    settings: Settings, folder: Path, candidate: Candidate, written: Sequence[WrittenFile], read_back: ReadBackRecord
) -> Manifest:
    """Write the manifest of a candidate whose files have been read back; see `derive_manifest`."""
    manifest = derive_manifest(settings, folder, candidate, written, read_back)
    manifest.write(folder / MANIFEST_FILE)
    return manifest


def derive_manifest(
    settings: Settings, folder: Path, candidate: Candidate, written: Sequence[WrittenFile], read_back: ReadBackRecord
) -> Manifest:
    """The manifest that follows from what lies in a candidate's folder; the version is the next one of its year.

    Raises RecordError where decision, check results or report are missing, or the decision is about another content.
    """
    decision = StoredDecision.read(folder / DECISION_FILE)
    if decision.content_digest != candidate.content_digest:
        raise RecordError(
            f"{folder / DECISION_FILE} is about the content {decision.content_digest[:12]}, but the candidate has "
            f"{candidate.content_digest[:12]}."
        )
    for name, what in ((REPORT_FILE, "a quality report"), (CHECKS_FILE, "the results of its checks")):
        if not (folder / name).is_file():
            raise RecordError(f"{folder / name} is missing: a release has {what}.")
    catalogue = read_catalogue(settings)
    current = catalogue.current(candidate.release_year)
    return Manifest(
        release_year=candidate.release_year,
        version=catalogue.next_version(candidate.release_year, candidate.contract_digest),
        supersedes=current.version if current else None,
        data_origin=candidate.data_origin,
        content_digest=candidate.content_digest,
        contract_digest=candidate.contract_digest,
        deliveries=decision.inputs,
        # Until an audit exists, nothing else may stand here, and actual returns are not published.
        disclosure_audit="not_audited",
        decision=DecisionRecord(
            verdict=decision.verdict, as_of=decision.as_of.isoformat(), sha256=sha256_of_file(folder / DECISION_FILE)
        ),
        report=sha256_of_file(folder / REPORT_FILE),
        checks=sha256_of_file(folder / CHECKS_FILE),
        read_back=read_back,
        tables=candidate.tables,
        files=tuple(_file_record(folder, file) for file in sorted(written, key=lambda file: file.path)),
    )


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a candidate or a release. RecordError where there is none."""
    return Manifest.read(folder / MANIFEST_FILE)


def manifest_sha256(folder: Path) -> str:
    """What signatures bind: SHA-256 of the manifest's bytes."""
    return sha256_of_file(folder / MANIFEST_FILE)


def verify(folder: Path) -> list[str]:
    """Every way in which a candidate or a release is not what its manifest says; empty: none.

    Files, report, decision and check results are hashed anew; nothing may lie in `files/` that the manifest does not
    name; the CSV files must be the content that the digest names, which is what was decided on, by these check results;
    and the manifest of a release must be the one that was published. A record that is missing or damaged is one of
    these ways.
    """
    try:
        return _problems(folder)
    except RecordError as error:
        return [error.reason]


def _problems(folder: Path) -> list[str]:
    if (folder / NOTICE_FILE).is_file():
        return [f"it was withdrawn and its data are gone: read {NOTICE_FILE}"]
    manifest = read_manifest(folder)
    expected = {file.path: file.sha256 for file in manifest.files}
    expected |= {REPORT_FILE: manifest.report, DECISION_FILE: manifest.decision.sha256}
    expected |= {CHECKS_FILE: manifest.checks} if manifest.checks else {}
    problems = []
    for path, sha256 in sorted(expected.items()):
        if not (folder / path).is_file():
            problems.append(f"{path} is missing")
        elif sha256_of_file(folder / path) != sha256:
            problems.append(f"{path} has changed since the manifest was written")
    found = {path.relative_to(folder).as_posix() for path in (folder / FILES_FOLDER).rglob("*") if path.is_file()}
    problems += [f"{path} is not in the manifest" for path in sorted(found - expected.keys())]
    return problems or _content_problems(folder, manifest)


def _content_problems(folder: Path, manifest: Manifest) -> list[str]:
    """Whether digests follow from files, the decision is about these check results, and the manifest was published."""
    problems = []
    if checks_digest(folder / CHECKS_FILE) != StoredDecision.read(folder / DECISION_FILE).checks_sha256:
        problems.append(f"{CHECKS_FILE} is not what the decision was made on")
    for table in manifest.tables:
        parts = sorted(file.path for file in manifest.files if file.table == table.name and file.format == "csv")
        if csv_digest([folder / part for part in parts]) != table.sha256:
            problems.append(f"the CSV of {table.name} is not the content that its digest names")
    if content_digest(manifest.tables) != manifest.content_digest:
        problems.append("the content digest does not follow from the tables")
    if contract_digest(manifest.tables) != manifest.contract_digest:
        problems.append("the contract digest does not follow from the tables")
    if (catalogue := folder.parent / CATALOGUE_FILE).is_file():
        entry = Catalogue.read(catalogue).entry(folder.name)
        if entry and entry.manifest_sha256 != manifest_sha256(folder):
            problems.append("the manifest is not the one that was published")
    return problems


def _file_record(folder: Path, file: WrittenFile) -> FileRecord:
    return FileRecord(
        path=file.path.relative_to(folder).as_posix(),
        format=file.format,
        table=file.table,
        survey_year=file.survey_year,
        bytes=file.path.stat().st_size,
        sha256=sha256_of_file(file.path),
    )
