"""The code location as sorted lines, so that a change of the graph is seen in review.

Renew the stored snapshot with `.venv/bin/python -m tests.contract.definitions_snapshot`, and read its diff.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from dagster import AssetKey, AssetsDefinition, Definitions, ScheduleDefinition
from dagster._core.definitions.assets.graph.asset_graph import AssetGraph

SNAPSHOT = Path(__file__).with_suffix(".txt")
RENEW = ".venv/bin/python -m tests.contract.definitions_snapshot"


def describe(definitions: Definitions) -> str:
    """One line an asset, a check, a job, a schedule and a sensor, sorted."""
    lines = [*_assets(definitions), *_checks(definitions), *_automation(definitions)]
    return "\n".join(sorted(lines)) + "\n"


def _assets(definitions: Definitions) -> Iterator[str]:
    graph: AssetGraph = definitions.resolve_asset_graph()
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        deps = ", ".join(sorted(_name(parent) for parent in node.parent_keys)) or "-"
        if not node.is_materializable:
            yield f"external {_name(key)} [{node.group_name}] <- {deps}"
            continue
        partitions = node.partitions_def.get_partition_keys() if node.partitions_def else ["none"]
        kinds = ", ".join(sorted(node.kinds)) or "-"
        owners = ", ".join(sorted(node.owners)) or "-"
        yield (
            f"asset {_name(key)} [{node.group_name}] kinds {kinds}; owners {owners}; "
            f"partitions {', '.join(partitions)} <- {deps}"
        )


def _checks(definitions: Definitions) -> Iterator[str]:
    for check in [*(definitions.asset_checks or []), *(definitions.assets or [])]:
        if isinstance(check, AssetsDefinition):
            for spec in check.check_specs:
                yield f"check {_name(spec.asset_key)}:{spec.name}{' (blocking)' if spec.blocking else ''}"


def _automation(definitions: Definitions) -> Iterator[str]:
    for job in definitions.jobs or []:
        resolved = definitions.resolve_job_def(job.name)
        steps = ", ".join(sorted(resolved.graph.node_dict))
        yield f"job {job.name}; executor {resolved.executor_def.name}; steps {steps}"
    for schedule in definitions.schedules or []:
        assert isinstance(schedule, ScheduleDefinition)
        yield f"schedule {schedule.name} -> {schedule.job_name}; {schedule.cron_schedule} {schedule.execution_timezone}"
    for sensor in definitions.sensors or []:
        yield f"sensor {sensor.name} -> {sensor.job_name}; every {sensor.minimum_interval_seconds} s"
    yield f"executor {getattr(definitions.executor, 'name', 'default')}"


def _name(key: AssetKey) -> str:
    return "/".join(key.path)


def describe_manifest(manifest: Mapping[str, Any]) -> str:
    """The snapshot of the code location of a parsed dbt project."""
    from orchestration.definitions import build_definitions

    return describe(build_definitions(dict(manifest)))


def main() -> None:
    """Writes the snapshot of the code as it is."""
    from orchestration.settings import Settings
    from orchestration.warehouse.dbt_project import DbtProject

    with tempfile.TemporaryDirectory() as home:
        settings = Settings.model_validate({"home": home, "data_origin": "synthetic"})
        SNAPSHOT.write_text(describe_manifest(DbtProject(settings).manifest()), encoding="utf-8")


if __name__ == "__main__":
    main()
