"""Reading the columns of a table as the statistics want them: float64 with NaN, and loud when something is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd


def require_columns(table: pd.DataFrame, name: str, columns: Sequence[str]) -> None:
    """Raise ValueError naming the table and its missing columns, unless all `columns` are there."""
    missing = [column for column in columns if column not in table.columns]
    if missing:
        raise ValueError(f"{name} lacks the columns {', '.join(missing)}; it has {', '.join(map(str, table.columns))}.")


def numbers(table: pd.DataFrame, column: str) -> NDArray[np.float64]:
    """A column as float64, nulls as NaN, whatever its integer, nullable or Arrow type."""
    return np.array(table[column].to_numpy(dtype="float64", na_value=np.nan))


def question_kinds(cells: pd.DataFrame, questions: pd.DataFrame) -> NDArray[np.object_]:
    """Kind (`scored` or `rating`) of the question in each row of `cells`, shape (rows,).

    A question is known only with its survey year. Raises ValueError naming the questions that the registry lacks.
    """
    require_columns(questions, "questions", ["survey_year", "question_id", "question_kind"])
    keys = ["survey_year", "question_id"]
    registry = questions[[*keys, "question_kind"]].astype({"survey_year": "int64", "question_id": "object"})
    asked = cells[keys].astype({"survey_year": "int64", "question_id": "object"})
    kinds = asked.merge(registry, on=keys, how="left", validate="many_to_one")["question_kind"]
    if kinds.isna().any():
        unknown = asked[kinds.isna().to_numpy()].drop_duplicates().itertuples(index=False)
        named = ", ".join(f"{year} {question}" for year, question in unknown)
        raise ValueError(f"The registry has no question {named}: add rows of questions.csv.")
    return np.array(kinds.to_numpy(dtype=object))
