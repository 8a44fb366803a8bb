"""All checks that a load stores, gathered for Dagster: one asset check per suite, and one per model with dbt tests.

Dagster shows a suite as one check with its failures listed; a check of its own for each of some hundred rules would
make every run longer and show no more than the quality report does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dagster import AssetKey, AssetsDefinition

from expectations.dbt import check_id_of
from expectations.loader import Suite, load_suites
from orchestration.assets.landing import LANDING


@dataclass(frozen=True)
class StoredCheck:
    """An asset check: the asset that it is shown on, and the check ids whose results it gathers."""

    name: str
    asset: AssetKey
    description: str
    check_ids: tuple[str, ...]


def inventory_of_checks(manifest: Mapping[str, Any], models: Sequence[AssetsDefinition]) -> list[StoredCheck]:
    """Every check id of the suites and of dbt, each in exactly one stored check."""
    by_name = {spec.key.path[-1]: spec.key for asset in models for spec in asset.specs}
    suites = [_of_suite(suite, by_name) for suite in load_suites()]
    return [*suites, *_of_dbt(manifest, by_name)]


def _of_suite(suite: Suite, by_name: Mapping[str, AssetKey]) -> StoredCheck:
    """Shown on the table that most of the suite's checks affect; checks of a return on the landed return."""
    tables: dict[str, int] = defaultdict(int)
    for check in suite.checks:
        for name in check.affects:
            tables[name] += name in by_name
    asset = by_name[max(tables, key=lambda name: tables[name])] if any(tables.values()) else LANDING
    return StoredCheck(
        name=suite.name.replace("/", "_"),
        asset=LANDING if suite.layer == "landing" else asset,
        description=f"{len(suite.checks)} checks of expectations/suites/{suite.name}.yaml",
        check_ids=tuple(check.id for check in suite.checks),
    )


def _of_dbt(manifest: Mapping[str, Any], by_name: Mapping[str, AssetKey]) -> Iterable[StoredCheck]:
    tests: dict[str, list[str]] = defaultdict(list)
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] == "test":
            model = str(node.get("attached_node") or "").rpartition(".")[2]
            tests[model].append(check_id_of(unique_id, node))
    for model, check_ids in sorted(tests.items()):
        yield StoredCheck(
            name="dbt_tests",
            asset=by_name.get(model, LANDING),
            description=f"{len(check_ids)} dbt tests of {model}",
            check_ids=tuple(sorted(check_ids)),
        )
