"""The landed delivery of a survey year."""

from collections.abc import Iterator

from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    MetadataValue,
    asset,
)

from orchestration.assets.shared import ENGINEERS, plain_failures
from orchestration.assets.sources import RETURN_FILES
from orchestration.lake import RECEIPT_FILE, landing_folder
from orchestration.load.landing import Landing, land_returns
from orchestration.partitions import ONE_RUN, survey_years
from orchestration.resources.load import LoadResource
from orchestration.settings import Settings

LANDING = AssetKey("landing")


def make_landing(registry: list[AssetSpec]) -> AssetsDefinition:
    """The asset of landed deliveries; intake reads the seeds of the registry."""

    @asset(
        key=LANDING,
        deps=[RETURN_FILES, *registry],
        group_name="intake",
        kinds={"parquet"},
        owners=[ENGINEERS],
        partitions_def=survey_years,
        backfill_policy=ONE_RUN,
    )
    def landing(context: AssetExecutionContext, load: LoadResource) -> MaterializeResult[None]:
        """A year's return as typed Parquet, read strictly by the registry, with its delivery receipt; no identifier."""
        with plain_failures(load):
            landed = land_returns(load.begin(context), say=context.log.info)
        return MaterializeResult(metadata=dict(_metadata(load.settings, landed)))

    return landing


def _metadata(settings: Settings, landed: Landing) -> Iterator[tuple[str, MetadataValue]]:
    """Counts over all loaded years, and the path of each receipt."""
    receipts = landed.receipts
    yield "sampled", MetadataValue.int(sum(receipt.n_sampled for receipt in receipts.values()))
    yield "dagster/row_count", MetadataValue.int(sum(receipt.n_respondents for receipt in receipts.values()))
    yield "answers removed by routing", MetadataValue.int(sum(sum(r.edits.values()) for r in receipts.values()))
    yield "rows quarantined", MetadataValue.int(sum(sum(r.quarantine.values()) for r in receipts.values()))
    for year, receipt in receipts.items():
        folder = landing_folder(settings, year, receipt.delivery)
        yield f"{year}: delivery", MetadataValue.text(receipt.delivery)
        yield f"{year}: files", MetadataValue.text(", ".join(dict.fromkeys(file.name for file in receipt.files)))
        yield f"{year}: receipt", MetadataValue.path(folder / RECEIPT_FILE)
        yield f"{year}: intake report", MetadataValue.path(folder / "intake_report.md")
    for year, reason in sorted(landed.plan.reasons.items()):
        yield f"{year}: rebuilt because", MetadataValue.text(reason)
