"""Where lineage begins: the files of a survey year's return, and the seeds of the questionnaire registry."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dagster import AssetKey, AssetSpec, MetadataValue, TableColumn, TableSchema

from orchestration.assets.shared import ENGINEERS
from orchestration.partitions import survey_years

RETURN_FILES = AssetKey("return_files")
REGISTRY = "registry"

return_files = AssetSpec(
    RETURN_FILES,
    description="The files of a survey year's return as received, in returns/<year>/: restricted.",
    group_name="sources",
    kinds={"csv", "xlsx"},
    owners=[ENGINEERS],
    partitions_def=survey_years,
)


def registry_seeds(manifest: Mapping[str, Any]) -> list[AssetSpec]:
    """The seeds of the registry as dbt describes them: rows of `dbt_project/seeds` that people edit."""
    seeds = [node for node in manifest["nodes"].values() if node["resource_type"] == "seed"]
    return [
        AssetSpec(
            AssetKey([REGISTRY, seed["name"]]),
            description=seed["description"],
            group_name=REGISTRY,
            kinds={"csv"},
            owners=[ENGINEERS],
            metadata={
                "file": MetadataValue.text(f"dbt_project/{seed['original_file_path']}"),
                "dagster/column_schema": TableSchema(
                    [
                        TableColumn(column["name"], column.get("data_type") or "text", column["description"])
                        for column in seed["columns"].values()
                    ]
                ),
            },
        )
        for seed in sorted(seeds, key=lambda seed: str(seed["name"]))
    ]
