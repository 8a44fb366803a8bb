"""The statistics against the published 2018 release (half the trusts): limits, ranges, bands, tau2, reliability."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from orchestration.statistics.case_mix.between_organisations import (
    assign_bands,
    estimate_over_dispersion,
    estimate_reliability,
    expected_limits,
)
from orchestration.statistics.intervals import wilson_limits
from orchestration.statistics.rounding import round_limits, round_ratio, round_score
from tests.unit.statistics.policies import NCPES_2018_DISPLAY

pytestmark = pytest.mark.published


def shares(adjusted: pd.DataFrame) -> pd.DataFrame:
    return adjusted[(adjusted["question"] != "Q59") & adjusted["exact_score"].notna() & adjusted["ci_lo"].notna()]


def ratings(adjusted: pd.DataFrame) -> pd.DataFrame:
    return adjusted[(adjusted["question"] == "Q59") & adjusted["ci_lo"].notna()]


def test_adjusted_wilson_limits(adjusted: pd.DataFrame) -> None:
    rows = shares(adjusted)
    assert len(rows) == 3_698
    lower, upper = wilson_limits(rows["exact_score"] / 100, rows["n"], 1.96)
    assert np.abs(100 * lower - rows["ci_lo"]).max() < 2e-5
    assert np.abs(100 * upper - rows["ci_hi"]).max() < 2e-5


def test_expected_limits_of_percentages_clipped_ones_included(adjusted: pd.DataFrame) -> None:
    rows = shares(adjusted)
    target = rows["target"] / 100
    error = np.sqrt(target * (1 - target) / rows["n"])
    lower, upper = expected_limits(target, error, rows["tau2"] / 1e4, 1.96)
    assert np.abs(100 * lower - rows["er_lo"]).max() < 2e-5
    assert np.abs(100 * upper - rows["er_hi"]).max() < 2e-5
    assert (rows["er_hi"] == 100).sum() == 33


def test_bands_follow_from_unrounded_scores(adjusted: pd.DataFrame) -> None:
    rows = shares(adjusted)
    target = rows["target"] / 100
    error = np.sqrt(target * (1 - target) / rows["n"])
    lower, upper = expected_limits(target, error, rows["tau2"] / 1e4, 1.96)
    band = assign_bands(rows["exact_score"] / 100, lower, upper)
    assert (band == rows["band"].to_numpy()).all()


def test_adjusted_percentages_round_once(adjusted: pd.DataFrame) -> None:
    rows = shares(adjusted)
    printed = round_score(rows["exact_score"] / 100, 100, NCPES_2018_DISPLAY["adjusted"])
    assert (printed == rows["score"].to_numpy()).all()


def test_rating_has_the_published_form(adjusted: pd.DataFrame) -> None:
    rows = ratings(adjusted)
    assert len(rows) == 73
    error = (rows["ci_hi"] - rows["ci_lo"]) / (2 * 1.96)
    assert (error > 1.38 / np.sqrt(rows["n"]) * 0.999).all()
    lower, upper = expected_limits(rows["target"], error, rows["tau2"], 1.96, maximum=None)
    assert np.abs(lower - rows["er_lo"]).max() < 2e-5
    assert np.abs(upper - rows["er_hi"]).max() < 2e-5
    middle = (rows["ci_hi"] + rows["ci_lo"]) / 2
    assert (assign_bands(middle, lower, upper) == rows["band"].to_numpy()).all()


def find_positives(n: np.ndarray, score: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> int:
    """How many cells have a count of positives that prints score and both limits, by the rules of the release."""
    rule = NCPES_2018_DISPLAY["unadjusted"]
    found = 0
    for base, shown, low, high in zip(n.astype(int), score, lower, upper, strict=True):
        counts = np.arange(base + 1)
        near = counts[np.abs(100 * counts / base - shown) <= 0.6]
        limits = wilson_limits(near / base, np.full(len(near), base), 1.959963985)
        fits = round_ratio(near, np.full(len(near), base), 100, rule) == shown
        fits &= (round_limits(limits[0], 100, rule) == low) & (round_limits(limits[1], 100, rule) == high)
        found += bool(fits.any())
    return found


def test_unadjusted_trust_limits_as_printed(unadjusted: pd.DataFrame) -> None:
    total = unadjusted[
        (unadjusted["cancer"] == "All Cancers") & (unadjusted["sex"] == "Both") & (unadjusted["imd"] == "All")
    ]
    total = total[(total["question"] != "Q59") & total["score"].notna()]
    assert len(total) == 3_699
    cells = [total[name].to_numpy(dtype=float) for name in ("n", "score", "ci_lo", "ci_hi")]
    assert find_positives(*cells) == 3_699


@pytest.fixture(scope="module")
def spreads(adjusted: pd.DataFrame) -> pd.DataFrame:
    """phi and tau2 of each percentage question from this half, beside the published tau2 (percent squared)."""
    rows = adjusted[(adjusted["question"] != "Q59") & adjusted["exact_score"].notna() & (adjusted["n"] >= 1)]
    found = {}
    for question, cells in rows.groupby("question"):
        target = cells["target"].iloc[0] / 100
        error = np.sqrt(target * (1 - target) / cells["n"])
        spread = estimate_over_dispersion(cells["exact_score"] / 100, target, error, 0.2)
        reliability = estimate_reliability(cells["exact_score"] / 100, error**2)
        found[question] = {
            "tau2": spread.tau2_published * 1e4,
            "published": cells["tau2"].iloc[0],
            "n_reliable": int((reliability.reliability >= 0.7).sum()),
            "n_scores": int(np.isfinite(reliability.reliability).sum()),
        }
    return pd.DataFrame(found).T


def test_tau2_of_this_half(spreads: pd.DataFrame) -> None:
    assert len(spreads) == 51
    assert int(((spreads["tau2"] > 0) == (spreads["published"] > 0)).sum()) == 44
    assert (spreads["tau2"] - spreads["published"]).abs().mean() == pytest.approx(0.458, abs=1e-3)
    expected = {"Q8": 3.826, "Q22": 6.345, "Q33": 14.227, "Q57": 8.302, "Q58": 31.209}
    assert {name: round(spreads.loc[name, "tau2"], 3) for name in expected} == pytest.approx(expected, abs=1e-3)


def test_about_a_quarter_of_scores_are_reliable(spreads: pd.DataFrame) -> None:
    assert spreads["n_reliable"].sum() / spreads["n_scores"].sum() == pytest.approx(0.25, abs=0.02)


def test_published_scores_print_twice_rounded(shared_data: Path) -> None:
    national = pd.read_csv(shared_data / "national_scores_2015_2018.csv")
    support = national[national["question"] == "Q20"].iloc[0]
    positives = round(support["score_2018_exact"] * support["n_2018"] / 100)
    rule = NCPES_2018_DISPLAY["unadjusted"]
    assert round_ratio([positives], [support["n_2018"]], 100, rule)[0] == 87
    assert round_ratio([positives], [support["n_2018"]], 100, NCPES_2018_DISPLAY["adjusted"])[0] == 86
