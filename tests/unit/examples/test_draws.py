from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration.examples.draws import apportion, draw_categories, highest, random_stream


@given(st.integers(0, 500), st.lists(st.floats(0, 10), min_size=1, max_size=12))
def test_apportion_splits_the_whole_total(total: int, weights: list[float]) -> None:
    parts = apportion(total, np.array(weights))
    assert parts.sum() == total
    assert (parts >= 0).all()


def test_apportion_keeps_to_caps_and_proportions() -> None:
    assert apportion(10, np.array([1.0, 1.0, 2.0])).tolist() in ([3, 2, 5], [2, 3, 5])
    assert apportion(10, np.array([1.0, 0.0, 9.0]), np.array([10, 10, 4])).tolist() == [6, 0, 4]
    assert apportion(5, np.array([1.0, 0.0]), np.array([3, 10])).tolist() == [3, 2]
    with pytest.raises(ValueError, match="no room for 5"):
        apportion(5, np.array([1.0, 1.0]), np.array([2, 2]))


def test_highest_takes_exactly_the_top_candidates() -> None:
    values = np.array([5.0, 1.0, 9.0, 7.0, 8.0])
    candidates = np.array([0, 1, 3, 4])
    assert highest(values, candidates, 2).tolist() == [3, 4]
    assert highest(values, candidates, 0).tolist() == []
    assert highest(values, candidates, 4).tolist() == [0, 1, 3, 4]
    with pytest.raises(ValueError, match="5 of 4"):
        highest(values, candidates, 5)


def test_categories_follow_the_shares_of_their_row() -> None:
    shares = np.array([[0.2, 0.8, 0.0], [0.0, 0.0, 1.0]])
    drawn = draw_categories(random_stream(1, "test"), shares, np.repeat([0, 1], 5000))
    assert set(drawn[5000:]) == {2}
    assert set(drawn[:5000]) == {0, 1}
    assert drawn[:5000].mean() == pytest.approx(0.8, abs=0.03)


def test_streams_are_told_apart_by_name() -> None:
    first, again, other = (random_stream(7, 2018, name).random() for name in ("q1", "q1", "q2"))
    assert first == again != other
