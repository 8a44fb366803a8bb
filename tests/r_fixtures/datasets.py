"""The data sets that R and the statistics both work on, drawn from fixed seeds; none is committed.

`small` is dense; `sparse` has rare groups, one-sided organisations and a one-sided covariate level; `large` is a survey
year of 70,000 people and 145 trusts.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from tests.benchmarks.survey import GROUPS, draw_survey, linear_predictor

NAMES = ("small", "sparse", "large")
COVARIATES = tuple(GROUPS)
_SIZES = {"small": (600, 6, 11), "sparse": (2_500, 30, 12), "large": (70_000, 145, 13)}


def draw_dataset(name: str) -> pd.DataFrame:
    """Respondents with organisation, covariates, a yes/no answer y and a rating."""
    n, trusts, seed = _SIZES[name]
    rng = np.random.default_rng(seed)
    survey = draw_survey(rng, n, trusts, max(trusts, 8))
    frame = pd.DataFrame({"organisation": np.char.mod("T%03d", survey.trust)})
    for column, (covariate, (labels, _)) in enumerate(GROUPS.items()):
        frame[covariate] = np.array(labels)[survey.codes[:, column]]
    eta = linear_predictor(survey, 1.2, rng.normal(0, 0.3, trusts))
    frame["y"] = (rng.random(n) < 1 / (1 + np.exp(-eta))).astype(int)
    frame["rating"] = np.clip(np.rint(8.5 + 0.4 * eta + rng.normal(0, 1.4, n)), 0, 10).astype(int)
    if name == "small":
        frame["age_group"] = np.where(frame["age_group"] < "65-74", "16-64", "65+")
        frame["ethnic_group"] = np.where(frame["ethnic_group"] == "white", "white", "other")
        frame["tumour_group"] = np.where(frame["tumour_group"] < "lung", "first", "second")
    if name == "sparse":
        frame.loc[frame["organisation"].isin(["T003", "T017"]), "y"] = 1
        frame.loc[frame["organisation"] == "T021", "y"] = 0
        frame.loc[(frame["ethnic_group"] == "other") & (frame["organisation"] != "T021"), "y"] = 1
        # One-sided only once those above are out: seen by taking turns, not at first sight.
        frame.loc[(frame["age_group"] == "16-24") & (frame["organisation"] != "T003"), "y"] = 0
    return frame


def fingerprint(frame: pd.DataFrame) -> str:
    """SHA-256 of the data as text: fixtures belong to exactly these data."""
    return hashlib.sha256(frame.to_csv(index=False).encode()).hexdigest()


def write_datasets(folder: Path) -> None:
    """All data sets as CSV, and their fingerprints."""
    marks = {}
    for name in NAMES:
        frame = draw_dataset(name)
        frame.to_csv(folder / f"{name}.csv", index=False)
        marks[name] = fingerprint(frame)
    pd.Series(marks, name="sha256").rename_axis("dataset").to_csv(folder / "fingerprints.csv")
