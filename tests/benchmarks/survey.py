"""A survey year drawn at true size for benchmarks, simulations and tests: who answered what, with known parameters.

Not the example returns of the pipeline: only what a case-mix model sees, and its truth beside it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

GROUPS: dict[str, tuple[tuple[str, ...], tuple[float, ...]]] = {
    "sex": (("female", "male"), (0.53, 0.47)),
    "age_group": (
        ("16-24", "25-34", "35-44", "45-54", "55-64", "65-74", "75-84", "85+"),
        (0.003, 0.012, 0.035, 0.12, 0.22, 0.34, 0.22, 0.05),
    ),
    "ethnic_group": (("white", "mixed", "asian", "black", "other"), (0.945, 0.005, 0.026, 0.018, 0.006)),
    "imd_quintile": (("1", "2", "3", "4", "5"), (0.15, 0.18, 0.21, 0.23, 0.23)),
    "tumour_group": (
        (
            "brain_and_cns", "breast", "colorectal", "gynaecological", "haematological", "head_and_neck", "lung",
            "other", "prostate", "sarcoma", "skin", "upper_gastro", "urological",
        ),
        (0.006, 0.2, 0.12, 0.05, 0.17, 0.03, 0.07, 0.07, 0.09, 0.01, 0.04, 0.05, 0.09),
    ),
}  # fmt: skip
COVARIATES = tuple(GROUPS)


@dataclass(frozen=True)
class Survey:
    """Respondents (N,): covariate codes (N, 5), organisations, and the true effects of one question."""

    codes: Integers
    trust: Integers
    ccg: Integers
    """-1 where the person has none."""
    alliance: Integers
    effects: tuple[Floats, ...]


def draw_survey(rng: np.random.Generator, n: int = 73_817, trusts: int = 145, ccgs: int = 195) -> Survey:
    """Respondents with unequal organisations, tumour mixes that differ by trust, and CCGs near to trusts."""
    size = rng.lognormal(0, 0.55, trusts)
    trust = rng.choice(trusts, n, p=size / size.sum())
    codes = np.empty((n, len(GROUPS)), dtype=np.int64)
    for column, (labels, shares) in enumerate(GROUPS.values()):
        spread = 40.0 if column == 4 else 400.0
        mix = rng.dirichlet(np.array(shares) * spread + 0.02, trusts).cumsum(axis=1)
        codes[:, column] = np.minimum((rng.random(n)[:, None] > mix[trust]).sum(axis=1), len(labels) - 1)
    near = (trust * ccgs // trusts + rng.integers(-3, 4, n)) % ccgs
    ccg = np.where(rng.random(n) < 0.004, -1, near)
    alliance = np.where(ccg >= 0, ccg * 19 // ccgs, -1)
    effects = tuple(rng.normal(0, 0.25, len(labels)) for labels, _ in GROUPS.values())
    return Survey(codes, trust, ccg, alliance, effects)


def linear_predictor(survey: Survey, intercept: float, trust_effect: Floats | None = None) -> Floats:
    """True log odds of each respondent, shape (N,)."""
    eta = np.full(len(survey.codes), intercept)
    for column, effect in enumerate(survey.effects):
        eta += effect[survey.codes[:, column]]
    return eta if trust_effect is None else eta + trust_effect[survey.trust]


def tabulate_patterns(
    survey: Survey, answers: dict[str, Floats], ratings: frozenset[str] = frozenset()
) -> pd.DataFrame:
    """The patterns table of a year (2018) from answers (N,) by question: 1, 0, or 0-10; NaN is missing."""
    frame = pd.DataFrame(
        {"survey_year": 2018, "trust_code": np.char.mod("T%03d", survey.trust)}, index=range(len(survey.trust))
    )
    frame["ccg_code"] = [f"C{code:03d}" if code >= 0 else None for code in survey.ccg]
    frame["alliance_code"] = [f"A{code:02d}" if code >= 0 else None for code in survey.alliance]
    for column, (name, (labels, _)) in enumerate(GROUPS.items()):
        frame[name] = np.array(labels, dtype=object)[survey.codes[:, column]]
    measures = {}
    for name, answer in answers.items():
        measures[f"n_{name}"] = (~np.isnan(answer)).astype(np.int64)
        measures[f"p_{name}"] = np.nan_to_num(answer).astype(np.int64)
        if name in ratings:
            measures[f"s_{name}"] = np.nan_to_num(answer**2).astype(np.int64)
    keys = list(frame.columns)
    frame = pd.concat([frame, pd.DataFrame(measures)], axis=1)
    return frame.groupby(keys, dropna=False, sort=False).sum().reset_index()


def list_questions(names: list[str], ratings: frozenset[str] = frozenset(), year: int = 2018) -> pd.DataFrame:
    """Registry rows of the questions."""
    kinds = ["rating" if name in ratings else "scored" for name in names]
    return pd.DataFrame({"survey_year": year, "question_id": names, "question_kind": kinds, "concept_id": names})


def draw_year(seed: int = 2018, n_questions: int = 51, n: int = 73_817) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Patterns and questions of a year: scored questions with differing bases and trusts, and a rating `q59`."""
    rng = np.random.default_rng(seed)
    survey = draw_survey(rng, n)
    answers: dict[str, Floats] = {}
    for number in range(1, n_questions + 1):
        trust_effect = rng.normal(0, rng.choice([0.0, 0.15, 0.35]), int(survey.trust.max()) + 1)
        chance = 1 / (1 + np.exp(-linear_predictor(survey, rng.uniform(-0.4, 3.0), trust_effect)))
        answer = (rng.random(n) < chance).astype(np.float64)
        answer[rng.random(n) > rng.uniform(0.3, 0.98)] = np.nan
        answers[f"q{number}"] = answer
    latent = 8.8 + 0.5 * linear_predictor(survey, 0.0) + rng.normal(0, 1.4, n)
    answers["q59"] = np.where(rng.random(n) < 0.96, np.clip(np.rint(latent), 0, 10), np.nan)
    ratings = frozenset({"q59"})
    return tabulate_patterns(survey, answers, ratings), list_questions(list(answers), ratings)
