"""Case-mix adjusted scores of a survey year as tables: scores, coefficients, diagnostics.

Belongs here: the walk over levels and questions, and the tables. The columns are made in `score_columns`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from orchestration.statistics import rounding
from orchestration.statistics.case_mix.coefficients import tabulate_coefficients
from orchestration.statistics.case_mix.columns import (
    COEFFICIENT_COLUMNS,
    DIAGNOSTIC_COLUMNS,
    SCORE_COLUMNS,
    TEXT_COLUMNS,
)
from orchestration.statistics.case_mix.score_columns import Columns, diagnose, score_columns
from orchestration.statistics.case_mix.survey_year import fit_questions
from orchestration.statistics.policies import CaseMixPolicy, DisplayPolicy, choose_display
from orchestration.statistics.tables import numbers, require_columns

if TYPE_CHECKING:
    import pandas as pd

QUESTION_KEYS = ["survey_year", "question_id", "question_kind"]


def _table(parts: list[Columns], columns: Iterable[str]) -> pd.DataFrame:
    """One frame of many column sets, scalars repeated; the columns are there even where no part is."""
    import pandas as pd

    lengths = [max(len(values) for values in part.values() if isinstance(values, list | np.ndarray)) for part in parts]
    table = {}
    for name in columns:
        values = [
            np.asarray(part[name]) if isinstance(part[name], list | np.ndarray) else np.full(length, part[name])
            for part, length in zip(parts, lengths, strict=True)
        ]
        table[name] = np.concatenate(values) if values else np.zeros(0)
    return pd.DataFrame(table)


def _add_missing_organisations(
    scores: pd.DataFrame,
    organisations: pd.DataFrame,
    questions: pd.DataFrame,
    levels: Sequence[str],
    policy: CaseMixPolicy,
) -> pd.DataFrame:
    """Rows flagged `not_estimable` for listed organisations in which nobody with covariates answered a question."""
    import pandas as pd

    require_columns(organisations, "organisations", ["survey_year", "level", "organisation_code"])
    asked = questions.loc[questions["question_kind"].isin(["scored", "rating"]), QUESTION_KEYS]
    listed = organisations.loc[organisations["level"].isin(levels), ["survey_year", "level", "organisation_code"]]
    wanted = listed.drop_duplicates().merge(asked, on="survey_year")
    keys = ["survey_year", "level", "organisation_code", "question_id"]
    known = scores[keys].astype({"survey_year": wanted["survey_year"].dtype})
    found = wanted.merge(known.assign(is_known=True), on=keys, how="left")
    missing = found.loc[found["is_known"].isna(), [*keys, "question_kind"]]
    if missing.empty:
        return scores
    missing = missing.assign(
        method=policy.method, over_dispersion=policy.over_dispersion, n_base=0, flags="not_estimable"
    )
    return pd.concat([scores, missing], ignore_index=True) if len(scores) else missing.reindex(columns=scores.columns)


def _settle_types(table: pd.DataFrame) -> pd.DataFrame:
    """Text stays text and numbers stay numbers, also where a column has no value or the table no row."""
    types = {name: "object" for name in table.columns if name in TEXT_COLUMNS}
    whole = {name: "int64" for name in ("survey_year", "n_base") if name in table}
    settled = table.astype(types | whole)
    return settled.assign(**{name: settled[name].where(settled[name].notna(), None) for name in types})


def add_printed_scores(scores: pd.DataFrame, display: Iterable[DisplayPolicy]) -> pd.DataFrame:
    """Adjusted scores with score_printed, ci_lower_printed, ci_upper_printed (percent or points).

    Table kinds `adjusted` and `rating` of the display policies; percentages once, half up.
    """
    policies = list(display)
    share, points = choose_display(policies, "adjusted"), choose_display(policies, "rating")
    rating = (scores["question_kind"] == "rating").to_numpy(dtype=bool)
    printed = {}
    for column, name in (("adjusted_score", "score"), ("ci_lower", "ci_lower"), ("ci_upper", "ci_upper")):
        values = numbers(scores, column)
        rounded = rounding.round_score if name == "score" else rounding.round_limits
        printed[f"{name}_printed"] = np.where(rating, rounded(values, 1, points), rounded(values, 100, share))
    return scores.assign(**printed)


def adjusted_scores(
    patterns: pd.DataFrame,
    questions: pd.DataFrame,
    levels: Sequence[str],
    policy: CaseMixPolicy,
    *,
    organisations: pd.DataFrame | None = None,
    reference_groups: Mapping[str, str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Case-mix adjusted scores of one survey year: (scores, coefficients, diagnostics).

    The method is the policy's: `fe_margins` (default of the survey; logistic regression with organisation effects,
    averaged over the question's whole complete base), `indirect_additive` or `indirect_ratio` (`case_mix`). Expected
    ranges p0 -+ z sqrt(s^2 + tau2) and bands (`expected_range`), reliability by Paule and Mandel (`reliability`).

    `patterns`: int_case_mix_patterns of one year (`<level>_code`, covariates, n_<q>, p_<q>, s_<rating>). `questions`:
    the registry table. `organisations` (survey_year, level, organisation_code) adds NaN rows flagged `not_estimable`
    where nobody with covariates answered. `reference_groups`: covariate -> group, for the coefficients only.

    The columns of the three tables, with their units, are in `columns`; a row of scores is a level x organisation x
    question, of diagnostics a level x question, NaN where a base is 0.
    Raises ValueError for a missing column, several survey years, an unknown policy value or reference group.
    """
    scores: list[Columns] = []
    coefficients: list[Columns] = []
    diagnostics: list[Columns] = []
    kinds = {True: "rating", False: "scored"}
    for fitted in fit_questions(patterns, questions, levels, policy):
        key = {
            "survey_year": int(patterns["survey_year"].iloc[0]),
            "level": fitted.level,
            "question_id": fitted.question_id,
        }
        columns, spread, reliability = score_columns(fitted.model, policy)
        names = {
            "organisation_code": list(fitted.organisation_codes),
            "question_kind": kinds[fitted.model.is_rating],
            "method": policy.method,
            "over_dispersion": policy.over_dispersion,
        }
        scores.append(key | names | columns)
        diagnostics.append(
            key
            | {"method": [policy.method]}
            | diagnose(fitted, columns, spread, reliability, policy.reliability_target)
        )
        coefficients.append(key | tabulate_coefficients(fitted, reference_groups))
    table = _table(scores, SCORE_COLUMNS)
    if organisations is not None:
        table = _add_missing_organisations(table, organisations, questions, levels, policy)
    others = _table(coefficients, COEFFICIENT_COLUMNS), _table(diagnostics, DIAGNOSTIC_COLUMNS)
    return _settle_types(table), _settle_types(others[0]), _settle_types(others[1])
