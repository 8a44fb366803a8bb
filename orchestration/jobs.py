"""The only job: turns the returns of survey years into a checked release."""

from dagster import AssetSelection, define_asset_job, in_process_executor

annual_load = define_asset_job(
    name="annual_load",
    description="Loads survey years: landing, models, checks, decision, report, files, promotion, publication.",
    selection=AssetSelection.all(),
    executor_def=in_process_executor,
    tags={"dagster/concurrency_key": "ncpes_writer"},
)
