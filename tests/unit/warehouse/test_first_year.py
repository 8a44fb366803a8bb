"""The first year of the registry has nothing to be compared with, and loads all the same."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import pyarrow as pa

from orchestration.model_tables.change import change_over_years, compare_years, decompose_over_years
from orchestration.model_tables.conversion import to_frame
from orchestration.registry import load_registry
from orchestration.settings import PROJECT_ROOT
from tests.unit.statistics.tables import make_cell, make_cells

REGISTRY = load_registry(PROJECT_ROOT / "dbt_project" / "seeds")


def test_a_year_without_an_earlier_one_has_tables_without_rows_and_with_types() -> None:
    pairs = compare_years(REGISTRY, 2015, {2015}, "synthetic")
    assert pairs.num_rows == 0
    assert [pairs.schema.field(f"survey_year_{end}").type for end in ("from", "to")] == [pa.int32(), pa.int32()]
    comparability = to_frame(duckdb.from_arrow(pairs))
    group = {"survey_year": 2015, "base_kind": "all_answers", "group_kind": "sex"}
    cells = make_cells(make_cell(50, 30, group_code="female", **group), make_cell(40, 20, group_code="male", **group))
    parts = decompose_over_years(cells, comparability, REGISTRY, 2015, "synthetic")
    assert (parts.num_rows, parts.schema.field("mix_part").type) == (0, pa.float64())
    changes = change_over_years(
        make_cells(make_cell(50, 30, survey_year=2015)), comparability, REGISTRY, 2015, "synthetic"
    )
    assert (changes.num_rows, changes.schema.field("difference").type) == (0, pa.float64())


def test_a_pair_with_a_year_that_is_not_loaded_says_so() -> None:
    only = replace(REGISTRY, survey_years=tuple(row for row in REGISTRY.survey_years if row.survey_year <= 2016))
    pairs = compare_years(only, 2016, {2016}, "synthetic").to_pylist()
    status = {pair["concept_id"]: (pair["status"], pair["reason"]) for pair in pairs}
    assert status[REGISTRY.question(2016, "q22").concept_id] == ("not_loaded", "2015 not loaded")
    assert status[REGISTRY.question(2016, "q5").concept_id][0] == "not_comparable"
