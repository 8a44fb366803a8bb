"""Expected ranges, over-dispersion, bands, reliability on arrays checked by hand."""

import numpy as np
import pytest

from orchestration.statistics.case_mix.between_organisations import (
    assign_bands,
    estimate_over_dispersion,
    estimate_reliability,
    expected_limits,
    paule_mandel,
    winsorised_second_moment,
)


def test_second_moment_of_winsorised_normals() -> None:
    assert winsorised_second_moment(0.2) == pytest.approx(0.41209, abs=5e-6)
    assert winsorised_second_moment(0) == 1
    draws = np.random.default_rng(1).standard_normal(400_000)
    low, high = np.quantile(draws, [0.1, 0.9])
    assert winsorised_second_moment(0.1) == pytest.approx(np.mean(np.clip(draws, low, high) ** 2), abs=0.01)
    with pytest.raises(ValueError, match=r"0\.5"):
        winsorised_second_moment(0.5)


def test_over_dispersion_by_hand() -> None:
    # z = -2, -1, 0, 1, 2 with s = 1; type-7 quantiles at 0.2 and 0.8 are -1.2 and 1.2.
    z = np.array([-2.0, -1, 0, 1, 2])
    spread = estimate_over_dispersion(0.5 + z / 10, 0.5, np.full(5, 0.1), 0.2)
    phi = (2 * 1.2**2 + 2 * 1) / 5
    assert spread.phi == pytest.approx(phi)
    assert spread.n_organisations == 5
    # Equal weights 100: sum w - sum w^2 / sum w = 400; (5 phi - 4) / 400.
    assert spread.tau2_published == pytest.approx((5 * phi - 4) / 400)
    corrected = phi / winsorised_second_moment(0.2)
    assert spread.tau2_corrected == pytest.approx((5 * corrected - 4) / 400)
    assert spread.tau2("published") == spread.tau2_published


def test_tau2_is_zero_where_it_cannot_be_more() -> None:
    flat = estimate_over_dispersion([0.5, 0.51, 0.49], 0.5, [0.1, 0.1, 0.1], 0.2)
    assert (flat.tau2_published, flat.tau2_corrected) == (0, 0)
    one = estimate_over_dispersion([0.9], 0.5, [0.1], 0.2)
    assert (one.tau2_published, one.n_organisations) == (0, 1)
    none = estimate_over_dispersion([np.nan], 0.5, [0.1], 0.2)
    assert (none.tau2_published, none.n_organisations) == (0, 0)
    assert np.isnan(none.phi)
    certain = estimate_over_dispersion([1.0, 1.0], 1.0, [0.0, 0.0], 0.2)
    assert certain.n_organisations == 0


def test_expected_limits_are_clipped() -> None:
    lower, upper = expected_limits(0.95, [0.01, 0.1], 0.0, 2.0)
    np.testing.assert_allclose(lower, [0.93, 0.75])
    np.testing.assert_allclose(upper, [0.97, 1.0])
    lower, upper = expected_limits(8.8, [0.3], 0.16, 2.0, maximum=None)
    np.testing.assert_allclose([lower[0], upper[0]], [7.8, 9.8])


def test_bands_at_the_limits() -> None:
    band = assign_bands([1.0, 0.9, 0.900001, 0.7, 0.699999, np.nan], [0.7] * 6, [1.0, 0.9, 0.9, 0.9, 0.9, 0.9])
    assert band.tolist() == ["within", "within", "above", "within", "below", None]


def test_paule_mandel_by_hand() -> None:
    # Equal variances: T is the sample variance less v.
    y = np.array([1.0, 2, 3, 4, 5])
    between, mean = paule_mandel(y, np.full(5, 0.5))
    assert (between, mean) == (pytest.approx(2.0), pytest.approx(3.0))
    assert paule_mandel(y, np.full(5, 4.0)) == (0.0, pytest.approx(3.0))
    assert paule_mandel([2.5], [1.0]) == (0.0, 2.5)
    assert np.isnan(paule_mandel([np.nan], [1.0])[1])


def test_reliability_and_shrinkage() -> None:
    y = np.arange(12.0)
    found = estimate_reliability(y, np.full(12, 1.0))
    assert found.between_variance == pytest.approx(12.0)
    np.testing.assert_allclose(found.reliability, 12 / 13)
    np.testing.assert_allclose(found.shrunken, 5.5 + 12 / 13 * (y - 5.5))
    alike = estimate_reliability(np.full(12, 3.0), np.full(12, 1.0))
    np.testing.assert_array_equal(alike.reliability, 0)
    np.testing.assert_array_equal(alike.shrunken, 3)
    few = estimate_reliability(y[:9], np.full(9, 1.0))
    assert np.isnan(few.reliability).all()
    assert np.isnan(few.shrunken).all()
    missing = estimate_reliability(np.append(y, np.nan), np.full(13, 1.0))
    assert np.isnan(missing.reliability[-1])
    assert missing.n_organisations == 12
