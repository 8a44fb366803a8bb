"""Benchmark of case-mix adjustment: `python -m tests.benchmarks.case_mix [--questions N]`.

Times `adjusted_scores` for all 52 questions of a year of true size, and one question against statsmodels and R's glm on
the respondents' rows: the same model, and the same numbers.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from orchestration.statistics.case_mix.adjusted_scores import adjusted_scores
from orchestration.statistics.case_mix.question_models import fit_questions
from tests.benchmarks.survey import COVARIATES, draw_year
from tests.unit.statistics.policies import OWN

Result = TypeVar("Result")
LEVELS = ("trust", "ccg", "alliance")
R_SCRIPT = """
arguments <- commandArgs(trailingOnly = TRUE)
data <- read.csv(arguments[1], colClasses = c(rep("character", 6), "integer"))
seconds <- system.time(fit <- glm(y ~ 0 + trust_code + sex + age_group + ethnic_group + imd_quintile + tumour_group,
                                  data = data, family = binomial()))[["elapsed"]]
cat(format(seconds, digits = 6), format(deviance(fit), digits = 15), format(coef(fit)[["sexmale"]], digits = 15))
"""


def timed(call: Callable[[], Result], repeats: int) -> tuple[float, Result]:
    """Best wall time of some runs, and the last result."""
    best = float("inf")
    while True:
        start = time.perf_counter()
        result = call()
        best = min(best, time.perf_counter() - start)
        repeats -= 1
        if repeats <= 0:
            return best, result


def expand_rows(patterns: pd.DataFrame, question: str) -> pd.DataFrame:
    """A row a respondent, as a package without counts needs it."""
    keys = ["trust_code", *COVARIATES]
    n, positive = patterns[f"n_{question}"].to_numpy(), patterns[f"p_{question}"].to_numpy()
    answered = np.repeat(patterns.index.to_numpy(), n)
    rows = patterns.loc[answered, keys].reset_index(drop=True)
    order = np.arange(len(answered)) - np.repeat(np.cumsum(n) - n, n)
    return rows.assign(y=(order < np.repeat(positive, n)).astype(int))


def time_statsmodels(rows: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """Seconds, deviance and coefficient of men, by iteratively reweighted least squares and by Newton's method."""
    import statsmodels.api as sm

    dummies = [pd.get_dummies(rows["trust_code"], dtype=float)]
    dummies += [pd.get_dummies(rows[name], prefix=name, dtype=float).iloc[:, 1:] for name in COVARIATES]
    design = pd.concat(dummies, axis=1)
    x, y, at = design.to_numpy(), rows["y"].to_numpy(dtype=float), list(design).index("sex_male")
    seconds, fit = timed(lambda: sm.GLM(y, x, family=sm.families.Binomial()).fit(), repeats=1)
    found = {"statsmodels GLM": (seconds, float(fit.deviance), float(fit.params[at]))}
    seconds, fit = timed(lambda: sm.Logit(y, x).fit(method="newton", disp=0), repeats=1)
    return found | {"statsmodels Logit": (seconds, float(-2 * fit.llf), float(fit.params[at]))}


def time_r(rows: pd.DataFrame) -> dict[str, tuple[float, float, float]]:
    """The same by R; empty where Rscript is not installed."""
    if shutil.which("Rscript") is None:
        return {}
    with tempfile.TemporaryDirectory() as folder:
        data, script = Path(folder) / "rows.csv", Path(folder) / "time.R"
        rows.to_csv(data, index=False)
        script.write_text(R_SCRIPT)
        answer = subprocess.run(
            ["Rscript", "--vanilla", str(script), str(data)], check=True, capture_output=True, text=True
        )
    seconds, deviance, coefficient = (float(part) for part in answer.stdout.split())
    return {"R glm": (seconds, deviance, coefficient)}


def time_one_question(patterns: pd.DataFrame, questions: pd.DataFrame, question: str) -> tuple[float, float, float]:
    """Our seconds a question (of all questions, both models, margins), deviance and coefficient of men."""
    asked = questions[questions["question_id"] == question]
    model = next(fit_questions(patterns, asked, ["trust"], OWN))
    labels, effect = model.question.coding.labels, model.fit.level_effect
    at, other = labels.index(("sex", "male")), labels.index(("sex", "female"))
    seconds, _ = timed(lambda: sum(1 for _ in fit_questions(patterns, questions, ["trust"], OWN)), repeats=2)
    return seconds / len(questions), model.fit.deviance, float(effect[at] - effect[other])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=51, help="scored questions, the rating comes on top")
    parser.add_argument("--own-only", action="store_true", help="without statsmodels and R")
    arguments = parser.parse_args()
    patterns, questions = draw_year(n_questions=arguments.questions)
    print(f"{int(patterns['n_q1'].size):,} patterns x organisations, {len(questions)} questions")
    for levels in ([level] for level in LEVELS):
        seconds, (scores, _, _) = timed(partial(adjusted_scores, patterns, questions, levels, OWN), 2)
        k = scores["organisation_code"].nunique()
        print(f"adjusted_scores, {levels[0]:<8} {k:>4} organisations: {seconds:6.2f} s, {len(scores):,} scores")
    if arguments.own_only:
        return
    question = max(questions["question_id"][:-1], key=lambda name: int(patterns[f"n_{name}"].sum()))
    rows = expand_rows(patterns, question)
    own = time_one_question(patterns, questions, question)
    print(f"\none question ({question}, {len(rows):,} rows, 145 trusts), same model:")
    print(f"{'here':<18} {own[0]:9.4f} s  (mean of {len(questions)}, pooled model and margins included)")
    for name, found in (time_r(rows) | time_statsmodels(rows)).items():
        same = max(abs(found[1] / own[1] - 1), abs(found[2] / own[2] - 1))
        print(f"{name:<18} {found[0]:9.3f} s  {found[0] / own[0]:7.0f} times as long; numbers agree to {same:.0e}")


if __name__ == "__main__":
    main()
