"""Imports run one way, and heavy engines have one door each. A planted import shows that a breach is seen."""

from __future__ import annotations

import ast
from graphlib import CycleError, TopologicalSorter

import pytest

from tests.contract.arrows import ROOT, Arrow, all_arrows, arrows_of, is_within, modules

# The parts of the program from the ground up, with what each may import of the others. A part imports only parts that
# stand above it in this table. A part that is not listed is a breach: name it here first.
MAY_IMPORT: dict[str, set[str]] = {
    "orchestration": set(),
    "orchestration.errors": set(),
    "orchestration.all_cores": set(),
    "orchestration.records": set(),
    "orchestration.settings": set(),
    "orchestration.storage": {"orchestration.settings"},
    "orchestration.failures": {"orchestration.settings", "orchestration.storage"},
    "orchestration.lake": {"orchestration.records", "orchestration.settings", "orchestration.storage"},
    "orchestration.registry": set(),
    "orchestration.statistics": set(),
    "orchestration.disclosure": set(),
    # Policies are chosen here, so that dbt's Python models stay wrappers of a few lines.
    "orchestration.model_tables": {
        *("orchestration.registry", "orchestration.statistics", "orchestration.disclosure", "orchestration.all_cores"),
    },
    "dbt_project.models": {"orchestration.model_tables"},
    "expectations": {"orchestration.registry"},
    "orchestration.examples": {"orchestration.registry", "orchestration.settings", "orchestration.statistics"},
    "orchestration.rehearsal": {"orchestration.registry", "orchestration.settings", "orchestration.statistics"},
    "orchestration.intake": {
        *("orchestration.registry", "orchestration.settings", "orchestration.storage", "orchestration.lake"),
        "orchestration.records",
    },
    "orchestration.release": {
        *("orchestration.registry", "orchestration.settings", "orchestration.storage", "expectations"),
        *("orchestration.lake", "orchestration.records"),
        # The type of the delivery receipts, whose row balance the report shows.
        "orchestration.intake",
    },
    "orchestration.warehouse": {
        *("orchestration.registry", "orchestration.settings", "orchestration.storage", "orchestration.lake"),
        "orchestration.records",
    },
    "orchestration.load": {
        *("orchestration.registry", "orchestration.settings", "orchestration.intake", "orchestration.release"),
        *("orchestration.warehouse", "expectations", "orchestration.storage", "orchestration.lake"),
        "orchestration.records",
    },
    "orchestration.partitions": {"orchestration.registry", "orchestration.settings"},
    "orchestration.jobs": set(),
    "orchestration.sensors": {
        *("orchestration.jobs", "orchestration.partitions", "orchestration.settings", "orchestration.lake"),
        # Whether a return is the one that is loaded: its delivery is named by its bytes.
        "orchestration.intake",
    },
    "orchestration.schedules": {"orchestration.jobs", "orchestration.sensors", "orchestration.settings"},
    "orchestration.resources": {"orchestration.load", "orchestration.settings"},
    "orchestration.assets": {
        *("orchestration.load", "orchestration.partitions", "orchestration.resources", "orchestration.failures"),
        # What the assets' pages show of the records that steps return.
        *("orchestration.lake", "orchestration.release", "orchestration.settings", "orchestration.warehouse"),
    },
    "orchestration.checks": {
        *("orchestration.assets", "orchestration.load", "orchestration.resources", "expectations"),
        "orchestration.release",
    },
    "orchestration.definitions": {
        *("orchestration.assets", "orchestration.checks", "orchestration.jobs", "orchestration.resources"),
        *("orchestration.schedules", "orchestration.sensors", "orchestration.settings", "orchestration.warehouse"),
    },
    "orchestration.runner": {
        *("orchestration.definitions", "orchestration.load", "orchestration.release", "orchestration.settings"),
        *("orchestration.failures", "orchestration.storage"),
    },
    "orchestration.commands": {
        *("orchestration.all_cores", "orchestration.examples", "orchestration.intake", "orchestration.load"),
        *("orchestration.registry", "orchestration.rehearsal", "orchestration.release", "orchestration.settings"),
        "orchestration.runner",
    },
    "orchestration.cli": {"orchestration.commands", "orchestration.failures"},
}
# What every part may import: it imports nothing of the program itself.
FOR_ALL = {"orchestration.errors"}

# The doors of the heavy engines; whoever else needs one goes through them.
DOORS: dict[str, set[str]] = {
    # One validates and imports it for the other, which renders its Data Docs where they are asked for; the runner names
    # a type.
    "great_expectations": {"expectations.validation", "expectations.data_docs", "expectations.runner"},
    # What it answers leaves that module only after a check in exact integers.
    "highspy": {"orchestration.disclosure.audit.solver"},
    "dbt": {"orchestration.warehouse.dbt_project"},
    "dagster_dbt": {"orchestration.assets.models"},
    "dagster": {
        *("orchestration.definitions", "orchestration.assets", "orchestration.checks", "orchestration.jobs"),
        *("orchestration.partitions", "orchestration.resources", "orchestration.schedules", "orchestration.sensors"),
        # A run inside the command line's own process, and the events that it shows.
        *("orchestration.runner", "orchestration.commands.progress"),
    },
}
PURE = ("expectations.gate", "expectations.corrections", "orchestration.statistics", "orchestration.disclosure")
PURE_GATE_IMPORTS = {
    *("__future__", "json", "collections", "collections.abc", "dataclasses", "datetime", "typing"),
    *("expectations.corrections", "expectations.results", "orchestration.registry.rows"),
}
IMPURE_NAMES = {"open", "print", "input", "exec", "eval", "__import__"}
IMPURE_ATTRIBUTES = {
    *("now", "utcnow", "today", "environ", "getenv", "read_text", "write_text", "read_bytes", "write_bytes"),
    *("perf_counter", "connect"),
}


def part_of(module: str) -> str:
    """The part of the program that a module belongs to: the longest listed package that holds it."""
    return max((part for part in MAY_IMPORT if is_within(module, part)), key=len, default=module)


def wrong_arrows(arrows: list[Arrow]) -> list[str]:
    """Imports between parts that the table does not allow; relative imports are never allowed."""
    wrong = []
    for arrow in arrows:
        if not arrow.target.startswith((".", "orchestration.", "expectations.")):
            continue
        here, there = part_of(arrow.source), part_of(arrow.target)
        if here != there and there not in MAY_IMPORT.get(here, set()) | FOR_ALL:
            wrong.append(str(arrow))
    return wrong


def circle_in(arrows: list[Arrow]) -> list[str]:
    """The modules of a circle of imports, of those inside functions too; empty where there is none."""
    known = {name for name, _ in modules()}
    graph: dict[str, set[str]] = {}
    for arrow in arrows:
        # A name taken from a package may be a module of it or something that its __init__ holds.
        target = arrow.target if arrow.target in known else arrow.target.rpartition(".")[0]
        if target in known and target != arrow.source:
            graph.setdefault(arrow.source, set()).add(target)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def wrong_doors(arrows: list[Arrow]) -> list[str]:
    """Imports of an engine by a module that is not one of its doors."""
    return [
        str(arrow)
        for arrow in arrows
        for engine, doors in DOORS.items()
        if is_within(arrow.target, engine) and not any(is_within(arrow.source, door) for door in doors)
    ]


def impurities(text: str) -> list[str]:
    """Names in a module's code that reach a file, the clock, the environment or a database."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Name) and node.id in IMPURE_NAMES:
            found.append(f"line {node.lineno}: {node.id}")
        elif isinstance(node, ast.Attribute) and node.attr in IMPURE_ATTRIBUTES:
            found.append(f"line {node.lineno}: .{node.attr}")
    return found


def test_imports_run_one_way() -> None:
    assert wrong_arrows(all_arrows()) == []


def test_every_part_is_listed_and_every_listed_part_exists() -> None:
    parts = {".".join(name.split(".")[:2]) for name, _ in modules()}
    parts = {"expectations" if part.startswith("expectations") else part for part in parts}
    assert parts == set(MAY_IMPORT)


def test_each_engine_has_its_door() -> None:
    assert wrong_doors(all_arrows()) == []


def test_no_part_imports_one_that_stands_below_it() -> None:
    """The order of the table is the order of the floors; what is allowed there points up the table only."""
    order = list(MAY_IMPORT)
    assert [(part, used) for part in order for used in MAY_IMPORT[part] if order.index(used) >= order.index(part)] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    assert circle_in(all_arrows()) == []


def test_a_planted_circle_is_seen() -> None:
    arrows = [
        Arrow("orchestration.lake", 1, "orchestration.storage"),
        Arrow("orchestration.storage", 1, "orchestration.lake"),
    ]
    assert set(circle_in(arrows)) == {"orchestration.lake", "orchestration.storage"}


def test_the_gate_is_a_pure_function() -> None:
    text = (ROOT / "expectations" / "gate.py").read_text(encoding="utf-8")
    imported = {arrow.target.rpartition(".")[0] or arrow.target for arrow in arrows_of("expectations.gate", text)}
    assert imported <= PURE_GATE_IMPORTS


def test_statistics_disclosure_and_the_gate_reach_no_file_clock_or_environment() -> None:
    pure = [(name, path) for name, path in modules() if any(is_within(name, package) for package in PURE)]
    assert len(pure) > len(PURE)
    assert {name: found for name, path in pure if (found := impurities(path.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("orchestration.statistics.intervals", "import dagster"),
        ("orchestration.statistics.intervals", "def f():\n    from dbt.cli.main import dbtRunner"),
        ("orchestration.disclosure.suppression", "import great_expectations.core"),
        ("orchestration.disclosure.suppression", "from orchestration.release import publish"),
        ("expectations.loader", "from great_expectations import core"),
        ("expectations.results", "from orchestration.settings import Settings"),
        ("expectations.results", "from orchestration import settings"),
        ("orchestration.release.publication.publish", "from orchestration.load.load import Load"),
        ("orchestration.release.publication.publish", "from orchestration.commands.console import console"),
        ("orchestration.intake.receive", "from orchestration.cli import main"),
        ("orchestration.assets.release", "from . import step"),
        ("dbt_project.models.marts.over_time.fct_trends", "from orchestration.registry import load_registry"),
        ("orchestration.newcomer", "from orchestration.settings import Settings"),
    ],
)
def test_a_planted_import_is_seen(source: str, text: str) -> None:
    planted = list(arrows_of(source, text))
    assert wrong_arrows(planted) + wrong_doors(planted)


@pytest.mark.parametrize(
    "text",
    [
        "def decide():\n    return open('waivers.csv')",
        "as_of = datetime.now(UTC)",
        "as_of = date.today()",
        "home = os.environ['NCPES_HOME']",
        "rows = path.read_text()",
    ],
)
def test_a_planted_impurity_is_seen(text: str) -> None:
    assert impurities(text)
