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
    """Rows of the kept table, in the order of their cells."""
    starts: Integers
    """Where each cell begins in `rows`, shape (cells,)."""

    def collapse(self, counts: Floats) -> Floats:
        """Counts of the kept rows (rows, columns) summed to cells (cells, columns)."""
        if not len(self.starts):
            return np.zeros((0, counts.shape[1]))
        return np.asarray(np.add.reduceat(counts[self.rows], self.starts, axis=0))


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
        values = np.where(column.isna(), UNKNOWN, column.astype(str))
        known, coded = np.unique(values.astype(str), return_inverse=True)
        if missing_rule == "complete_cases":
            coded = np.where(column.isna(), -1, coded)
        codes.append(coded + len(labels) * (coded >= 0))
        labels += [(name, str(value)) for value in known]
        owner += [number] * len(known)
    table = np.column_stack(codes) if codes else np.zeros((len(patterns), 0), dtype=np.int64)
    kept = np.asarray((table >= 0).all(axis=1), dtype=bool)
    distinct, row_pattern = np.unique(table[kept], axis=0, return_inverse=True)
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
    names, organisation = np.unique(kept[has_code].astype(str).to_numpy().astype(str), return_inverse=True)
    rows = np.flatnonzero(has_code)
    pattern = coding.row_pattern[rows]
    key = organisation * max(len(coding.pattern_levels), 1) + pattern
    order = np.argsort(key, kind="stable")
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    first = order[starts]
    return LevelDesign(
        organisation_codes=tuple(str(name) for name in names),
        organisation=organisation[first].astype(np.int64),
        pattern=pattern[first],
        rows=rows[order],
        starts=starts.astype(np.int64),
    )
