"""The manifest of a candidate: made from what its folder holds; and whether a folder is what its manifest says.

Does not belong here: whether the release may be published (publication). Times, host and durations are in run.json,
who signed is in signatures/: neither enters a hash.
"""

from __future__ import annotations

from pathlib import Path

from expectations.results import results_digest
from orchestration.records import RecordError, sha256_of_file
from orchestration.release.candidate.canonical import content_digest, contract_digest, csv_digest
from orchestration.release.candidate.files import PublishedFile, published_files, write_files
from orchestration.release.candidate.read_back import read_back, require_equal
from orchestration.release.records.candidate import read_candidate
from orchestration.release.records.catalogue import CATALOGUE_FILE, Catalogue, read_catalogue
from orchestration.release.records.checks import CHECKS_FILE, read_results
from orchestration.release.records.decision import DECISION_FILE, read_decision
from orchestration.release.records.manifest import (
    FILES_FOLDER,
    MANIFEST_FILE,
    NOTICE_FILE,
    REPORT_FILE,
    FileRecord,
    Manifest,
    ManifestDecision,
    manifest_sha256,
    read_manifest,
)
from orchestration.settings import Settings


def package_candidate(settings: Settings, folder: Path) -> Manifest:
    """Write all files of a candidate, compare each with the candidate, and write the manifest.

    The decision, the check results and the report must be in the folder. Raises CandidateError, FilesDiffer or
    RecordError; there is no manifest then, and without one nothing can be signed or published.
    """
    (folder / MANIFEST_FILE).unlink(missing_ok=True)
    write_files(folder, read_candidate(folder))
    manifest = derive_manifest(settings, folder)
    manifest.write(folder / MANIFEST_FILE)
    return manifest


def derive_manifest(settings: Settings, folder: Path) -> Manifest:
    """The manifest that follows from what a candidate's folder holds now; the version is the next one of its year.

    Every published file is read and compared with the candidate. Raises FilesDiffer where one differs or is missing,
    RecordError where a record or the report is missing, or the decision is about other content.
    """
    candidate, decision = read_candidate(folder), read_decision(folder)
    if decision.content_digest != candidate.content_digest:
        raise RecordError(
            f"{folder / DECISION_FILE} is about the content {decision.content_digest[:12]}, but the candidate has "
            f"{candidate.content_digest[:12]}."
        )
    for name, what in ((REPORT_FILE, "a quality report"), (CHECKS_FILE, "the results of its checks")):
        if not (folder / name).is_file():
            raise RecordError(f"{folder / name} is missing: a release has {what}.")
    files = published_files(folder, candidate)
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
        # No code audits yet: this is the only value, and actual returns are not published.
        disclosure_audit="not_audited",
        decision=ManifestDecision(
            verdict=decision.verdict, as_of=decision.as_of.isoformat(), sha256=sha256_of_file(folder / DECISION_FILE)
        ),
        report=sha256_of_file(folder / REPORT_FILE),
        checks=sha256_of_file(folder / CHECKS_FILE),
        read_back=require_equal(read_back(folder, candidate, files)),
        tables=candidate.tables,
        files=tuple(_file_record(folder, file) for file in sorted(files, key=lambda file: file.path)),
    )


def verify(folder: Path) -> list[str]:
    """Every way in which a candidate or a release is not what its manifest says; empty: none.

    Files, report, decision and check results are hashed again; nothing may lie in `files/` that the manifest does not
    name; the CSV files must be the content that the digest names, which the decision is about; and the manifest of a
    release must be the one that was published. A record that is missing or damaged is one of these ways.
    """
    if (folder / NOTICE_FILE).is_file():
        return [f"it was withdrawn and its data are gone: read {NOTICE_FILE}"]
    try:
        manifest = read_manifest(folder)
        return _changed_files(folder, manifest) or _content_problems(folder, manifest)
    except RecordError as error:
        return [error.reason]


def _changed_files(folder: Path, manifest: Manifest) -> list[str]:
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
    return problems + [f"{path} is not in the manifest" for path in sorted(found - expected.keys())]


def _content_problems(folder: Path, manifest: Manifest) -> list[str]:
    """Whether digests follow from files, the decision is about these check results, and the manifest was published."""
    problems = []
    catalogue = folder.parent / CATALOGUE_FILE
    entry = Catalogue.read(catalogue).entry(folder.name) if catalogue.is_file() else None
    if entry and entry.manifest_sha256 != manifest_sha256(folder):
        problems.append("the manifest is not the one that was published")
    # Publication compared these two, and a published manifest has the hashes of both; their form may change later.
    is_bound = entry is not None and manifest.checks is not None
    if not is_bound and results_digest(read_results(folder)) != read_decision(folder).checks_sha256:
        problems.append(f"{CHECKS_FILE} is not what the decision was made on")
    for table in manifest.tables:
        if csv_digest([folder / path for path in manifest.paths("csv", table.name)]) != table.sha256:
            problems.append(f"the CSV of {table.name} is not the content that its digest names")
    if content_digest(manifest.tables) != manifest.content_digest:
        problems.append("the content digest does not follow from the tables")
    if contract_digest(manifest.tables) != manifest.contract_digest:
        problems.append("the contract digest does not follow from the tables")
    return problems


def _file_record(folder: Path, file: PublishedFile) -> FileRecord:
    return FileRecord(
        path=file.path.relative_to(folder).as_posix(),
        format=file.format,
        table=file.table,
        survey_year=file.survey_year,
        bytes=file.path.stat().st_size,
        sha256=sha256_of_file(file.path),
    )
