"""The code location is the one that was reviewed, and every gated table has a stored check."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from dagster import AssetKey, AssetsDefinition

from expectations.loader import load_suites
from orchestration.assets.landing import LANDING
from orchestration.assets.models import make_model_assets
from orchestration.checks.inventory import StoredCheck, inventory_of_checks
from orchestration.registry import load_registry
from orchestration.settings import PROJECT_ROOT
from tests.contract.arrows import ROOT
from tests.contract.definitions_snapshot import RENEW, SNAPSHOT, describe_manifest

# The layers whose tables somebody reads: analysts inside, and the public.
GATED = ("marts", "publication")
# A view over answers that are checked where they land; nothing of it is stored.
UNSTORED = {"fct_responses"}


@pytest.fixture(scope="module")
def model_assets(manifest: dict[str, Any]) -> list[AssetsDefinition]:
    return make_model_assets(manifest)


@pytest.fixture(scope="module")
def stored(manifest: dict[str, Any], model_assets: list[AssetsDefinition]) -> list[StoredCheck]:
    return inventory_of_checks(manifest, model_assets)


def unchecked(models: set[str], stored: list[StoredCheck], texts: Mapping[str, str]) -> set[str]:
    """Tables that no stored check is shown on and no suite reads."""
    shown = {check.asset.path[-1] for check in stored}
    text = "\n".join(texts.values())
    return {name for name in models if name not in shown and not re.search(rf"\b{name}\b", text)}


def suite_texts() -> dict[str, str]:
    paths = sorted((ROOT / "expectations" / "suites").rglob("*.yaml"))
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}


def test_the_code_location_is_as_reviewed(manifest: dict[str, Any]) -> None:
    found, kept = describe_manifest(manifest).splitlines(), SNAPSHOT.read_text(encoding="utf-8").splitlines()
    changes = [f"+ {line}" for line in found if line not in kept] + [f"- {line}" for line in kept if line not in found]
    assert not changes, "\n".join(
        ["The assets, checks, job, schedule or sensor have changed:", *changes, f"If that is meant, run: {RENEW}"]
    )


def test_the_snapshot_is_sorted_and_has_no_line_twice() -> None:
    lines = SNAPSHOT.read_text(encoding="utf-8").splitlines()
    assert lines == sorted(set(lines))


def test_every_gated_table_has_a_stored_check(stored: list[StoredCheck], model_assets: list[AssetsDefinition]) -> None:
    gated = {s.key.path[-1] for asset in model_assets for s in asset.specs if s.group_name in GATED}
    assert len(gated) >= 29
    assert unchecked(gated, stored, suite_texts()) == UNSTORED


def test_the_landed_return_has_stored_checks(stored: list[StoredCheck]) -> None:
    assert any(check.asset == LANDING for check in stored)


def test_every_published_table_shows_a_check_of_its_own(
    stored: list[StoredCheck], model_assets: list[AssetsDefinition]
) -> None:
    published = {spec.key for asset in model_assets for spec in asset.specs if spec.group_name == "publication"}
    assert published <= {check.asset for check in stored}


def test_every_check_is_in_exactly_one_stored_check(manifest: dict[str, Any], stored: list[StoredCheck]) -> None:
    counts = Counter(check_id for check in stored for check_id in check.check_ids)
    of_suites = {check.id for suite in load_suites() for check in suite.checks}
    of_dbt = {
        node["config"]["meta"]["check_id"] for node in manifest["nodes"].values() if node["resource_type"] == "test"
    }
    assert set(counts) == of_suites | of_dbt
    assert set(counts.values()) == {1}


def test_every_model_is_an_asset_with_the_years_of_the_registry(
    models: dict[str, Any], model_assets: list[AssetsDefinition]
) -> None:
    specs = [spec for asset in model_assets for spec in asset.specs]
    years = [str(year) for year in load_registry(PROJECT_ROOT / "dbt_project" / "seeds").years]
    assert sorted(spec.key.path[-1] for spec in specs) == sorted(models)
    assert {tuple(spec.partitions_def.get_partition_keys()) for spec in specs if spec.partitions_def} == {tuple(years)}
    assert all(spec.partitions_def for spec in specs)


def test_a_planted_table_without_a_check_is_seen(stored: list[StoredCheck]) -> None:
    assert unchecked({"pub_newcomer"}, stored, suite_texts()) == {"pub_newcomer"}


def test_a_planted_change_of_the_graph_is_seen(
    manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    changed = tmp_path / "snapshot.txt"
    lines = SNAPSHOT.read_text(encoding="utf-8").splitlines()
    changed.write_text("\n".join(lines[1:]) + "\n", encoding="utf-8")
    monkeypatch.setattr("tests.contract.test_definitions.SNAPSHOT", changed)
    with pytest.raises(AssertionError, match=re.escape(RENEW)):
        test_the_code_location_is_as_reviewed(manifest)


def steps_of(manifest: dict[str, Any], *assets: str) -> set[str]:
    """The steps of a run of the annual load on some of its assets alone."""
    from orchestration.definitions import build_definitions

    keys = [AssetKey(name) for name in assets]
    job = build_definitions(manifest).resolve_job_def("annual_load").get_subset(asset_selection=set(keys))
    return {node.name for node in job.nodes}


def test_publication_waits_for_the_gate_without_the_marts_too(manifest: dict[str, Any]) -> None:
    from orchestration.assets.candidate import candidate_files
    from orchestration.assets.release import release

    assert {dep.asset_key for spec in release.specs for dep in spec.deps} == {
        AssetKey("candidate_files"),
        AssetKey("marts_database"),
    }
    assert [(spec.name, spec.blocking) for spec in candidate_files.check_specs] == [("gate_passed", True)]
    assert steps_of(manifest, "candidate_files", "release") == {"candidate_files", "release"}
