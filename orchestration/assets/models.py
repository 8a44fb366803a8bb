"""The dbt models as two multi-assets: of a survey year, and across years. Each runs dbt for its own models.

Keys, dependencies, descriptions and column schemas come from dbt's manifest by way of dagster-dbt. dbt runs in this
process, because starting a separate process would take longer than building the models.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter
from typing import Any

from dagster import (
    AssetExecutionContext,
    AssetsDefinition,
    AssetSpec,
    MaterializeResult,
    TableColumn,
    TableSchema,
    multi_asset,
)
from dagster_dbt import DagsterDbtTranslator, DagsterDbtTranslatorSettings, build_dbt_asset_specs

from orchestration.assets.shared import ENGINEERS, plain_failures
from orchestration.load.load import Load
from orchestration.load.models import build_cross_year_models, build_survey_year_models
from orchestration.partitions import ONE_RUN, survey_years
from orchestration.resources.load import LoadResource
from orchestration.warehouse.dbt_project import BuiltNode

UNIQUE_ID = "dagster_dbt/unique_id"
COLUMN_SCHEMA = "dagster/column_schema"


class LayerTranslator(DagsterDbtTranslator):
    """Groups models by their layer, which is their folder."""

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """The layer of a model."""
        return str(dbt_resource_props["fqn"][1])


def make_model_assets(manifest: Mapping[str, Any]) -> list[AssetsDefinition]:
    """The two multi-assets of the project whose manifest this is."""
    of_a_year = _specs(manifest, "tag:survey_year tag:load")
    across_years = _specs(manifest, "tag:cross_year")

    @multi_asset(name="survey_year_models", specs=of_a_year, backfill_policy=ONE_RUN)
    def survey_year_models(context: AssetExecutionContext, load: LoadResource) -> Iterator[MaterializeResult[None]]:
        """Loads the registry into the warehouse and builds the models of the survey years that must be rebuilt."""
        yield from _materialise(context, load, of_a_year, build_survey_year_models)

    @multi_asset(name="cross_year_models", specs=across_years, backfill_policy=ONE_RUN)
    def cross_year_models(context: AssetExecutionContext, load: LoadResource) -> Iterator[MaterializeResult[None]]:
        """Builds the models across years and the publication tables."""
        yield from _materialise(context, load, across_years, build_cross_year_models)

    return [survey_year_models, cross_year_models]


def _metadata(spec: AssetSpec, node: BuiltNode) -> dict[str, Any]:
    """Seconds, rows, and the columns with the types that they have, described as in the dbt project."""
    described = {column.name: column.description for column in spec.metadata[COLUMN_SCHEMA].columns}
    columns = [TableColumn(name, kind.lower(), described.get(name)) for name, kind in node.column_types.items()]
    rows = {} if node.rows is None else {"dagster/row_count": node.rows}
    return {"seconds": round(node.seconds, 3), COLUMN_SCHEMA: TableSchema(columns), **rows}


def _specs(manifest: Mapping[str, Any], select: str) -> list[AssetSpec]:
    """Asset specs of the selected models, partitioned by survey year, each after what it is made of."""
    # The three files of a delivery land together, so three dbt sources are one asset.
    settings = DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True)
    translator = LayerTranslator(settings=settings)
    specs = build_dbt_asset_specs(manifest=manifest, dagster_dbt_translator=translator, select=select)
    by_key = {
        spec.key: spec.replace_attributes(
            partitions_def=survey_years, kinds={"dbt", "duckdb"}, owners=spec.owners or [ENGINEERS]
        )
        for spec in specs
    }
    # Dagster wants results in an order in which nothing comes before what it is made of.
    order = TopologicalSorter({key: {dep.asset_key for dep in spec.deps} for key, spec in by_key.items()})
    return [by_key[key] for key in order.static_order() if key in by_key]


def _materialise(
    context: AssetExecutionContext,
    load: LoadResource,
    specs: Sequence[AssetSpec],
    build: Callable[[Load], Iterable[BuiltNode]],
) -> Iterator[MaterializeResult[None]]:
    """Yields one result per model as soon as dbt has built it, then one for each model that was kept as stored."""
    by_id = {str(spec.metadata[UNIQUE_ID]): spec for spec in specs}
    with plain_failures(load):
        for node in build(load.being_built(context)):
            if spec := by_id.pop(node.unique_id, None):
                yield MaterializeResult(asset_key=spec.key, metadata=_metadata(spec, node))
        for spec in by_id.values():
            yield MaterializeResult(asset_key=spec.key, metadata={"kept": "as stored: no fingerprint has changed"})
