"""What leaves a load: the candidate's files, the analysts' marts, the published release."""

from dagster import AssetExecutionContext, MaterializeResult, MetadataValue, asset

from orchestration.assets.step import load_step
from orchestration.load import steps
from orchestration.partitions import ONE_RUN, survey_years


@asset(
    deps=["quality_report"],
    partitions_def=survey_years,
    backfill_policy=ONE_RUN,
    group_name="release",
    kinds={"parquet", "csv", "duckdb"},
    required_resource_keys={"load"},
)
def release_candidate(context: AssetExecutionContext) -> MaterializeResult[None]:
    """The candidate's files, read back and compared cell by cell, and the manifest that signatures bind."""
    with load_step(context) as session:
        steps.write_files(session)
        return MaterializeResult(metadata={"folder": MetadataValue.path(session.candidate_folder)})


@asset(
    deps=["release_candidate"],
    partitions_def=survey_years,
    backfill_policy=ONE_RUN,
    group_name="release",
    kinds={"duckdb"},
    required_resource_keys={"load"},
)
def marts_database(context: AssetExecutionContext) -> MaterializeResult[None]:
    """The promoted warehouse and, made from it, the read-only marts for analysts inside: unpublished, restricted."""
    with load_step(context) as session:
        steps.promote_warehouse(session)
        return MaterializeResult(metadata={"database": MetadataValue.path(session.settings.marts_database)})


@asset(
    # Both by name: a run that leaves the marts out must wait for the gate's check on the candidate all the same.
    deps=["release_candidate", "marts_database"],
    partitions_def=survey_years,
    backfill_policy=ONE_RUN,
    group_name="release",
    required_resource_keys={"load"},
)
def publication(context: AssetExecutionContext) -> MaterializeResult[None]:
    """The published release, immutable, if the stored decision, the signatures and the time allow it."""
    with load_step(context) as session:
        outcome = steps.publish(session)
        return MaterializeResult(metadata=outcome)
