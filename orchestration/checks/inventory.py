"""All checks that a load stores, with the asset that each is shown on: suites by layer, dbt tests by their model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dagster import AssetKey, AssetsDefinition

from expectations.loader import load_suites

LANDING = AssetKey("landing")


def inventory_of_checks(
    manifest: Mapping[str, Any], models: Sequence[AssetsDefinition]
) -> dict[str, tuple[AssetKey, str]]:
    """Check id -> (asset, title). A suite check is shown on the first table that it affects, or on the landed return."""
    by_name = {spec.key.path[-1]: spec.key for asset in models for spec in asset.specs}
    shown: dict[str, tuple[AssetKey, str]] = {}
    for suite in load_suites():
        for check in suite.checks:
            table = next((by_name[name] for name in check.affects if name in by_name), LANDING)
            shown[check.id] = (table, check.title)
    return shown | _dbt_tests(manifest, by_name)


def _dbt_tests(manifest: Mapping[str, Any], by_name: Mapping[str, AssetKey]) -> dict[str, tuple[AssetKey, str]]:
    tests = {}
    for node in manifest["nodes"].values():
        if node["resource_type"] == "test":
            meta = node["config"].get("meta") or {}
            model = str(node.get("attached_node") or "").rpartition(".")[2]
            tests[meta.get("check_id") or f"dbt_{node['name']}"] = (
                by_name.get(model, LANDING),
                meta.get("title") or node["name"],
            )
    return tests
