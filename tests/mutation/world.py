"""A small clean load on which faults are planted: drawn example years through intake and the dbt project.

Everything lies under one temporary home. The warehouse stays as the load left it: each fault is planted in a
transaction that is rolled back.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from expectations.landed import register_landing
from expectations.loader import Check, Suite, load_suites
from expectations.needs import NEEDS
from expectations.results import CheckResult
from expectations.runner import CheckContext, run_checks
from orchestration.examples import write_examples
from orchestration.intake import receive_return
from orchestration.lake import DATABASE, activate_delivery, landing_folder
from orchestration.registry import load_registry
from orchestration.settings import Settings
from orchestration.warehouse.dbt_project import DbtProject
from orchestration.warehouse.plan import plan_rebuild
from orchestration.warehouse.scratch import make_scratch

RELEASE_YEAR = 2018
_WRITTEN = re.compile(r"(?:update|insert into|delete from)\s+(?:\w+\.)?(\w+)")
_WORD = re.compile(r"\w+")
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

    def check_whoever_sees(self, plant: str) -> list[CheckResult]:
        """Results of every check that reads, directly or through a view, a preparation or a need, what a plant writes.

        The others look at what they looked at before, and would only take time.
        """
        if "alter table" in plant:  # whoever asks the catalogue for columns names no table
            return self.check()
        words = set(_WRITTEN.findall(plant))
        views = self.connection.execute("select view_name, sql from duckdb_views() where not internal").fetchall()
        _spread(words, dict(views))
        suites = tuple(_who_see(suite, frozenset(words)) for suite in self.suites)
        context = CheckContext(
            RELEASE_YEAR, RELEASE_YEAR, "synthetic", has_published_figures=self.has_published_figures
        )
        return run_checks(self.connection, [suite for suite in suites if suite.checks], context)

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
    """The suite of one check, without its other checks and what these prepare."""
    for suite in suites:
        for check in suite.checks:
            if check.id == check_id:
                words = set(_WORD.findall(f"{check.measure} {check.population}"))
                needed = []
                for preparation in reversed(suite.preparations):  # each reads none but those before it
                    if preparation.name in words:
                        words |= set(_WORD.findall(preparation.sql))
                        needed.insert(0, preparation)
                yield replace(suite, checks=(check,), preparations=tuple(needed))


def _spread(words: set[str], definitions: Mapping[str, str]) -> None:
    """Adds to `words` the names whose definition reads one of them, and theirs."""
    found = True
    while found:
        found = False
        for name, sql in definitions.items():
            if name not in words and _mentions(sql, frozenset(words)):
                words.add(name)
                found = True


def _who_see(suite: Suite, words: frozenset[str]) -> Suite:
    """The suite with those checks alone that read one of the names."""
    own = set(words)
    _spread(own, {preparation.name: preparation.sql for preparation in suite.preparations})

    def sees(check: Check) -> bool:
        needs = " ".join(NEEDS[need].sql for need in check.needs)
        return _mentions(f"{check.measure} {check.population} {needs}", frozenset(own))

    return replace(suite, checks=tuple(filter(sees, suite.checks)))


def _mentions(sql: str, words: frozenset[str]) -> bool:
    return not words.isdisjoint(_WORD.findall(sql))


def make_world(home: Path, respondents: int, trusts: int, *, calibrated: bool = False) -> World:
    """Draw, land and model the four example years at a small size."""
    settings = Settings.model_validate({"home": home, "data_origin": "synthetic"})
    registry = load_registry(settings.seeds)
    # Faults choose people by their keys: with the same secret they are the same people in every run.
    settings.respondent_key_file.parent.mkdir(parents=True, exist_ok=True)
    settings.respondent_key_file.write_bytes(bytes(range(32)))
    settings.respondent_key_file.chmod(0o600)
    receipt = None
    for year in registry.years:
        write_examples(settings, registry, year, calibrated=calibrated, respondents=respondents, trusts=trusts)
        receipt = receive_return(settings, registry, year)
        activate_delivery(settings, year, receipt.delivery)
    assert receipt is not None
    plan = plan_rebuild(settings, registry, {RELEASE_YEAR: receipt.delivery}, full_refresh=True)
    scratch = make_scratch(settings, "planting", plan)
    dbt = DbtProject(settings)
    models = ["--select", "resource_type:seed", "resource_type:model"]
    for _ in dbt.build(scratch / DATABASE, dbt.variables(RELEASE_YEAR, plan), models):
        pass
    connection = duckdb.connect((scratch / DATABASE).as_posix())
    landing = landing_folder(settings, RELEASE_YEAR, receipt.delivery)
    register_landing(connection, landing)
    for name in LANDED:
        connection.execute(f"create temp table planted_{name} as select * from {name}")
        connection.execute(f"drop {'table' if name == 'receipt_measures' else 'view'} {name}")
        connection.execute(f"alter table planted_{name} rename to {name}")
    return World(connection, tuple(load_suites(settings.suites, NEEDS)), calibrated)
