"""The case-mix models of a whole survey year, level by level and question by question.

Belongs here: reading `int_case_mix_patterns` into arrays, and the walk. Does not belong here: the columns of the
published tables (`adjusted_scores`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.case_mix.design import CovariateCoding, code_covariates, design_level, sum_by
from orchestration.statistics.case_mix.normal_equations import Cells
from orchestration.statistics.case_mix.question_models import QuestionModel, model_question
from orchestration.statistics.policies import CaseMixPolicy
from orchestration.statistics.tables import require_columns

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

LEVELS = ("trust", "ccg", "alliance")


@dataclass(frozen=True)
class FittedQuestion:
    """The models of one question at one level, with the names of what they are about."""

    level: str
    question_id: str
    organisation_codes: tuple[str, ...]
    coding: CovariateCoding
    population: Floats
    """People of the nation who answered, by pattern, shape (P,)."""
    model: QuestionModel


@dataclass(frozen=True)
class PatternYear:
    """The kept rows of a year's patterns, as arrays."""

    survey_year: int
    coding: CovariateCoding
    question_ids: tuple[str, ...]
    is_rating: NDArray[np.bool_]
    n: Floats
    total: Floats
    squares: dict[str, Floats]
    """Sum of squares of each rating, shape (rows,)."""

    def population(self, question: int) -> Floats:
        """People who answered, by pattern, shape (P,): whoever has an organisation of the level or not."""
        return sum_by(self.coding.row_pattern, self.n[:, question], len(self.coding.pattern_levels))

    def national_score(self, question: int) -> float:
        """Score on the complete base of the nation."""
        base = float(self.n[:, question].sum())
        return float(self.total[:, question].sum()) / base if base else float("nan")


def read_year(patterns: pd.DataFrame, questions: pd.DataFrame, policy: CaseMixPolicy) -> PatternYear | None:
    """Patterns of one survey year as arrays; None where nobody has covariates."""
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
    return PatternYear(years[0], coding, tuple(ids), np.isin(ids, ratings), read("n", ids), read("p", ids), squares)


def fit_questions(
    patterns: pd.DataFrame, questions: pd.DataFrame, levels: Iterable[str], policy: CaseMixPolicy
) -> Iterator[FittedQuestion]:
    """Every level and question of a year that somebody with covariates answered, fitted; nothing where nobody did.

    The averaging population of the margins is the question's whole complete base of the nation, at every level. Raises
    ValueError for missing columns, several survey years, or a level without a `<level>_code` column.
    """
    year = read_year(patterns, questions, policy)
    if year is None:
        return
    for level in levels:
        require_columns(patterns, f"int_case_mix_patterns of {year.survey_year}", [f"{level}_code"])
        design = design_level(patterns[f"{level}_code"], year.coding)
        for number, question_id in enumerate(year.question_ids):
            n = design.collapse(year.n[:, number])
            used = n > 0
            if not used.any():
                continue
            total = design.collapse(year.total[:, number])
            is_rating = bool(year.is_rating[number])
            cells = Cells(
                organisation=design.organisation[used],
                pattern=design.pattern[used],
                n=n[used],
                total=total[used],
                n_organisations=len(design.organisation_codes),
                pattern_levels=year.coding.pattern_levels,
                n_levels=len(year.coding.labels),
                total_squares=design.collapse(year.squares[question_id])[used] if is_rating else None,
            )
            population = year.population(number)
            model = model_question(cells, population, year.national_score(number))
            yield FittedQuestion(level, question_id, design.organisation_codes, year.coding, population, model)
