"""The front door of the code location: one object, assembled in `orchestration.assemble`.

Data flows one way: landing -> survey_year_models -> cross_year_models -> check_results -> gate_decision ->
quality_report -> release_candidate -> (gate_passed) -> marts_database -> publication.
"""

import tempfile
from pathlib import Path

from orchestration.assemble import build_definitions
from orchestration.settings import Settings
from orchestration.warehouse.dbt_build import DbtProject

# Every process of the UI and of a run comes through here without the writer lock: it parses into a folder of its own,
# so that it never writes over the manifest that a load is reading.
with tempfile.TemporaryDirectory(prefix="ncpes-definitions-") as folder:
    defs = build_definitions(DbtProject(Settings.from_environment(), Path(folder)).manifest())
