"""Calibration of the case-mix models: observed against expected by decile of the fitted score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.case_mix.question_models import QuestionModel, fit_questions
from orchestration.statistics.policies import CaseMixPolicy

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

CALIBRATION_COLUMNS = [
    *("survey_year", "level", "question_id", "model", "decile", "n_respondents"),
    *("observed_score", "expected_score", "difference", "z"),
]


def _deciles(fitted: Floats, n: Floats) -> NDArray[np.int64]:
    """Decile 1-10 of each cell by its fitted value, cells kept whole; ties by order of the cells."""
    order = np.argsort(fitted, kind="stable")
    middle = np.empty(len(n))
    middle[order] = n[order].cumsum() - n[order] / 2
    return np.asarray(np.minimum((10 * middle / n.sum()).astype(np.int64), 9) + 1)


def calibrate(model: QuestionModel) -> list[dict[str, object]]:
    """Rows of one question at one level: of each model, ten groups of about equal size by fitted value.

    z = (O - E) / sqrt(sum n p (1 - p)) for shares; for the rating the residual variance takes the place of p (1 - p).
    """
    rows: list[dict[str, object]] = []
    for name, fit, values in (
        ("organisation_effects", model.fit, model.fit.fitted),
        ("pooled", model.pooled, model.pooled.fitted[model.cells.pattern]),
    ):
        decile = _deciles(values, model.cells.n)
        spread = np.full(len(values), fit.residual_variance) if model.is_rating else values * (1 - values)
        for number in range(1, 11):
            inside = decile == number
            n = model.cells.n[inside]
            if not n.sum():
                continue
            observed, expected = model.cells.total[inside].sum(), (n * values[inside]).sum()
            error = float(np.sqrt((n * spread[inside]).sum()))
            rows.append(
                {
                    "level": model.question.level,
                    "question_id": model.question.question_id,
                    "model": name,
                    "decile": number,
                    "n_respondents": int(n.sum()),
                    "observed_score": observed / n.sum(),
                    "expected_score": expected / n.sum(),
                    "difference": (observed - expected) / n.sum(),
                    "z": (observed - expected) / error if error > 0 else 0.0,
                }
            )
    return rows


def calibration_deciles(
    patterns: pd.DataFrame, questions: pd.DataFrame, levels: Sequence[str], policy: CaseMixPolicy
) -> pd.DataFrame:
    """CALIBRATION_COLUMNS of a survey year, a row a level x question x model x decile; see `adjusted_scores`."""
    import pandas as pd

    rows = [row for model in fit_questions(patterns, questions, levels, policy) for row in calibrate(model)]
    table = pd.DataFrame(rows, columns=CALIBRATION_COLUMNS)
    return table.assign(survey_year=int(patterns["survey_year"].iloc[0])) if rows else table
