"""Small tables by hand for the tests of the table functions."""

from __future__ import annotations

from typing import Any

import pandas as pd

COVARIATES = ("sex", "age_group", "ethnic_group", "imd_quintile", "tumour_group")
PLAIN = {"sex": "female", "age_group": "65-74", "ethnic_group": "white", "imd_quintile": "3", "tumour_group": "breast"}


def make_questions(*names: str, years: tuple[int, ...] = (2018,), rating: str = "q59") -> pd.DataFrame:
    rows = [
        {
            "survey_year": year,
            "question_id": name,
            "question_kind": "rating" if name == rating else "scored",
            "concept_id": f"concept_{name}",
            "first_comparable_year": 2015,
        }
        for year in years
        for name in names
    ]
    return pd.DataFrame(rows)


def make_cell(n: int, total: int, squares: int | None = None, **keys: Any) -> dict[str, Any]:
    """A row of int_question_cells: a scored question, or the rating where sums of squares are given."""
    cell = {
        "survey_year": 2018,
        "level": "national",
        "organisation_code": "ENG",
        "group_kind": "all",
        "group_code": "all",
        "question_id": "q1" if squares is None else "q59",
        "base_kind": "case_mix_complete",
        "n_base": n,
        "n_positive": total if squares is None else None,
        "rating_sum": None if squares is None else total,
        "rating_sum_squares": squares,
    }
    return cell | keys


def make_cells(*cells: dict[str, Any]) -> pd.DataFrame:
    counts = dict.fromkeys(["n_base", "n_positive", "rating_sum", "rating_sum_squares"], "Int64")
    return pd.DataFrame(list(cells)).astype(counts)


def make_pattern(trust: str, n: int, positive: int, **columns: Any) -> dict[str, Any]:
    """A row of int_case_mix_patterns with one scored question q1."""
    row = {"survey_year": 2018, "trust_code": trust, "ccg_code": "C1", "alliance_code": "A1", **PLAIN}
    return row | {"n_q1": n, "p_q1": positive} | columns


def compare_pairs(release_year: int, years: tuple[int, ...], *concepts: str, status: str = "published") -> pd.DataFrame:
    rows = [
        {
            "survey_year_from": year,
            "survey_year_to": release_year,
            "concept_id": concept,
            "status": status,
            "reason": None if status == "published" else "a break",
        }
        for year in years
        for concept in concepts
    ]
    return pd.DataFrame(rows)
