"""Dagster's view of stored results: of the assets that a run asks for, and of none where the run makes no results."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from dagster import AssetKey, DagsterInstance, Definitions, ResourceDefinition, asset, define_asset_job

from expectations.results import CheckResult
from orchestration.checks.inventory import StoredCheck
from orchestration.checks.stored_results import make_stored_checks

STORED = [
    StoredCheck("landing_balance", AssetKey("landing"), "Row balance", ("landing_rule",)),
    StoredCheck("marts_scores", AssetKey("fct_scores"), "Scores", ("marts_rule",)),
]
PASSED = [CheckResult("landing_rule", "landing", "T", "W", "critical", "pass")]


@asset
def landing() -> None:
    """What a run asks for alone."""


@asset
def fct_scores() -> None:
    """What it does not ask for."""


@pytest.mark.parametrize(("results", "shown"), [(None, []), (PASSED, ["landing_balance"])])
def test_a_run_of_one_asset_shows_its_own_checks(results: Any, shown: list[str]) -> None:
    session = ResourceDefinition(resource_fn=lambda _: SimpleNamespace(results=results))
    job = define_asset_job("annual_load")
    definitions = Definitions(
        assets=[landing, fct_scores],
        asset_checks=[make_stored_checks(STORED)],
        jobs=[job],
        resources={"load": session},
    )
    with DagsterInstance.ephemeral() as instance:
        done = definitions.resolve_job_def("annual_load").execute_in_process(
            instance=instance, asset_selection=[AssetKey("landing")]
        )
    assert done.success
    assert [evaluation.check_name for evaluation in done.get_asset_check_evaluations()] == shown
