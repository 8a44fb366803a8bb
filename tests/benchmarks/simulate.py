"""Simulation of what the intervals and ranges promise: `python -m tests.benchmarks.simulate [--replicates N]`.

Trusts without true differences, and with them, at true size: how many lie outside their expected ranges, and how often
adjusted scores' and response rates' intervals hold the truth. `simulate_ranges` and `simulate_rates` return the shares,
so that a test can hold them.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass

import numpy as np
import pandas as pd

from orchestration.statistics.case_mix.adjusted_scores import adjusted_scores
from orchestration.statistics.intervals import wilson_limits
from tests.benchmarks.survey import Floats, Survey, draw_survey, linear_predictor, list_questions, tabulate_patterns
from tests.unit.statistics.policies import OWN

TRUSTS = 145
# Questions of a replicate, from seldom to nearly always positive.
INTERCEPTS = (0.1, 0.5, 0.9, 1.4, 1.9, 2.5)


@dataclass(frozen=True)
class RangeShares:
    """Shares over all trusts x questions x replicates."""

    n_cells: int
    outside_published: float
    outside_corrected: float
    wilson_coverage: float
    delta_coverage: float
    positive_tau2: float
    """Share of questions with a published tau2 above 0."""


def true_scores(survey: Survey, intercept: float, trust_effect: Floats) -> Floats:
    """Each trust's true adjusted score: everybody's mean chance, were they its patients, shape (trusts,)."""
    base, counts = np.unique(linear_predictor(survey, intercept), return_counts=True)
    chance = 1 / (1 + np.exp(-(trust_effect[:, None] + base[None, :])))
    return np.asarray(chance @ (counts / counts.sum()))


def simulate_ranges(
    replicates: int, trust_spread: float, seed: int = 1, n: int = 73_817, dispersion: float | None = None
) -> RangeShares:
    """Draw answers with normal trust effects of a standard deviation on the log-odds scale, and adjust them.

    `dispersion` instead of `trust_spread`: the effects' variance that multiplies the sampling variance of the mean
    trust by this factor.
    """
    rng = np.random.default_rng(seed)
    found: list[pd.DataFrame] = []
    positive: list[float] = []
    for _ in range(replicates):
        survey = draw_survey(rng, n, TRUSTS)
        answers, truth = {}, {}
        for number, intercept in enumerate(INTERCEPTS):
            spread = trust_spread
            if dispersion is not None:
                p = float(np.mean(1 / (1 + np.exp(-linear_predictor(survey, intercept)))))
                spread = float(np.sqrt((dispersion - 1) / (p * (1 - p) * n / TRUSTS)))
            effect = rng.normal(0, spread, TRUSTS)
            chance = 1 / (1 + np.exp(-linear_predictor(survey, intercept, effect)))
            answers[f"q{number}"] = (rng.random(n) < chance).astype(np.float64)
            truth[f"q{number}"] = true_scores(survey, intercept, effect)
        patterns = tabulate_patterns(survey, answers)
        scores, _, diagnostics = adjusted_scores(patterns, list_questions(list(answers)), ["trust"], OWN)
        index = scores["organisation_code"].str[1:].astype(int).to_numpy()
        scores["truth"] = [truth[name][i] for name, i in zip(scores["question_id"], index, strict=True)]
        found.append(scores)
        positive.append(float((diagnostics["tau2"] > 0).mean()))
    cells = pd.concat(found)
    half = OWN.z_adjusted * cells["standard_error"]
    near = (cells["truth"] - cells["adjusted_score"]).abs() <= half
    return RangeShares(
        n_cells=len(cells),
        outside_published=float((cells["band_published"] != "within").mean()),
        outside_corrected=float((cells["band_corrected"] != "within").mean()),
        wilson_coverage=float(((cells["ci_lower"] <= cells["truth"]) & (cells["truth"] <= cells["ci_upper"])).mean()),
        delta_coverage=float(near.mean()),
        positive_tau2=float(np.mean(positive)),
    )


def simulate_rates(replicates: int, seed: int = 2) -> float:
    """Coverage of response-rate intervals over trusts of true sizes and rates about 64%."""
    rng = np.random.default_rng(seed)
    mailed = np.maximum(rng.lognormal(6.5, 0.6, (replicates, TRUSTS)).astype(int), 5)
    rate = rng.normal(0.64, 0.05, (replicates, TRUSTS))
    lower, upper = wilson_limits(rng.binomial(mailed, rate) / mailed, mailed, OWN.z_unadjusted)
    return float(((lower <= rate) & (rate <= upper)).mean())


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=20)
    replicates = parser.parse_args().replicates
    for title, spread, dispersion in (
        ("no true differences", 0.0, None),
        ("true dispersion 2.4", 0.0, 2.4),
        ("trusts spread by 0.25", 0.25, None),
    ):
        shares = simulate_ranges(replicates, spread, dispersion=dispersion)
        print(f"{title} ({shares.n_cells:,} cells, {replicates} x {len(INTERCEPTS)} questions)")
        print(f"  outside the published 95% range   {100 * shares.outside_published:5.1f}%")
        print(f"  outside the corrected 95% range   {100 * shares.outside_corrected:5.1f}%")
        print(f"  questions with a published tau2   {100 * shares.positive_tau2:5.1f}%")
        print(f"  coverage of Wilson limits         {100 * shares.wilson_coverage:5.1f}%")
        print(f"  coverage of delta-method limits   {100 * shares.delta_coverage:5.1f}%")
    print(f"coverage of response-rate intervals {100 * simulate_rates(50 * replicates):5.1f}%")


if __name__ == "__main__":
    main()
