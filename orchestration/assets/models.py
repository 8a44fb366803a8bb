"""The dbt models as two multi-assets, of a survey year and across years, fed by the one invocation of a load.

Keys, dependencies and descriptions come from dbt's manifest by way of dagster-dbt; the invocation itself is the load's,
because a dbt process of its own would cost more than everything that it builds.
"""

from collections.abc import Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

from dagster import AssetExecutionContext, AssetsDefinition, AssetSpec, MaterializeResult, multi_asset
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, build_dbt_asset_specs

from orchestration.assets.step import load_step
from orchestration.load import steps
from orchestration.load.session import LoadSession, require
from orchestration.partitions import ONE_RUN, survey_years

UNIQUE_ID = "dagster_dbt/unique_id"


class LayerTranslator(DagsterDbtTranslator):
    """Groups models by their layer, which is their folder."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The layer of a model."""
        return str(dbt_resource_props["fqn"][1])


def model_specs(manifest: Mapping[str, Any], select: str) -> list[AssetSpec]:
    """Asset specs of the selected models, partitioned by survey year, each after what it is made of."""
    # The three files of a delivery land together, so three dbt sources are one asset.
    settings = DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True)
    translator = LayerTranslator(settings=settings)
    specs = build_dbt_asset_specs(manifest=manifest, dagster_dbt_translator=translator, select=select)
    by_key = {spec.key: spec.replace_attributes(partitions_def=survey_years, kinds={"dbt", "duckdb"}) for spec in specs}
    # Dagster wants results in an order in which nothing comes before what it is made of.
    order = TopologicalSorter({key: {dep.asset_key for dep in spec.deps} for key, spec in by_key.items()})
    return [by_key[key] for key in order.static_order() if key in by_key]


def make_model_assets(manifest: Mapping[str, Any]) -> list[AssetsDefinition]:
    """The two multi-assets of the project whose manifest this is."""
    of_a_year = model_specs(manifest, "tag:survey_year")
    across_years = model_specs(manifest, "tag:cross_year")

    @multi_asset(name="survey_year_models", specs=of_a_year, backfill_policy=ONE_RUN, required_resource_keys={"load"})
    def survey_year_models(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        """Runs dbt once for the whole load, and reports the models of a survey year."""
        with load_step(context) as session:
            steps.build_models(session)
            results = _results(session, of_a_year)
        yield from results

    @multi_asset(name="cross_year_models", specs=across_years, backfill_policy=ONE_RUN, required_resource_keys={"load"})
    def cross_year_models(context: AssetExecutionContext) -> Iterator[MaterializeResult[None]]:
        """Reports the models across years, which the same invocation has built."""
        with load_step(context) as session:
            results = _results(session, across_years)
        yield from results

    return [survey_year_models, cross_year_models]


def _results(session: LoadSession, specs: Sequence[AssetSpec]) -> list[MaterializeResult[None]]:
    """One result a model: built in this load, or kept as it stands."""
    build = require(session.build, "survey_year_models")
    seconds = {node["unique_id"]: node["execution_time"] for node in build.run_results["results"]}
    return [
        MaterializeResult(
            asset_key=spec.key,
            metadata={"seconds": seconds[unique_id]}
            if (unique_id := str(spec.metadata[UNIQUE_ID])) in seconds
            else {"kept": "as it stands: no fingerprint changed"},
        )
        for spec in specs
    ]
