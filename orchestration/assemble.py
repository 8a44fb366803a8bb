"""Assembles the code location from a parsed dbt project; decides nothing.

Data flows one way: landing -> survey_year_models -> cross_year_models -> check_results -> gate_decision ->
quality_report -> release_candidate -> (gate_passed) -> marts_database -> publication.
"""

from __future__ import annotations

from typing import Any

from dagster import Definitions, ResourceDefinition, in_process_executor

from orchestration.assets.judgement import PUBLICATION_GROUP, gate_decision, make_check_results, quality_report
from orchestration.assets.landing import landing
from orchestration.assets.models import make_model_assets
from orchestration.assets.release import marts_database, publication, release_candidate
from orchestration.checks.gate_passed import gate_passed
from orchestration.checks.inventory import inventory_of_checks
from orchestration.checks.stored_results import make_stored_checks
from orchestration.jobs import annual_load
from orchestration.resources.load import load_resource
from orchestration.schedules import yearly_load
from orchestration.sensors import return_arrived


def build_definitions(manifest: dict[str, Any], load: ResourceDefinition = load_resource) -> Definitions:
    """The code location of a parsed dbt project, with the load session that its runs share."""
    models = make_model_assets(manifest)
    publication_tables = [spec.key for asset in models for spec in asset.specs if spec.group_name == PUBLICATION_GROUP]
    return Definitions(
        assets=[
            landing,
            *models,
            make_check_results(publication_tables),
            gate_decision,
            quality_report,
            release_candidate,
            marts_database,
            publication,
        ],
        asset_checks=[make_stored_checks(inventory_of_checks(manifest, models)), gate_passed],
        jobs=[annual_load],
        schedules=[yearly_load],
        sensors=[return_arrived],
        resources={"load": load},
        executor=in_process_executor,
    )
