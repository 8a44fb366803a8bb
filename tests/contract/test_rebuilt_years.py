"""A survey year that is built anew loses its old rows also where it has no new ones."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.lake import YearFingerprint, landing_folder
from orchestration.warehouse.plan import RebuildPlan
from tests.contract.conftest import YEARS, ParsedProject, TinyWarehouse

pytestmark = pytest.mark.slow

EARLIER, LATER = YEARS
# Without covariates nobody is in the patterns and no model is fitted.
NEED_COVARIATES = ("intermediate.int_case_mix_patterns", "marts.fct_case_mix_diagnostics")


def land_without_deprivation(parsed: ParsedProject, survey_year: int) -> str:
    """A corrected delivery of a year in which nobody's deprivation is known, so that nobody is adjusted."""
    settings = parsed.settings
    year = settings.landing / f"survey_year={survey_year}"
    first = landing_folder(settings, survey_year, (year / "active").read_text(encoding="utf-8").strip())
    folder = landing_folder(settings, survey_year, "0" * 12)
    shutil.copytree(first, folder)
    responses = pq.read_table(folder / "responses.parquet")
    for name, values in (
        ("imd_quintile", pa.nulls(responses.num_rows, pa.string())),
        ("is_case_mix_complete", pa.array([False] * responses.num_rows)),
    ):
        position = responses.schema.get_field_index(name)
        responses = responses.set_column(position, responses.schema.field(name), values)
    pq.write_table(responses, folder / "responses.parquet")
    return "0" * 12


def rows_by_year(database: Path, table: str) -> dict[int, int]:
    with duckdb.connect(database.as_posix(), read_only=True) as connection:
        return dict(connection.execute(f"select survey_year, count(*) from {table} group by 1").fetchall())


def test_a_rebuilt_year_without_rows_keeps_none(parsed: ParsedProject, tiny: TinyWarehouse, tmp_path: Path) -> None:
    database = tmp_path / "warehouse.duckdb"
    shutil.copyfile(tiny.database, database)
    before = {table: rows_by_year(database, table) for table in NEED_COVARIATES}
    assert all(set(years) == set(YEARS) for years in before.values())
    delivery = land_without_deprivation(parsed, EARLIER)
    corrected = YearFingerprint(delivery=delivery, intake="", registry="", code="")
    kept = corrected.model_copy(update={"delivery": "kept"})
    plan = RebuildPlan(
        fingerprints={EARLIER: corrected, LATER: kept},
        reasons={EARLIER: "corrected"},
        unchecked=(),
        seeds="",
        keeps_seeds=True,
    )
    variables = parsed.dbt.variables(LATER, plan)
    built = list(parsed.dbt.build(database, variables, ["--select", "tag:load", "tag:survey_year", "tag:cross_year"]))
    assert len(built) > len(NEED_COVARIATES)
    after = {table: rows_by_year(database, table) for table in NEED_COVARIATES}
    assert after == {table: {LATER: years[LATER]} for table, years in before.items()}
    assert set(rows_by_year(database, "intermediate.int_responses")) == set(YEARS)


def test_every_incremental_model_is_cleared_first(models: dict[str, dict[str, Any]]) -> None:
    incremental = {
        name: node["config"] for name, node in models.items() if node["config"]["materialized"] == "incremental"
    }
    assert len(incremental) > 20
    assert {config["unique_key"] for config in incremental.values()} == {"survey_year", "release_year"}
    # dbt takes a Python model for a table unless it says itself that it is not: then the kept years would be lost.
    keyed = {name for name, node in models.items() if node["config"]["unique_key"] and name not in incremental}
    of_no_kept_year = {"int_rebuilt_years", "int_scored_responses", "fct_score_movements"}
    assert keyed == of_no_kept_year | {"fct_responses", "fct_blank_answers"}
    hooks = {name: [hook["sql"] for hook in config["pre-hook"]] for name, config in incremental.items()}
    assert {name for name, sql in hooks.items() if sql != ["{{ clear_what_is_rebuilt() }}"]} == set()
