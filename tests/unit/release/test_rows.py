"""Rounding and ordering of published rows, against the slow way of doing both."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.release.candidate.canonical import canonical_rows, round_significant

FINITE = st.floats(min_value=-1e300, max_value=1e300)
# The first call imports and compiles: time says nothing here.
no_deadline = settings(deadline=None)


def slowly(value: float) -> float:
    return float(f"{value:.9e}") + 0.0


@no_deadline
@given(st.lists(FINITE, min_size=1))
def test_ten_digits_stay_what_they_are(values: list[float]) -> None:
    once = np.array([slowly(value) for value in values])
    assert round_significant(once).tolist() == once.tolist()


@no_deadline
@given(st.lists(FINITE, min_size=1))
def test_other_values_move_by_half_a_unit_of_the_tenth_digit_at_most(values: list[float]) -> None:
    rounded = round_significant(np.array(values))
    assert [slowly(value) for value in rounded] == rounded.tolist()
    for before, after in zip(values, rounded, strict=True):
        unit = 10.0 ** (np.floor(np.log10(abs(before))) - 9) if abs(before) > 1e-290 else 1.0
        assert abs(after - before) <= 0.5001 * unit


def test_the_edges_of_rounding() -> None:
    values = [0.0, -0.0, 9.99999999996, 0.1 + 0.2, 1 / 3, -2 / 3, 12345678901.5, 1e-15, float("inf")]
    expected = [0.0, 0.0, 10.0, 0.3, 0.3333333333, -0.6666666667, 12345678900.0, 1e-15, float("inf")]
    rounded = round_significant(np.array(values))
    assert rounded.tolist() == expected
    assert not np.signbit(rounded[1])
    assert np.isnan(round_significant(np.array([np.nan]))[0])


ROWS = st.lists(
    st.tuples(
        st.sampled_from([2017, 2018]),
        st.sampled_from(["é", "Z", "a", "", "10", "9", None]),
        st.sampled_from([0.5, None, 0.25]),
    )
)


@no_deadline
@given(ROWS)
def test_rows_are_ordered_by_key_then_by_everything(rows: list[tuple[int, str | None, float | None]]) -> None:
    table = pa.table(
        {
            "survey_year": pa.array([row[0] for row in rows], pa.int16()),
            "code": pa.array([row[1] for row in rows], pa.string()),
            "score": pa.array([row[2] for row in rows], pa.float64()),
        }
    )

    def rank(row: tuple[int, str | None, float | None]) -> tuple[object, ...]:
        year, code, score = row
        return (year, code is None, (code or "").encode(), score is None, score or 0)

    ordered, doubled = canonical_rows(table, ["survey_year", "code"])
    assert [tuple(row.values()) for row in ordered.to_pylist()] == sorted(rows, key=rank)
    assert doubled == len(rows) - len({row[:2] for row in rows})


def test_a_long_key_does_not_overflow() -> None:
    rng = np.random.default_rng(1)
    columns = {f"k{i}": rng.permutation(2000) for i in range(8)}
    table = pa.table(columns)
    ordered, doubled = canonical_rows(table, [f"k{i}" for i in range(8)])
    assert doubled == 0
    assert ordered["k0"].to_pylist() == list(range(2000))
    assert ordered.num_rows == 2000


@pytest.mark.parametrize("encode", [False, True])
def test_texts_have_one_encoding(encode: bool) -> None:
    column = pa.chunked_array([["lung", None], ["breast", "lung"]])
    table = pa.table({"group_code": column.dictionary_encode() if encode else column, "n": [1, 2, 3, 4]})
    ordered, _ = canonical_rows(table, ["group_code", "n"])
    assert ordered["group_code"].to_pylist() == ["breast", "lung", "lung", None]
    assert ordered["group_code"].chunk(0).dictionary.to_pylist() == ["breast", "lung"]
