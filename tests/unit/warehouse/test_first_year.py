"""The first year of the registry has nothing to be compared with, and loads all the same."""

from __future__ import annotations

import pandas as pd

from orchestration.model_tables.analysis_tables import decompose_over_years
from tests.unit.statistics.tables import make_cell, make_cells, make_questions


def test_a_year_without_an_earlier_one_has_no_decomposition() -> None:
    group = {"survey_year": 2015, "base_kind": "all_answers", "group_kind": "sex"}
    cells = make_cells(make_cell(50, 30, group_code="female", **group), make_cell(40, 20, group_code="male", **group))
    # As it is read from a table without a row: no pair, and no type of a column either.
    columns = ["concept_id", "survey_year_from", "survey_year_to", "status", "reason"]
    no_pairs = pd.DataFrame(columns=columns, dtype=object)
    table = decompose_over_years(cells, make_questions("q1", years=(2015,)), no_pairs, 2015, "synthetic")
    assert table.num_rows == 0
    assert "mix_part" in table.column_names
