"""A small clean load on which faults are planted: drawn example years through intake and the dbt project.

Everything lies under one temporary home. The warehouse stays as the load left it: each fault is planted in a
transaction that is rolled back.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from expectations.landed import register_landing
from expectations.loader import Suite, load_suites
from expectations.needs import NEEDS
from expectations.results import CheckResult
from expectations.runner import CheckContext, run_checks
from orchestration.examples import write_examples
from orchestration.intake import receive_return
from orchestration.registry import load_registry
from orchestration.settings import Settings
from orchestration.warehouse.dbt_build import DbtProject
from orchestration.warehouse.history import landing_of, plan_rebuild
from orchestration.warehouse.scratch import DATABASE, make_scratch

RELEASE_YEAR = 2018
LANDED = ("landing_sample", "landing_responses", "landing_organisations", "receipt_measures")


@dataclass(frozen=True)
class World:
    """A loaded warehouse with its landed delivery, and a connection that may write to it."""

    connection: duckdb.DuckDBPyConnection
    suites: tuple[Suite, ...]
    has_published_figures: bool = False

    def check(self, check_id: str | None = None) -> list[CheckResult]:
        """Results of one check, or of all, on the tables as they are now."""
        context = CheckContext(
            RELEASE_YEAR, RELEASE_YEAR, "synthetic", has_published_figures=self.has_published_figures
        )
        suites = self.suites if check_id is None else tuple(only(self.suites, check_id))
        return run_checks(self.connection, suites, context)

    @contextmanager
    def planted(self, sql: str) -> Iterator[None]:
        """The world with a fault, for as long as the block lasts."""
        self.connection.execute("begin transaction")
        try:
            self.connection.execute(sql)
            yield
        finally:
            self.connection.execute("rollback")


def only(suites: tuple[Suite, ...], check_id: str) -> Iterator[Suite]:
    """The suite of one check, without its other checks."""
    for suite in suites:
        checks = tuple(check for check in suite.checks if check.id == check_id)
        if checks:
            yield Suite(suite.name, suite.layer, suite.description, checks, suite.preparations)


def make_world(home: Path, respondents: int, trusts: int, *, calibrated: bool = False) -> World:
    """Draw, land and model the four example years at a small size."""
    settings = Settings.model_validate({"home": home, "data_origin": "synthetic"})
    registry = load_registry(settings.seeds)
    receipt = None
    for year in registry.years:
        write_examples(settings, registry, year, calibrated=calibrated, respondents=respondents, trusts=trusts)
        receipt = receive_return(settings, registry, year)
        active = settings.landing / f"survey_year={year}" / "active"
        active.write_text(receipt.delivery, encoding="utf-8")
    assert receipt is not None
    plan = plan_rebuild(settings, registry, {RELEASE_YEAR: receipt.delivery}, full_refresh=True)
    scratch = make_scratch(settings, "planting", plan)
    os.environ["NCPES_DBT_DATABASE"] = (scratch / DATABASE).as_posix()
    DbtProject(settings).build(scratch / DATABASE, RELEASE_YEAR, plan)
    connection = duckdb.connect((scratch / DATABASE).as_posix())
    landing = landing_of(settings, RELEASE_YEAR, receipt.delivery)
    register_landing(connection, landing)
    for name in LANDED:
        connection.execute(f"create temp table planted_{name} as select * from {name}")
        connection.execute(f"drop {'table' if name == 'receipt_measures' else 'view'} {name}")
        connection.execute(f"alter table planted_{name} rename to {name}")
    return World(connection, tuple(load_suites(settings.suites, NEEDS)), calibrated)
