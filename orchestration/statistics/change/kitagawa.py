"""Kitagawa's decomposition: how much of a change is another mix of patients, how much another score within groups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from orchestration.statistics.tables import numbers, question_kinds, require_columns

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

KEYS = ["level", "organisation_code", "concept_id"]
KITAGAWA_COLUMNS = [
    *("release_year", "level", "organisation_code", "concept_id", "group_kind", "survey_year_from"),
    *("difference", "mix_part", "within_part", "n_groups"),
]


@dataclass(frozen=True)
class Decomposition:
    """Parts of the change of each row, shape (rows,); they add up to `difference`."""

    difference: Floats
    mix_part: Floats
    within_part: Floats
    n_groups: NDArray[np.int64]


def decompose_change(n_from: ArrayLike, score_from: ArrayLike, n_to: ArrayLike, score_to: ArrayLike) -> Decomposition:
    """Mix part sum (w2 - w1)(s1 + s2)/2 and within part sum (s2 - s1)(w1 + w2)/2 (Kitagawa 1955).

    Arguments (rows, groups); w are the groups' shares of the base among the groups with answers in both years, and the
    difference is that of the scores over those groups. No such group: NaN.
    """
    n1, s1, n2, s2 = (np.asarray(values, dtype=np.float64) for values in (n_from, score_from, n_to, score_to))
    both = (n1 > 0) & (n2 > 0)
    shares = []
    for n in (n1, n2):
        kept = np.where(both, n, 0.0)
        total = kept.sum(axis=1, keepdims=True)
        shares.append(kept / np.where(total > 0, total, np.nan))
    s1, s2 = np.where(both, s1, 0.0), np.where(both, s2, 0.0)
    mix = ((shares[1] - shares[0]) * (s1 + s2) / 2).sum(axis=1)
    within = ((s2 - s1) * (shares[0] + shares[1]) / 2).sum(axis=1)
    difference = (shares[1] * s2).sum(axis=1) - (shares[0] * s1).sum(axis=1)
    return Decomposition(difference, mix, within, both.sum(axis=1))


def _read_groups(cells: pd.DataFrame, questions: pd.DataFrame, group_kind: str) -> pd.DataFrame:
    """Base n and score s of every group on all answers: a row an organisation x concept, columns (n|s, year, group)."""
    need = ["survey_year", "level", "organisation_code", "group_kind", "group_code", "question_id", "base_kind"]
    require_columns(cells, "int_question_cells", [*need, "n_base", "n_positive", "rating_sum"])
    rows = cells[(cells["group_kind"] == group_kind) & (cells["base_kind"] == "all_answers")]
    named = questions[["survey_year", "question_id", "concept_id"]]
    rows = rows.merge(named, on=["survey_year", "question_id"], how="inner")
    rating = question_kinds(rows, questions) == "rating"
    n = numbers(rows, "n_base")
    score = np.where(rating, numbers(rows, "rating_sum"), numbers(rows, "n_positive")) / np.where(n > 0, n, np.nan)
    long = rows[["survey_year", *KEYS, "group_code"]].assign(n=n, s=score)
    return long.pivot(index=KEYS, columns=["survey_year", "group_code"], values=["n", "s"])


def _decompose_pair(wide: pd.DataFrame, year_from: int, year_to: int) -> pd.DataFrame:
    """Parts of the change between two years, a row a row of `wide`."""
    import pandas as pd

    groups = sorted({str(code) for code in wide.columns.get_level_values("group_code")})
    grids = [
        wide.reindex(columns=pd.MultiIndex.from_product([[name], [year], groups])).to_numpy(dtype=np.float64)
        for year in (year_from, year_to)
        for name in ("n", "s")
    ]
    found = decompose_change(np.nan_to_num(grids[0]), grids[1], np.nan_to_num(grids[2]), grids[3])
    return wide.index.to_frame(index=False).assign(
        survey_year_from=year_from,
        difference=found.difference,
        mix_part=found.mix_part,
        within_part=found.within_part,
        n_groups=found.n_groups,
    )


def decompose_changes(
    cells: pd.DataFrame, questions: pd.DataFrame, release_year: int, comparability: pd.DataFrame, *, group_kind: str
) -> pd.DataFrame:
    """Mix and within-group parts of every comparable change, a row a level x organisation x question x earlier year.

    `cells`: int_question_cells of all loaded years, of which `group_kind` on all answers is used; `comparability` as of
    `year_on_year`. Returns KITAGAWA_COLUMNS, parts in shares or points. Pairs that are not comparable or not loaded
    have no row. Raises ValueError for a missing column.
    """
    import pandas as pd

    wide = _read_groups(cells, questions, group_kind)
    loaded = {int(year) for year in wide.columns.get_level_values("survey_year")}
    asked = comparability[(comparability["survey_year_to"] == release_year) & (comparability["status"] == "published")]
    parts = []
    for year, pairs in asked.groupby("survey_year_from"):
        if {int(str(year)), release_year} <= loaded:
            of_pair = wide[wide.index.get_level_values("concept_id").isin(pairs["concept_id"])]
            parts.append(_decompose_pair(of_pair, int(str(year)), release_year))
    if not parts:
        return pd.DataFrame({name: [] for name in KITAGAWA_COLUMNS})
    table = pd.concat(parts, ignore_index=True).assign(release_year=release_year, group_kind=group_kind)
    return table[KITAGAWA_COLUMNS]
