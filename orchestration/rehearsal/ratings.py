"""Answers behind a published table of ratings: so many of each rating that means and limits print as published.

Belongs here: the spread of ratings 0-10 with given sums. Does not belong here: the sums themselves (counts.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from orchestration.rehearsal.counts import SolvedTable
from orchestration.rehearsal.printing import HIGHEST_RATING, PrintedForm, printed_points
from orchestration.rehearsal.published import PublishedCell


@dataclass
class Spread:
    """How many respondents of a group give each rating: `counts[rating]`, and what moving apart has added so far."""

    counts: list[int]
    added_squares: int = 0

    @classmethod
    def level(cls, rating_sum: int, n_base: int) -> Spread:
        """`n_base` ratings that differ by at most one and have the given sum."""
        counts = [0] * (HIGHEST_RATING + 2)
        if n_base:
            floor, n_above = divmod(rating_sum, n_base)
            counts[floor], counts[floor + 1] = n_base - n_above, n_above
        return cls(counts[: HIGHEST_RATING + 1])

    @property
    def squares(self) -> int:
        """Sum of squared ratings."""
        return sum(count * rating**2 for rating, count in enumerate(self.counts))

    def ratings(self) -> list[int]:
        """The ratings one by one, the lowest first."""
        return [rating for rating, count in enumerate(self.counts) for _ in range(count)]

    def move_apart(self, most: int) -> int:
        """Lower one rating and raise another that is no lower, a point each; the closest pair, of the commonest rating.

        Returns by how much the sum of squares grew, 2 (difference + 1), at most `most`; 0 where no pair is left.
        """
        counts = self.counts
        for difference in range(min(HIGHEST_RATING - 1, most // 2)):
            pairs = [
                (min(counts[low], counts[low + difference]), low)
                for low in range(1, HIGHEST_RATING - difference)
                if counts[low] > (difference == 0) and counts[low + difference]
            ]
            if pairs:
                low = max(pairs)[1]
                for rating, change in ((low, -1), (low - 1, 1), (low + difference, -1), (low + difference + 1, 1)):
                    counts[rating] += change
                self.added_squares += 2 * (difference + 1)
                return 2 * (difference + 1)
        return 0


def rate_respondents(solved: SolvedTable, total: PublishedCell, form: PrintedForm) -> tuple[dict[str, list[int]], bool]:
    """Ratings of every respondent by tumour group, and whether the limits of the total print as published.

    Groups start with ratings as equal as their sum allows; then ratings are moved apart, which keeps every sum and
    widens the interval, until the limits print as published or come no nearer. Hidden limits: no move.
    """
    spreads = {group: Spread.level(solved.count[group], n_base) for group, n_base in solved.n_base.items()}
    wanted = _squares_printing(solved.total, total, form)
    has_limits = wanted is None or _widen(list(spreads.values()), wanted)
    return {group: spread.ratings() for group, spread in spreads.items()}, has_limits


def _squares_printing(rating_sum: int, total: PublishedCell, form: PrintedForm) -> range | None:
    """Sums of squares that print the limits of the total, an unbroken range in steps of two; None: no limits shown.

    A sum of squares is odd or even as the sum itself is, and it lies between that of equal ratings and that of zeros
    and tens.
    """
    if total.score is None or total.ci_lower is None or total.ci_upper is None:
        return None
    possible = np.arange(rating_sum % 2, HIGHEST_RATING**2 * total.n_base + 1, 2)
    possible = possible[possible * total.n_base >= rating_sum**2]
    lower, upper = form.mean_limits(rating_sum, possible, total.n_base)
    fits = possible[(lower == printed_points(total.ci_lower)) & (upper == printed_points(total.ci_upper))]
    return range(int(fits[0]), int(fits[-1]) + 1, 2) if len(fits) else range(0)


def _widen(spreads: Sequence[Spread], wanted: range) -> bool:
    """Move ratings apart until the sum of squares of all groups is in `wanted`. False: it cannot be reached.

    The group that has widened least for its size goes first, so that all groups end about equally wide.
    """
    if not wanted:
        return False
    squares = sum(spread.squares for spread in spreads)
    movable = [(0.0, place, spread) for place, spread in enumerate(spreads)]
    while movable and squares < wanted[0]:
        _, place, spread = heappop(movable)
        growth = spread.move_apart(most=wanted[-1] - squares)
        if growth:
            squares += growth
            heappush(movable, (spread.added_squares / sum(spread.counts), place, spread))
    return squares in wanted
