"""A small clean load on which faults are planted: drawn example years through intake and the dbt project.

Everything lies under one temporary home. The warehouse stays as the load left it: each fault is planted in a
transaction that is rolled back.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from expectations.context import CheckContext
from expectations.inputs import register_landing
from expectations.loader import LANDED, Check, Suite, load_suites
from expectations.results import CheckResult
from expectations.runner import run_checks
from orchestration.examples import write_examples
from orchestration.intake.receive import receive_return
from orchestration.lake import DATABASE, activate_delivery, landing_folder
from orchestration.model_tables.change import movements_over_years
from orchestration.model_tables.conversion import read_registry, to_frame
from orchestration.registry import load_registry
from orchestration.settings import Settings
from orchestration.warehouse.dbt_project import DbtProject
from orchestration.warehouse.plan import plan_rebuild
from orchestration.warehouse.scratch import make_scratch

RELEASE_YEAR = 2018
# What dbt makes of the cells is made again of spoilt ones, so that the checks of movements see them.
CELLS, MOVEMENTS = "int_question_cells", "fct_score_movements"
_WRITTEN = re.compile(r"(?:update|insert into|delete from)\s+(?:\w+\.)?(\w+)")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class World:
    """A loaded warehouse with its landed delivery, and a connection that may write to it."""

    connection: duckdb.DuckDBPyConnection
    suites: tuple[Suite, ...]
    has_published_figures: bool = False

    def check(self, check_id: str | None = None) -> list[CheckResult]:
        """Results of one check, or of all, on the tables as they are now."""
        return self._run(lambda check: check_id in (None, check.id))

    def check_readers(self, plant: str) -> list[CheckResult]:
        """Results of every check that reads, directly or through a view, a preparation or a need, what a plant writes.

        The others read what they read before, and would only take time.
        """
        if "alter table" in plant:  # a check that asks the catalogue for columns names no table
            return self.check()
        views = self.connection.execute("select view_name, sql from duckdb_views() where not internal").fetchall()
        definitions = {name: _WORD.findall(sql) for name, sql in views}
        definitions |= {made.name: _names(made.reads) for suite in self.suites for made in suite.preparations}
        written = set(_WRITTEN.findall(plant)) | ({MOVEMENTS} if CELLS in plant else set())
        spoiled = _spread(written, definitions)

        def reads(check: Check) -> bool:
            needed = [name for need in check.needs for name in need.reads]
            return not spoiled.isdisjoint(_names([*check.reads, *needed]))

        return self._run(reads)

    def _run(self, wanted: Callable[[Check], bool]) -> list[CheckResult]:
        context = CheckContext(
            RELEASE_YEAR, RELEASE_YEAR, "synthetic", has_published_figures=self.has_published_figures
        )
        suites = [replace(suite, checks=tuple(filter(wanted, suite.checks))) for suite in self.suites]
        return run_checks(self.connection, suites, [context]).results

    @contextmanager
    def planted(self, sql: str) -> Iterator[None]:
        """The world with a fault, for as long as the block lasts."""
        self.connection.execute("begin transaction")
        try:
            self.connection.execute(sql)
            if CELLS in sql:
                self._move_scores()
            yield
        finally:
            self.connection.execute("rollback")

    def _move_scores(self) -> None:
        complete = f"from intermediate.{CELLS} where base_kind = 'case_mix_complete' and group_kind = 'all'"
        registry = read_registry(questions=self.connection.table("registry.questions"))
        moved = movements_over_years(to_frame(self.connection.sql(complete)), registry, "synthetic")
        self.connection.register("moved", moved)
        self.connection.execute(f"delete from marts.{MOVEMENTS}")
        self.connection.execute(f"insert into marts.{MOVEMENTS} by name from moved")
        self.connection.unregister("moved")


def _names(tables: Iterable[str]) -> list[str]:
    """Tables without their schema."""
    return [table.rpartition(".")[2] for table in tables]


def _spread(names: set[str], definitions: Mapping[str, Iterable[str]]) -> set[str]:
    """The names, those whose definition reads one of them, those that read these, and so on."""
    while found := {name for name, reads in definitions.items() if name not in names and not names.isdisjoint(reads)}:
        names |= found
    return names


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
    return World(connection, tuple(load_suites(settings.suites)), calibrated)
