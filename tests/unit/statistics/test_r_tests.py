"""Tests, intervals and estimators against R: prop.test, prop.trend.test, p.adjust, t.test, uniroot, lm."""

import numpy as np
import pytest

from orchestration.statistics.case_mix.between_organisations import paule_mandel
from orchestration.statistics.change import significance
from orchestration.statistics.groups.inequality import slope_index
from orchestration.statistics.intervals import standard_deviation, wilson_limits
from tests.r_fixtures.fitting import read_fixture
from tests.unit.statistics.policies import OWN

CLOSE = {"rtol": 1e-10, "atol": 1e-12}


def test_prop_test_without_correction() -> None:
    table = read_fixture("prop_test")
    found = significance.compare_shares(
        table["n_positive_from"], table["n_from"], table["n_positive_to"], table["n_to"]
    )
    np.testing.assert_allclose(found.statistic**2, table["chi_squared"], **CLOSE)
    np.testing.assert_allclose(found.p_value, table["p_value"], **CLOSE)


def test_prop_trend_test() -> None:
    table = read_fixture("prop_trend_test")
    years = np.arange(2015, 2019)
    x, n = (table[[f"{letter}{year}" for year in years]].to_numpy() for letter in "xn")
    found = significance.trend_in_shares(x, n, years)
    np.testing.assert_allclose(found.statistic**2, table["chi_squared"], rtol=1e-10)
    np.testing.assert_allclose(found.p_value, table["p_value"], **CLOSE)
    np.testing.assert_allclose(found.slope, table["slope"], rtol=1e-10)


def test_p_adjust() -> None:
    table = read_fixture("p_adjust")
    np.testing.assert_allclose(significance.adjust_benjamini_hochberg(table["p_value"]), table["p_adjusted"], **CLOSE)


def test_wilson() -> None:
    table = read_fixture("intervals")
    x, n = table["n_positive"], table["n_base"]
    lower, upper = wilson_limits(x / n, n, OWN.z_unadjusted)
    np.testing.assert_allclose(lower, table["wilson_lower"], **CLOSE)
    np.testing.assert_allclose(upper, table["wilson_upper"], **CLOSE)


def test_welch() -> None:
    table = read_fixture("welch")
    ends = []
    for end in ("from", "to"):
        n, s1, s2 = (table[f"{name}_{end}"] for name in ("n", "sum", "squares"))
        ends += [s1 / n, standard_deviation(n, s1, s2), n]
    found = significance.compare_means(*ends)
    for ours, theirs in (
        (found.statistic, "t"),
        (found.degrees_of_freedom, "df"),
        (found.p_value, "p_value"),
        (found.lower, "lower"),
        (found.upper, "upper"),
    ):
        np.testing.assert_allclose(ours, table[theirs], rtol=1e-10)


def test_paule_mandel_against_root_finding() -> None:
    for _, rows in read_fixture("paule_mandel").groupby("case"):
        between, mean = paule_mandel(rows["score"], rows["variance"])
        # uniroot stops within about 1e-12 of a root of the order 1e-3.
        assert between == pytest.approx(rows["between_variance"].iloc[0], rel=1e-8, abs=1e-12)
        assert mean == pytest.approx(rows["mean"].iloc[0], rel=1e-10)


def test_slope_and_relative_index_against_weighted_least_squares() -> None:
    table = read_fixture("inequality")
    n, x = (table[name].to_numpy(dtype=float).reshape(-1, 5) for name in ("n_base", "n_positive"))
    share = x / n
    found = slope_index(share, n, share * (1 - share) / n)
    first = table[table["imd_quintile"] == 1]
    np.testing.assert_allclose(found.slope, first["slope_index"], rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(found.slope_error, first["slope_error"], rtol=1e-10)
    np.testing.assert_allclose(found.relative, first["relative_index"], rtol=1e-10)
    np.testing.assert_allclose(found.relative_error, first["relative_error"], rtol=1e-10)
