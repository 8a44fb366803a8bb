"""The candidate of a release: its tables before the checks, its files after the decision."""

from collections.abc import Iterable, Iterator

from dagster import (
    AssetCheckResult,
    AssetCheckSpec,
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    MaterializeResult,
    MetadataValue,
    asset,
)

from orchestration.assets.shared import ENGINEERS, PUBLISHERS, plain_failures
from orchestration.load.candidate import build_candidate_tables
from orchestration.load.files import write_candidate_files
from orchestration.partitions import ONE_RUN, survey_years
from orchestration.release.records.decision import read_decision
from orchestration.release.records.manifest import MANIFEST_FILE
from orchestration.resources.load import LoadResource

GATE_PASSED = "gate_passed"


def make_candidate_tables(publication_tables: Iterable[AssetKey]) -> AssetsDefinition:
    """The asset of the candidate's tables; it depends on every publication table."""

    @asset(
        key="candidate_tables",
        deps=list(publication_tables),
        group_name="candidate",
        kinds={"parquet", "csv"},
        owners=[ENGINEERS],
        partitions_def=survey_years,
        backfill_policy=ONE_RUN,
    )
    def candidate_tables(context: AssetExecutionContext, load: LoadResource) -> MaterializeResult[None]:
        """The publication tables as they would be published, in order of their keys, with the content digest."""
        with plain_failures(load):
            built = load.being_built(context)
            candidate = build_candidate_tables(built)
        return MaterializeResult(
            metadata={
                "content digest": candidate.content_digest,
                "dagster/row_count": sum(table.rows for table in candidate.tables),
                "tables": len(candidate.tables),
                "defects": len(candidate.defects),
                "folder": MetadataValue.path(built.candidate),
            }
        )

    return candidate_tables


@asset(
    deps=["quality_report"],
    group_name="candidate",
    kinds={"parquet", "csv", "duckdb"},
    owners=[PUBLISHERS],
    check_specs=[
        AssetCheckSpec(
            GATE_PASSED,
            asset="candidate_files",
            blocking=True,
            description="The stored decision on the candidate is passed or passed_with_waivers; else the run stops.",
        )
    ],
    partitions_def=survey_years,
    backfill_policy=ONE_RUN,
)
def candidate_files(context: AssetExecutionContext, load: LoadResource) -> Iterator[MaterializeResult[None]]:
    """The candidate's files, read back and compared cell by cell, and the manifest that signatures bind."""
    with plain_failures(load):
        stored = load.of_candidate(context)
        manifest = write_candidate_files(stored)
        decision = read_decision(stored.candidate)
    passed = AssetCheckResult(
        check_name=GATE_PASSED,
        passed=decision.is_passed,
        metadata={"verdict": decision.verdict, "reasons": list(decision.reasons)},
    )
    metadata: dict[str, MetadataValue] = {"folder": MetadataValue.path(stored.candidate)}
    if manifest:
        metadata["manifest"] = MetadataValue.path(stored.candidate / MANIFEST_FILE)
        metadata["version"] = MetadataValue.text(manifest.version)
        metadata["cells read back"] = MetadataValue.int(manifest.read_back.cells)
    yield MaterializeResult(metadata=metadata, check_results=[passed])
