"""Step 3, candidate: the publication tables as they would be published, in order of their keys, with the content
digest.

Reads: the load's warehouse and dbt's manifest. Stores: the candidate's tables, candidate.json and load.json. The
candidate of an earlier load of the same year goes, with its decision and signatures.
"""

from __future__ import annotations

from orchestration.load.load import LOAD_FILE, Load
from orchestration.load.run_record import timed
from orchestration.release.candidate.tables import build_candidate, publication_models
from orchestration.release.records.candidate import Candidate
from orchestration.warehouse.dbt_project import DbtProject


def build_candidate_tables(load: Load) -> Candidate:
    """Makes the candidate's tables. Raises CandidateError where the publication tables have no publishable form."""
    manifest = DbtProject(load.settings).manifest()
    with timed(load, "candidate tables"):
        models = publication_models(manifest)
        candidate = build_candidate(load.built_database, load.release_year, models, load.candidate)
        load.record.write(load.candidate / LOAD_FILE)
    return candidate
