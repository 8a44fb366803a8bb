"""Printed figures of every possible count, in whole hundredths (of a percent or a rating point): equal is equal then.

Belongs here: the statistics asked the other way round, for all counts at once. Does not belong here: any formula.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import numpy as np
from numpy.typing import NDArray

from orchestration.registry import DisplayPolicy, Registry
from orchestration.statistics.intervals import mean_limits, standard_deviation, wilson_limits
from orchestration.statistics.rounding import round_limits, round_ratio

IntArray = NDArray[np.int64]
HIGHEST_RATING = 10
# Means "nothing printed"; no percentage or rating is negative.
NOT_PRINTED = -1


def printed_points(value: Decimal) -> int:
    """A published figure in whole hundredths: 86 percent is 8600, a rating of 8.74 is 874."""
    return int(value * 100)


@dataclass(frozen=True)
class PrintedForm:
    """How a survey year prints unadjusted percentages and ratings."""

    z: float
    percentage: DisplayPolicy
    rating: DisplayPolicy

    @classmethod
    def of_year(cls, registry: Registry, survey_year: int) -> PrintedForm:
        """The form that the registry's policies of the survey year give."""
        return cls(
            z=registry.case_mix_policy_of(survey_year).z_unadjusted,
            percentage=registry.display_policy_of(survey_year, "unadjusted"),
            rating=registry.display_policy_of(survey_year, "rating"),
        )

    def percentages(self, n_base: int) -> IntArray:
        """Printed percentages of 0, 1 ... n_base positives, shape (n_base + 1,)."""
        return _printed_ratios(n_base, n_base, 100, self.percentage)

    def means(self, n_base: int) -> IntArray:
        """Printed mean ratings of the sums 0, 1 ... 10 n_base, shape (10 n_base + 1,)."""
        return _printed_ratios(n_base, HIGHEST_RATING * n_base, 1, self.rating)

    def percentage_limits(self, counts: Sequence[int], n_base: int) -> tuple[IntArray, IntArray]:
        """Printed limits of the percentages of `counts` positives, two arrays of their length."""
        lower, upper = wilson_limits(np.asarray(counts, dtype=np.float64) / n_base, n_base, self.z)
        return _hundredths(round_limits(lower, 100, self.percentage)), _hundredths(
            round_limits(upper, 100, self.percentage)
        )

    def mean_limits(self, rating_sum: int, sums_of_squares: IntArray, n_base: int) -> tuple[IntArray, IntArray]:
        """Printed limits of the mean rating for every sum of squares, two arrays of their length."""
        deviation = standard_deviation(n_base, rating_sum, sums_of_squares)
        lower, upper = mean_limits(rating_sum / n_base, deviation, n_base, self.z)
        return _hundredths(round_limits(lower, 1, self.rating)), _hundredths(round_limits(upper, 1, self.rating))


@cache
def _printed_ratios(n_base: int, greatest: int, unit: int, policy: DisplayPolicy) -> IntArray:
    """Printed ratios of 0, 1 ... `greatest` to a base; kept, because the same bases come again and again."""
    return _hundredths(round_ratio(np.arange(greatest + 1), np.full(greatest + 1, n_base), unit, policy))


def _hundredths(values: NDArray[np.float64]) -> IntArray:
    return np.rint(np.where(np.isnan(values), NOT_PRINTED, values * 100)).astype(np.int64)
