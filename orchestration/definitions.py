"""The front door of the code location: one object, assembled in `orchestration.assemble`.

Data flows one way: landing -> survey_year_models -> cross_year_models -> check_results -> gate_decision ->
quality_report -> release_candidate -> (gate_passed) -> marts_database -> publication.
"""

from orchestration.assemble import build_definitions
from orchestration.settings import Settings
from orchestration.warehouse.dbt_build import DbtProject

defs = build_definitions(DbtProject(Settings.from_environment()).manifest())
