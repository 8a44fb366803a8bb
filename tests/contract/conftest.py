"""The parsed dbt project, and a tiny warehouse: two survey years of a few hundred invented people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from orchestration.settings import Settings
from orchestration.warehouse.dbt_project import DbtProject

YEARS = (2017, 2018)


@dataclass(frozen=True)
class ParsedProject:
    """The dbt project in a home of its own, and its manifest."""

    settings: Settings
    dbt: DbtProject
    manifest: dict[str, Any]


@dataclass(frozen=True)
class TinyWarehouse:
    """What one load builds at a small size: the file, and the manifest with every test as compiled."""

    database: Path
    manifest: dict[str, Any]
    run_results: dict[str, Any]


@pytest.fixture(scope="session")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> ParsedProject:
    settings = Settings.model_validate({"home": tmp_path_factory.mktemp("home"), "data_origin": "synthetic"})
    dbt = DbtProject(settings)
    return ParsedProject(settings, dbt, dbt.manifest())


@pytest.fixture(scope="session")
def manifest(parsed: ParsedProject) -> dict[str, Any]:
    return parsed.manifest


@pytest.fixture(scope="session")
def models(manifest: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Models by name."""
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}


@pytest.fixture(scope="session")
def tiny(parsed: ParsedProject) -> TinyWarehouse:
    from orchestration.examples import write_examples
    from orchestration.intake.receive import receive_return
    from orchestration.lake import DATABASE, activate_delivery
    from orchestration.registry import load_registry
    from orchestration.warehouse.plan import plan_rebuild
    from orchestration.warehouse.scratch import make_scratch

    settings, registry = parsed.settings, load_registry(parsed.settings.seeds)
    delivery = ""
    for year in YEARS:
        write_examples(settings, registry, year, calibrated=False, respondents=400, trusts=4)
        delivery = receive_return(settings, registry, year).delivery
        activate_delivery(settings, year, delivery)
    plan = plan_rebuild(settings, registry, {YEARS[-1]: delivery}, full_refresh=True)
    scratch = make_scratch(settings, "contract", plan)
    variables = parsed.dbt.variables(YEARS[-1], plan)
    for _ in parsed.dbt.build(scratch / DATABASE, variables, ["--select", "resource_type:seed", "resource_type:model"]):
        pass
    run_results = parsed.dbt.test(scratch / DATABASE, variables)
    compiled = json.loads((settings.home / "dbt" / "target" / "manifest.json").read_text(encoding="utf-8"))
    return TinyWarehouse(scratch / DATABASE, compiled, run_results)
