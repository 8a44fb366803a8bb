"""A data set of the R fixtures, fitted by the statistics, in R's terms."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from orchestration.statistics.case_mix.design import (
    Cells,
    CovariateCoding,
    LevelDesign,
    code_covariates,
    design_level,
    sum_by,
)
from orchestration.statistics.case_mix.fixed_effects import Fit, fit_linear, fit_logistic
from orchestration.statistics.case_mix.question_models import Margins, pool_cells, predictive_margins
from tests.r_fixtures.datasets import COVARIATES, draw_dataset

EXPECTED = Path(__file__).resolve().parent / "expected"


def read_fixture(name: str) -> pd.DataFrame:
    return pd.read_csv(EXPECTED / f"{name}.csv.gz")


@dataclass(frozen=True)
class Fitted:
    frame: pd.DataFrame
    coding: CovariateCoding
    design: LevelDesign
    cells: Cells
    fit: Fit
    margins: Margins | None

    def references(self) -> np.ndarray:
        """R's reference levels: the first of each covariate."""
        first = {covariate: number for number, (covariate, _) in reversed(list(enumerate(self.coding.labels)))}
        return np.array([first[covariate] for covariate in self.coding.covariates])

    def fitted_counts(self) -> pd.Series:
        """Sums of fitted values by organisation and by tumour group."""
        chance = self.fit.fitted if self.margins is not None else self.fit.fitted[self.cells.pattern]
        counts = self.cells.n * chance
        by_organisation = sum_by(self.cells.organisation, counts, self.cells.n_organisations)
        column = self.coding.covariates.index("tumour_group")
        by_level = sum_by(self.cells.pattern_levels[self.cells.pattern, column], counts, self.cells.n_levels)
        groups = {code: by_level[i] for i, (name, code) in enumerate(self.coding.labels) if name == "tumour_group"}
        return pd.Series(dict(zip(self.design.organisation_codes, by_organisation, strict=True)) | groups)


@cache
def fit_dataset(name: str, answer: str, model: str) -> Fitted:
    frame = draw_dataset(name)
    coding = code_covariates(frame, COVARIATES, "complete_cases")
    design = design_level(frame["organisation"], coding)
    value = frame[answer].to_numpy(dtype=float)
    is_rating = answer == "rating"
    cells = Cells(
        organisation=design.organisation,
        pattern=design.pattern,
        n=design.collapse(np.ones(len(frame))),
        total=design.collapse(value),
        n_organisations=len(design.organisation_codes),
        pattern_levels=coding.pattern_levels,
        n_levels=len(coding.labels),
        total_squares=design.collapse(value**2) if is_rating else None,
    )
    estimate = fit_linear if is_rating else fit_logistic
    if model == "pooled":
        return Fitted(frame, coding, design, cells, estimate(pool_cells(cells)), None)
    fit = estimate(cells)
    population = sum_by(cells.pattern, cells.n, len(cells.pattern_levels))
    margins = predictive_margins(fit, cells, population, logistic=not is_rating)
    return Fitted(frame, coding, design, cells, fit, margins)
