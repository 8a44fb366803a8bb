"""The end of a candidate: its files written, read back and listed in a manifest."""

from __future__ import annotations

from pathlib import Path

from orchestration.release.candidate import read_candidate
from orchestration.release.files import write_files
from orchestration.release.manifest import write_manifest
from orchestration.release.read_back import read_back, require_equal
from orchestration.release.records import MANIFEST_FILE, Manifest
from orchestration.settings import Settings


def package_candidate(settings: Settings, folder: Path) -> Manifest:
    """Write all files of a judged candidate, compare each with the candidate, and write the manifest.

    The candidate's decision and report must be in the folder. Raises CandidateError, FilesDiffer or RecordError; no
    manifest is left behind then, and without one nothing can be published.
    """
    (folder / MANIFEST_FILE).unlink(missing_ok=True)
    written = write_files(folder)
    compared = require_equal(read_back(folder, written))
    return write_manifest(settings, folder, read_candidate(folder), written, compared)
