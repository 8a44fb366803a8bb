"""From `int_case_mix_patterns` to the cells of each model: organisations and covariates coded, counts summed.

Codes are sorted, so neither the order of rows nor the names of groups changes a fitted value. Does not belong here:
fitting (`fixed_effects`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.policies import MISSING_COVARIATE_RULES, CaseMixPolicy, require_choice
from orchestration.statistics.tables import require_columns

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
    """Coding of P distinct covariate patterns; levels of all F covariates are numbered through, 0..L-1."""

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


@dataclass(frozen=True)
class Cells:
    """Answers to one question by organisation x covariate pattern, in any order; cells may be without answers."""

    organisation: Integers
    pattern: Integers
    n: Floats
    total: Floats
    """Positives, or the sum of ratings."""
    n_organisations: int
    pattern_levels: Integers
    """Shape (P, F), see `CovariateCoding`."""
    n_levels: int
    total_squares: Floats | None = None
    """Sum of squared ratings; None for a logistic model."""


@dataclass(frozen=True)
class QuestionCells:
    """One question at one level, with the names of what its cells are about."""

    level: str
    question_id: str
    organisation_codes: tuple[str, ...]
    coding: CovariateCoding
    cells: Cells
    population: Floats
    """People of the nation who answered, by pattern, shape (P,), with or without an organisation of the level."""
    national_score: float
    """Score on the complete base of the nation."""


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
    return CovariateCoding(
        covariates=tuple(covariates),
        labels=tuple(labels),
        covariate_of_level=np.array(owner, dtype=np.int64),
        pattern_levels=table[kept][first].astype(np.int64),
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


@dataclass(frozen=True)
class _YearCounts:
    """The kept rows of a year's patterns, as arrays (rows, questions)."""

    survey_year: int
    coding: CovariateCoding
    question_ids: tuple[str, ...]
    n: Floats
    total: Floats
    squares: dict[str, Floats]
    """Sum of squares of each rating, shape (rows,)."""


def _read_year(patterns: pd.DataFrame, questions: pd.DataFrame, policy: CaseMixPolicy) -> _YearCounts | None:
    """Patterns of one survey year as arrays; None where no person has covariates."""
    require_columns(patterns, "int_case_mix_patterns", ["survey_year"])
    require_columns(questions, "questions", ["survey_year", "question_id", "question_kind"])
    years = sorted({int(year) for year in patterns["survey_year"]})
    if len(years) > 1:
        raise ValueError(f"int_case_mix_patterns holds the survey years {years}; adjust one year at a time.")
    if not years:
        return None
    asked = questions[(questions["survey_year"] == years[0]) & questions["question_kind"].isin(["scored", "rating"])]
    ids = [str(question) for question in asked["question_id"]]
    ratings = [str(question) for question in asked.loc[asked["question_kind"] == "rating", "question_id"]]
    columns = [f"{prefix}_{name}" for name in ids for prefix in "np"] + [f"s_{name}" for name in ratings]
    require_columns(patterns, f"int_case_mix_patterns of {years[0]}", columns)
    coding = code_covariates(patterns, policy.covariates, policy.missing_covariate_rule)
    if not coding.row_kept.any():
        return None

    def read(prefix: str, names: Sequence[str]) -> Floats:
        table = patterns[[f"{prefix}_{name}" for name in names]].to_numpy(dtype="float64", na_value=0.0)
        return np.asfortranarray(table[coding.row_kept])

    squares = {name: read("s", [name])[:, 0] for name in ratings}
    return _YearCounts(years[0], coding, tuple(ids), read("n", ids), read("p", ids), squares)


def cells_of_questions(
    patterns: pd.DataFrame, questions: pd.DataFrame, levels: Iterable[str], policy: CaseMixPolicy
) -> Iterator[QuestionCells]:
    """Every level and question of a year that somebody with covariates answered; nothing where nobody did.

    The population is the question's whole complete base of the nation, at every level. Raises ValueError for missing
    columns, several survey years, or a level without a `<level>_code` column.
    """
    year = _read_year(patterns, questions, policy)
    if year is None:
        return
    coding = year.coding
    for level in levels:
        require_columns(patterns, f"int_case_mix_patterns of {year.survey_year}", [f"{level}_code"])
        design = design_level(patterns[f"{level}_code"], coding)
        for number, question_id in enumerate(year.question_ids):
            n, total, squares = year.n[:, number], year.total[:, number], year.squares.get(question_id)
            in_cells = design.collapse(n)
            used = in_cells > 0
            if not used.any():
                continue
            cells = Cells(
                organisation=design.organisation[used],
                pattern=design.pattern[used],
                n=in_cells[used],
                total=design.collapse(total)[used],
                n_organisations=len(design.organisation_codes),
                pattern_levels=coding.pattern_levels,
                n_levels=len(coding.labels),
                total_squares=None if squares is None else design.collapse(squares)[used],
            )
            yield QuestionCells(
                level=level,
                question_id=question_id,
                organisation_codes=design.organisation_codes,
                coding=coding,
                cells=cells,
                population=sum_by(coding.row_pattern, n, len(coding.pattern_levels)),
                national_score=float(total.sum()) / float(n.sum()),
            )
