"""The design of a case-mix model on counts: organisations x covariate patterns.

Belongs here: coding of organisations and covariates into integers, once a year and level. Does not belong here: fitting
(`fixed_effects`). Codes are sorted, so neither the order of rows nor the names of groups changes a fitted value.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.policies import MISSING_COVARIATE_RULES, require_choice

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

UNKNOWN = "unknown"


def sum_by(index: Integers, values: Floats, size: int) -> Floats:
    """Sums of `values` by the integers of `index`, shape (size,)."""
    return np.bincount(index, values, size).astype(np.float64, copy=False)


@dataclass(frozen=True)
class CovariateCoding:
    """One-hot coding of P distinct covariate patterns; levels of all F covariates are numbered through, 0..L-1."""

    covariates: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    """(covariate, level) of each of the L level numbers."""
    covariate_of_level: Integers
    """Number of the covariate that each level belongs to, shape (L,)."""
    pattern_levels: Integers
    """Level numbers of each pattern, shape (P, F)."""
    row_pattern: Integers
    """Pattern of each row that was kept, shape (rows,)."""
    row_kept: NDArray[np.bool_]
    """Which rows of the table were kept: not those that lack a covariate, under `complete_cases`."""

    @property
    def indicator(self) -> Floats:
        """One-hot matrix of the patterns, shape (P, L)."""
        matrix = np.zeros((len(self.pattern_levels), len(self.labels)))
        np.put_along_axis(matrix, self.pattern_levels, 1.0, axis=1)
        return matrix


@dataclass(frozen=True)
class LevelDesign:
    """Cells (organisation x pattern) of one level, sorted by organisation, then pattern."""

    organisation_codes: tuple[str, ...]
    organisation: Integers
    """Organisation number of each cell, shape (cells,)."""
    pattern: Integers
    """Pattern number of each cell, shape (cells,)."""
    rows: Integers
    """Kept rows of the table that have an organisation of this level."""
    cell_of_row: Integers
    """Cell of each of them, shape (rows,)."""

    def collapse(self, counts: Floats) -> Floats:
        """Counts of the kept rows, summed to cells, shape (cells,)."""
        return sum_by(self.cell_of_row, counts[self.rows], len(self.pattern))


def _code_sorted(column: pd.Series) -> tuple[tuple[str, ...], Integers]:
    """Distinct values as text, sorted, and the number of each row's; -1 where null."""
    import pandas as pd

    coded, found = pd.factorize(column)
    names = [str(value) for value in found]
    order = sorted(range(len(names)), key=names.__getitem__)
    rank = np.full(len(names) + 1, -1, dtype=np.int64)
    rank[order] = np.arange(len(names))
    return tuple(names[number] for number in order), rank[coded]


def code_covariates(patterns: pd.DataFrame, covariates: Sequence[str], missing_rule: str) -> CovariateCoding:
    """Code the covariate columns of a patterns table.

    `missing_rule` `complete_cases` drops rows that lack a covariate; `unknown_category` gives them a level of their own
    (a sensitivity). Raises ValueError for a column that is not there or another rule.
    """
    require_choice("missing_covariate_rule", missing_rule, MISSING_COVARIATE_RULES)
    absent = [name for name in covariates if name not in patterns.columns]
    if absent:
        raise ValueError(f"int_case_mix_patterns lacks the covariates {', '.join(absent)} that the policy asks for.")
    codes: list[Integers] = []
    labels: list[tuple[str, str]] = []
    owner: list[int] = []
    for number, name in enumerate(covariates):
        column = patterns[name].astype("object")
        if missing_rule == "unknown_category":
            column = column.where(column.notna(), UNKNOWN)
        known, coded = _code_sorted(column)
        codes.append(coded + len(labels) * (coded >= 0))
        labels += [(name, value) for value in known]
        owner += [number] * len(known)
    table = np.column_stack(codes) if codes else np.zeros((len(patterns), 0), dtype=np.int64)
    kept = np.asarray((table >= 0).all(axis=1), dtype=bool)
    key = np.zeros(int(kept.sum()), dtype=np.int64)
    for column_codes in table[kept].T:
        key = key * (len(labels) + 1) + column_codes
    _, first, row_pattern = np.unique(key, return_index=True, return_inverse=True)
    distinct = table[kept][first]
    return CovariateCoding(
        covariates=tuple(covariates),
        labels=tuple(labels),
        covariate_of_level=np.array(owner, dtype=np.int64),
        pattern_levels=distinct.astype(np.int64),
        row_pattern=row_pattern.ravel().astype(np.int64),
        row_kept=kept,
    )


def design_level(codes: pd.Series, coding: CovariateCoding) -> LevelDesign:
    """Cells of one level; `codes` are the organisation codes of the whole table, null where the person has none.

    People without an organisation of this level are left out of its fit.
    """
    kept = codes.astype("object")[coding.row_kept]
    has_code = ~kept.isna().to_numpy()
    names, organisation = _code_sorted(kept[has_code])
    rows = np.flatnonzero(has_code)
    size = max(len(coding.pattern_levels), 1)
    key, cell_of_row = np.unique(organisation * size + coding.row_pattern[rows], return_inverse=True)
    return LevelDesign(
        organisation_codes=names,
        organisation=(key // size).astype(np.int64),
        pattern=(key % size).astype(np.int64),
        rows=rows,
        cell_of_row=cell_of_row.astype(np.int64),
    )
