"""What leaves a load: the analysts' marts and the published release."""

from dagster import AssetExecutionContext, MaterializeResult, MetadataValue, asset

from orchestration.assets.shared import ENGINEERS, PUBLISHERS, plain_failures
from orchestration.load.promotion import promote_warehouse
from orchestration.load.publication import publish_candidate
from orchestration.partitions import ONE_RUN, survey_years
from orchestration.resources.load import LoadResource


@asset(
    deps=["candidate_files"],
    group_name="release",
    kinds={"duckdb"},
    owners=[ENGINEERS],
    partitions_def=survey_years,
    backfill_policy=ONE_RUN,
)
def marts_database(context: AssetExecutionContext, load: LoadResource) -> MaterializeResult[None]:
    """The promoted warehouse and, made from it, the read-only marts for analysts inside: unpublished, restricted."""
    with plain_failures(load):
        database = promote_warehouse(load.of_candidate(context))
    return MaterializeResult(metadata={"database": MetadataValue.path(database)})


@asset(
    # Both by name: a run without the marts must wait for the gate's check on the candidate's files too.
    deps=["candidate_files", "marts_database"],
    group_name="release",
    kinds={"parquet", "csv", "duckdb"},
    owners=[PUBLISHERS],
    partitions_def=survey_years,
    backfill_policy=ONE_RUN,
)
def release(context: AssetExecutionContext, load: LoadResource) -> MaterializeResult[None]:
    """The published release, immutable, if the stored decision, the signatures and the time allow it."""
    with plain_failures(load):
        record = publish_candidate(load.of_candidate(context))
    metadata = {"published": MetadataValue.bool(record.is_published), "reason": MetadataValue.text(record.reason)}
    if record.version:
        metadata["version"] = MetadataValue.text(record.version)
        metadata["content digest"] = MetadataValue.text(record.content_digest or "")
        metadata["folder"] = MetadataValue.path(load.settings.releases / record.version)
    return MaterializeResult(metadata=metadata)
