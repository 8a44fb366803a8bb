"""Step 7, files: the candidate's files are written, read back and compared cell by cell, and the manifest is made.

Reads: the candidate's tables, decision.json, checks.json and the report. Stores: the files, manifest.json and run.json.
"""

from __future__ import annotations

from orchestration.load.load import Load
from orchestration.load.run_record import put_run_record_into_candidate, timed
from orchestration.release.candidate.manifest import package_candidate
from orchestration.release.records.candidate import read_candidate
from orchestration.release.records.decision import read_decision
from orchestration.release.records.manifest import Manifest


def write_candidate_files(load: Load) -> Manifest | None:
    """Writes all files and the manifest; None for a held candidate with defects that no file can hold.

    Raises CandidateError or FilesDiffer for any other candidate, RecordError where decision or report are missing.
    """
    is_held = not read_decision(load.candidate).is_passed
    manifest = None
    with timed(load, "candidate files"):
        if not (is_held and read_candidate(load.candidate).defects):
            manifest = package_candidate(load.settings, load.candidate)
    put_run_record_into_candidate(load)
    return manifest
