"""What only a built warehouse shows: columns as described, rules of single models, and that every dbt test can fail.

Two survey years of a few hundred invented people are built once for all of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb
import pytest

from orchestration.model_tables.conversion import read_registry
from orchestration.registry import load_registry
from orchestration.registry.seeds import SEEDS
from tests.contract.conftest import ParsedProject, TinyWarehouse

pytestmark = pytest.mark.slow

LAYERS = ("staging", "intermediate", "marts", "publication")
# Faults of rules that only one table has; those of generic tests follow from their arguments.
PLANTED = {
    "dbt_pub_headline_claims_status": [
        "update publication.pub_headline_claims set status = 'not_loaded', value = 1, holds = true",
    ],
    # A view: what it reads is spoilt.
    "dbt_fct_blank_answers_key": ["insert into registry.questions select * from registry.questions"],
    "dbt_fct_ratings_range": ["update marts.fct_ratings set rating = 11 where respondent_key = {any_key}"],
    "dbt_fct_support_measures_role": [
        "update marts.fct_support_measures set role = 'missing' where option_code is not null",
        "update marts.fct_support_measures set role = 'positive' where option_code is null",
        "update marts.fct_support_measures set role = 'routing' where option_code is not null",
    ],
}


@pytest.fixture(scope="module")
def connection(tiny: TinyWarehouse) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(tiny.database.as_posix()) as opened:
        yield opened


def built_columns(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, str]]:
    """Type by column by table, in order, of the four layers."""
    tables: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        "select table_name, column_name, data_type from information_schema.columns "
        f"where table_schema in {LAYERS} order by table_name, ordinal_position"
    ).fetchall():
        tables.setdefault(table, {})[column] = kind
    return tables


def differences(described: dict[str, Any], built: dict[str, str], wide: str | None) -> dict[str, set[str]]:
    """Columns that are described and not built, or built and not described; those of the wide pattern need no words."""
    bare = {column for column in built if not (wide and re.fullmatch(wide, column))}
    found = {"described, not built": set(described) - set(built), "built, not described": bare - set(described)}
    if wide and len(bare) == len(built):
        found["no column is like"] = {wide}
    return {what: columns for what, columns in found.items() if columns}


def test_columns_are_as_described(tiny: TinyWarehouse, connection: duckdb.DuckDBPyConnection) -> None:
    tables = built_columns(connection)
    models = {n["name"]: n for n in tiny.manifest["nodes"].values() if n["resource_type"] == "model"}
    assert set(models) == set(tables)
    wrong = {
        name: found
        for name, model in models.items()
        if (found := differences(model["columns"], tables[name], model["config"]["meta"].get("wide_columns")))
    }
    assert wrong == {}


def test_described_columns_stand_in_the_order_of_the_table(
    tiny: TinyWarehouse, connection: duckdb.DuckDBPyConnection
) -> None:
    tables = built_columns(connection)
    models = {n["name"]: n for n in tiny.manifest["nodes"].values() if n["resource_type"] == "model"}
    published = {name: model for name, model in models.items() if model["fqn"][1] == "publication"}
    assert {n for n, m in published.items() if list(m["columns"]) != list(tables[n])} == set()


def test_a_planted_column_is_seen() -> None:
    assert differences({"a": {}}, {"a": "", "b": ""}, None) == {"built, not described": {"b"}}
    assert differences({"a": {}, "b": {}}, {"a": ""}, None) == {"described, not built": {"b"}}
    assert differences({"a": {}}, {"a": "", "q1": ""}, "q[0-9]+") == {}
    assert differences({"a": {}}, {"a": ""}, "q[0-9]+") == {"no column is like": {"q[0-9]+"}}


def test_seeds_as_dbt_loads_them_are_the_registry_rows_of_their_files(
    parsed: ParsedProject, connection: duckdb.DuckDBPyConnection
) -> None:
    """Whole numbers, dates, truth and lists: a model that is given seeds knows what one that reads the files knows."""
    seeds = {seed.name: connection.table(f"registry.{seed.name}") for seed in SEEDS}
    assert read_registry(**seeds) == load_registry(parsed.settings.seeds)


def data_tests(tiny: TinyWarehouse) -> list[dict[str, Any]]:
    return [node for node in tiny.manifest["nodes"].values() if node["resource_type"] == "test"]


def faults_for(test: dict[str, Any], table: str, columns: dict[str, str]) -> list[str]:
    """SQL that each must turn the test red."""
    kind, arguments = test["test_metadata"]["name"], test["test_metadata"]["kwargs"]
    if planted := PLANTED.get(test["config"]["meta"]["check_id"]):
        return planted
    twice = f"insert into {table} select * from {table} limit 1"
    if kind == "unique_key":
        return [twice]
    if kind == "has_one_row":
        return [twice, f"delete from {table}"]
    if kind == "measures_follow_status":
        measures, optional = arguments["measures"], arguments.get("optional", [])
        shown = [
            f"update {table} set status = 'published', {name} = null where rowid = {{any_row}}" for name in measures
        ]
        hidden = [
            f"update {table} set status = 'suppressed_primary', {name} = cast('1' as {columns[name]})"
            " where rowid = {any_row}"
            for name in [*measures, *optional]
        ]
        return [*shown, *hidden]
    if kind == "parts_sum_to":
        part = next(name for name in columns if name.startswith(arguments["parts"]))
        moved = (arguments["total"], part)
        return [f"update {table} set {name} = {name} + 1 where rowid = {{any_row}}" for name in moved]
    raise AssertionError(f"no fault is known for {test['name']}")


def test_every_data_test_passes_and_can_fail(tiny: TinyWarehouse, connection: duckdb.DuckDBPyConnection) -> None:
    tables, blind, red = built_columns(connection), [], []
    (any_key,) = connection.execute("select min(respondent_key) from marts.fct_ratings").fetchall()[0]
    for test in data_tests(tiny):
        name = test["attached_node"].rpartition(".")[2]
        model = tiny.manifest["nodes"][test["attached_node"]]
        table = f"{model['schema']}.{name}"
        count = f"select count(*) from ({test['compiled_code']})"
        red += [test["name"]] if connection.execute(count).fetchall() != [(0,)] else []
        is_view = model["config"]["materialized"] == "view"
        (any_row,) = (None,) if is_view else connection.execute(f"select min(rowid) from {table}").fetchall()[0]
        for fault in faults_for(test, table, tables[name]):
            connection.execute("begin transaction")
            connection.execute(fault.format(any_row=any_row, any_key=f"'{any_key}'"))
            blind += [(test["name"], fault)] if connection.execute(count).fetchall() == [(0,)] else []
            connection.execute("rollback")
    assert (red, blind) == ([], [])


def test_the_load_ran_every_data_test(tiny: TinyWarehouse) -> None:
    status = {result["unique_id"]: result["status"] for result in tiny.run_results["results"]}
    assert {status.get(test["unique_id"]) for test in data_tests(tiny)} == {"pass"}


def test_unit_tests_of_the_models_pass(
    parsed: ParsedProject, tiny: TinyWarehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    """dbt's own unit tests, which a load leaves out; they read the types of columns from the warehouse."""
    from dbt.adapters.factory import reset_adapters
    from dbt.cli.main import dbtRunner

    monkeypatch.setenv("NCPES_DBT_DATABASE", tiny.database.as_posix())
    project, target = parsed.settings.dbt_project.as_posix(), parsed.settings.home / "dbt" / "target"
    places = ["--project-dir", project, "--profiles-dir", project, "--target-path", target.as_posix()]
    places += ["--log-path", (parsed.settings.home / "logs").as_posix(), "--log-level", "none", "--quiet"]
    try:
        dbtRunner().invoke(["test", "--select", "test_type:unit", *places])
    finally:
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]  # dbt has no types here
        reset_adapters()  # type: ignore[no-untyped-call]  # dbt has no types here
    results = json.loads((target / "run_results.json").read_text(encoding="utf-8"))["results"]
    assert {result["unique_id"] for result in results} == set(parsed.manifest["unit_tests"])
    assert [(r["unique_id"], r["message"]) for r in results if r["status"] != "pass"] == []
    assert len(results) >= 10
