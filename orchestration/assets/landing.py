"""The landed delivery of a survey year."""

from dagster import AssetExecutionContext, MaterializeResult, asset

from orchestration.assets.step import load_step
from orchestration.load import steps
from orchestration.load.session import require
from orchestration.partitions import survey_years


@asset(
    key="landing",
    partitions_def=survey_years,
    group_name="intake",
    kinds={"parquet"},
    required_resource_keys={"load"},
    owners=["team:data-engineering"],
)
def landing(context: AssetExecutionContext) -> MaterializeResult[None]:
    """A year's return as typed Parquet, read strictly by the registry, with its delivery receipt; no identifier."""
    with load_step(context) as session:
        steps.receive(session)
        receipt = require(session.receipt, "landing")
        return MaterializeResult(
            metadata={
                "delivery": receipt.delivery,
                "sampled": receipt.n_sampled,
                "respondents": receipt.n_respondents,
                "answers set aside by routing": sum(receipt.edits.values()),
                "rows quarantined": sum(receipt.quarantine.values()),
                "files": [file.name for file in receipt.files],
            },
        )
