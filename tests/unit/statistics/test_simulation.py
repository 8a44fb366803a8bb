"""A small run of the simulation (`python -m tests.benchmarks.simulate` is the large one); seeds are fixed."""

from tests.benchmarks.simulate import simulate_ranges, simulate_rates


def test_without_true_differences_about_five_percent_lie_outside() -> None:
    shares = simulate_ranges(4, 0.0, seed=4, n=25_000)
    assert 0.04 <= shares.outside_corrected <= 0.06
    assert 0.04 <= shares.outside_published <= 0.06
    assert shares.positive_tau2 == 0, "the published tau2 stays 0"
    assert 0.93 <= shares.wilson_coverage <= 0.97
    assert 0.93 <= shares.delta_coverage <= 0.97


def test_published_ranges_miss_true_differences_and_corrected_ones_do_not() -> None:
    shares = simulate_ranges(3, 0.0, seed=5, n=25_000, dispersion=2.4)
    assert 0.14 <= shares.outside_published <= 0.24
    assert 0.04 <= shares.outside_corrected <= 0.07
    assert 0.93 <= shares.delta_coverage <= 0.97


def test_coverage_of_response_rates() -> None:
    assert 0.93 <= simulate_rates(40) <= 0.97
