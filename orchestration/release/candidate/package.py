"""The end of a candidate: its files written, read back and listed in a manifest."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from orchestration.release.candidate.files import WrittenFile, write_database, write_table_files
from orchestration.release.candidate.manifest import write_manifest
from orchestration.release.candidate.read_back import FileComparison, missing_files, read_back, require_equal
from orchestration.release.candidate.tables import read_candidate
from orchestration.release.records.forms import MANIFEST_FILE, Manifest
from orchestration.settings import Settings


@dataclass(frozen=True)
class WrittenFiles:
    """The files of a candidate, each compared with it."""

    files: list[WrittenFile]
    comparisons: list[FileComparison]


def package_candidate(settings: Settings, folder: Path) -> Manifest:
    """Write all files of a judged candidate, compare each with the candidate, and write the manifest.

    Raises CandidateError, FilesDiffer or RecordError; no manifest is left behind then, and without one nothing can be
    published.
    """
    return seal_candidate(settings, folder, write_candidate_files(folder))


def write_candidate_files(folder: Path) -> WrittenFiles:
    """Write all files of a candidate and compare each with the candidate; needs no decision. Raises CandidateError."""
    (folder / MANIFEST_FILE).unlink(missing_ok=True)
    tables = write_table_files(folder)
    with ThreadPoolExecutor(max_workers=1) as pool:
        # The database is written by one thread; meanwhile the other files are read back.
        writing = pool.submit(write_database, folder)
        compared = read_back(folder, tables)
        database = writing.result()
    written = [*tables, database]
    return WrittenFiles(written, compared + read_back(folder, [database]) + missing_files(folder, written))


def seal_candidate(settings: Settings, folder: Path, written: WrittenFiles) -> Manifest:
    """Write the manifest of a candidate whose files stand.

    The candidate's decision and report must be in the folder. Raises FilesDiffer or RecordError.
    """
    return write_manifest(settings, folder, read_candidate(folder), written.files, require_equal(written.comparisons))
