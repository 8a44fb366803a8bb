"""The landed delivery of a survey year."""

from dagster import AssetExecutionContext, MaterializeResult, asset

from orchestration.assets.step import load_step
from orchestration.load.receiving import receive
from orchestration.partitions import ONE_RUN, survey_years


@asset(
    key="landing",
    partitions_def=survey_years,
    backfill_policy=ONE_RUN,
    group_name="intake",
    kinds={"parquet"},
    required_resource_keys={"load"},
    owners=["team:data-engineering"],
)
def landing(context: AssetExecutionContext) -> MaterializeResult[None]:
    """A year's return as typed Parquet, read strictly by the registry, with its delivery receipt; no identifier."""
    with load_step(context) as session:
        receive(session)
        receipts = session.receipts.values()
        return MaterializeResult(
            metadata={
                "delivery": ", ".join(receipt.delivery for receipt in receipts),
                "sampled": sum(receipt.n_sampled for receipt in receipts),
                "respondents": sum(receipt.n_respondents for receipt in receipts),
                "answers set aside by routing": sum(sum(receipt.edits.values()) for receipt in receipts),
                "rows quarantined": sum(sum(receipt.quarantine.values()) for receipt in receipts),
                "files": [file.name for receipt in receipts for file in receipt.files],
            },
        )
