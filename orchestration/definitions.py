"""Entry point of the Dagster code location: only assembles definitions.

Data flows one way: return_files, registry -> landing -> survey_year_models -> cross_year_models -> candidate_tables ->
check_results -> gate_decision -> quality_report -> candidate_files -> (gate_passed) -> marts_database -> release.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster import Definitions, in_process_executor

from orchestration.assets.candidate import candidate_files, make_candidate_tables
from orchestration.assets.decision import check_results, gate_decision, quality_report
from orchestration.assets.landing import make_landing
from orchestration.assets.models import make_model_assets
from orchestration.assets.release import marts_database, release
from orchestration.assets.sources import registry_seeds, return_files
from orchestration.checks.inventory import inventory_of_checks
from orchestration.checks.stored_results import make_stored_checks
from orchestration.jobs import annual_load
from orchestration.resources.load import LoadResource
from orchestration.schedules import yearly_load
from orchestration.sensors import return_arrived
from orchestration.settings import Settings
from orchestration.warehouse.dbt_project import DbtProject

PUBLICATION_LAYER = "publication"


def build_definitions(manifest: Mapping[str, Any]) -> Definitions:
    """The code location of a parsed dbt project."""
    seeds, models = registry_seeds(manifest), make_model_assets(manifest)
    published = [spec.key for asset in models for spec in asset.specs if spec.group_name == PUBLICATION_LAYER]
    return Definitions(
        assets=[
            return_files,
            *seeds,
            make_landing(seeds),
            *models,
            make_candidate_tables(published),
            check_results,
            gate_decision,
            quality_report,
            candidate_files,
            marts_database,
            release,
        ],
        asset_checks=[make_stored_checks(inventory_of_checks(manifest, models))],
        jobs=[annual_load],
        schedules=[yearly_load],
        sensors=[return_arrived],
        resources={"load": LoadResource()},
        executor=in_process_executor,
    )


defs = build_definitions(DbtProject(Settings.from_environment()).manifest())
