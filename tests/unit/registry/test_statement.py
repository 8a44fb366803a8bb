"""One statement of each fact: seed files, their dictionary and Python agree, and a year's digest follows its rows."""

from __future__ import annotations

import csv
import dataclasses
import time
from datetime import date, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, get_args, get_origin, get_type_hints

import pytest
import yaml

from orchestration.registry import Registry, load_registry
from orchestration.registry.parse import cells_of
from orchestration.registry.seeds import SEEDS

from .planting import SEED_FOLDER, change, read_rows, set_cell

YEARS = (2015, 2016, 2017, 2018)

DBT_TYPES = {str: "varchar", int: "integer", float: "double", bool: "boolean", date: "date", datetime: "varchar"}


def dbt_type(kind: Any) -> str:
    if get_origin(kind) is tuple:
        return "varchar"
    if isinstance(kind, UnionType):
        return DBT_TYPES[next(option for option in get_args(kind) if option is not NoneType)]
    return DBT_TYPES[kind]


def test_dictionary_types_are_those_that_python_reads() -> None:
    dictionary = yaml.safe_load((SEED_FOLDER / "_seeds__registry.yml").read_text(encoding="utf-8"))["seeds"]
    declared = {seed["name"]: seed["config"]["column_types"] for seed in dictionary}
    expected = {
        seed.name: {name: dbt_type(kind) for name, kind in get_type_hints(seed.row_type).items()} for seed in SEEDS
    }
    assert declared == expected
    assert [seed["name"] for seed in dictionary] == sorted(path.stem for path in SEED_FOLDER.glob("*.csv"))
    for seed in dictionary:
        assert seed["description"]
        assert [column["name"] for column in seed["columns"]] == list(declared[seed["name"]])
        assert all(column["description"] for column in seed["columns"])


def test_every_seed_is_a_table_of_the_registry(registry: Registry) -> None:
    assert {field.name for field in dataclasses.fields(Registry)} == {seed.name for seed in SEEDS}


@pytest.mark.parametrize("seed", [seed.name for seed in SEEDS])
def test_rows_written_as_cells_are_read_as_the_same_rows(seed: str, registry: Registry, seeds: Path) -> None:
    rows = getattr(registry, seed)
    with (seeds / f"{seed}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, read_rows(SEED_FOLDER, seed)[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(cells_of(row) for row in rows)
    assert getattr(load_registry(seeds), seed) == rows


def test_reads_fast_enough_to_be_read_at_every_command() -> None:
    best = min(_seconds_to_load() for _ in range(5))
    # Measured at 0.06 s; the mark leaves room for a busy machine.
    assert best < 0.3


def _seconds_to_load() -> float:
    start = time.perf_counter()
    load_registry(SEED_FOLDER)
    return time.perf_counter() - start


def test_digest_follows_the_rows_that_shape_a_years_counts(registry: Registry, seeds: Path) -> None:
    change(
        seeds, "response_options", set_cell("role", "excluded", survey_year="2016", question_id="q2", option_code="3")
    )
    changed = load_registry(seeds)
    different = [year for year in YEARS if changed.digest_of_year(year) != registry.digest_of_year(year)]
    assert different == [2016]


def test_digest_of_every_year_follows_a_row_without_a_year(registry: Registry, seeds: Path) -> None:
    change(seeds, "icd10_tumour_groups", set_cell("tumour_group", "other", icd10_prefix="C73"))
    change(seeds, "icd10_tumour_groups", set_cell("tumour_group", "head_and_neck", icd10_prefix="C73"))
    changed = load_registry(seeds)
    assert all(changed.digest_of_year(year) != registry.digest_of_year(year) for year in YEARS)


def test_digest_follows_the_policies_that_a_years_tables_are_stored_by(registry: Registry, seeds: Path) -> None:
    change(seeds, "display_policies", set_cell("limit_decimals", "2", table_kind="adjusted"))
    assert load_registry(seeds).digest_of_year(2018) != registry.digest_of_year(2018)


def test_digest_of_a_landing_follows_only_what_shapes_it(registry: Registry, seeds: Path) -> None:
    change(seeds, "display_policies", set_cell("limit_decimals", "2", table_kind="adjusted"))
    changed = load_registry(seeds)
    assert changed.digest_of_year(2018, ("landing",)) == registry.digest_of_year(2018, ("landing",))
    change(seeds, "source_columns", set_cell("is_required", "false", survey_year="2017", source_column="Q22"))
    changed = load_registry(seeds)
    different = [
        year
        for year in YEARS
        if changed.digest_of_year(year, ("landing",)) != registry.digest_of_year(year, ("landing",))
    ]
    assert different == [2017]


def test_digest_ignores_what_only_a_decision_reads(registry: Registry, seeds: Path) -> None:
    change(seeds, "headline_claims", set_cell("published_value", "1", claim_id="financial_help_2018"))
    waiver = "gate.example,2018,known fault of one trust,owner,2026-01-01,2026-12-31\n"
    with (seeds / "waivers.csv").open("a", encoding="utf-8") as file:
        file.write(waiver)
    changed = load_registry(seeds)
    assert changed.digest_of_year(2018) == registry.digest_of_year(2018)
    assert [row.expires_on for row in changed.waivers] == [date(2026, 12, 31)]
