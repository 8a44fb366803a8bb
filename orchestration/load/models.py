"""Step 2, models: dbt builds the warehouse of a load, in two parts that are two assets.

Reads: plan.json and the landed deliveries. Stores: the tables of the scratch warehouse. Does not belong here: which
models there are (the dbt project says) or how dbt is run (`warehouse`).
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestration.load.landing import plan_of
from orchestration.load.load import Load
from orchestration.load.run_record import timed
from orchestration.warehouse.dbt_project import BuiltNode, DbtProject
from orchestration.warehouse.plan import RebuildPlan


def build_survey_year_models(load: Load) -> Iterator[BuiltNode]:
    """Registry tables and the models of the rebuilt survey years; gives each model as soon as it is built.

    Raises DbtBuildFailed.
    """
    plan = plan_of(load)
    selected = ["tag:load"]
    selected += ["tag:survey_year"] if plan.years else []
    selected += [] if plan.keeps_seeds else ["resource_type:seed"]
    with timed(load, "survey year models"):
        yield from _build(load, plan, selected)


def build_cross_year_models(load: Load) -> Iterator[BuiltNode]:
    """The models across years, publication tables included. Raises DbtBuildFailed."""
    with timed(load, "cross-year models"):
        yield from _build(load, plan_of(load), ["tag:cross_year"])


def _build(load: Load, plan: RebuildPlan, selected: list[str]) -> Iterator[BuiltNode]:
    dbt = DbtProject(load.settings)
    return dbt.build(load.database, dbt.variables(load.release_year, plan), ["--select", *selected])
