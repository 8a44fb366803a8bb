"""Scores, intervals, rounding and response rates on small tables checked by hand."""

from statistics import NormalDist

import numpy as np
import pandas as pd
import pytest

from orchestration.statistics import intervals, rounding
from orchestration.statistics.scores import question_scores, response_rates
from tests.unit.statistics.policies import NCPES_2018, NCPES_2018_DISPLAY, OWN
from tests.unit.statistics.tables import make_cell, make_cells, make_questions

DISPLAY = list(NCPES_2018_DISPLAY.values())


def score(*cells: dict[str, object]) -> pd.DataFrame:
    return question_scores(make_cells(*cells), make_questions("q1", "q59"), OWN, DISPLAY)


def test_edges_of_a_base() -> None:
    table = score(make_cell(0, 0), make_cell(1, 1), make_cell(1, 0), make_cell(20, 20), make_cell(20, 0))
    np.testing.assert_array_equal(table["score"], [np.nan, 1, 0, 1, 0])
    # Wilson at p = 1: lower n / (n + z2); at p = 0: upper z2 / (n + z2).
    z2 = OWN.z_unadjusted**2
    np.testing.assert_allclose(table["ci_lower"], [np.nan, 1 / (1 + z2), 0, 20 / (20 + z2), 0])
    np.testing.assert_allclose(table["ci_upper"], [np.nan, 1, z2 / (1 + z2), 1, z2 / (20 + z2)])
    assert table["score_printed"].tolist()[1:] == [100, 0, 100, 0]
    assert np.isnan(table["score_printed"][0])


def test_rating_without_spread_has_no_interval() -> None:
    table = score(make_cell(0, 0, 0), make_cell(1, 9, 81), make_cell(3, 27, 243), make_cell(2, 18, 164))
    np.testing.assert_array_equal(table["score"], [np.nan, 9, 9, 9])
    np.testing.assert_allclose(table["standard_deviation"], [np.nan, np.nan, 0, np.sqrt(2)])
    assert table["ci_lower"].isna().tolist() == [True, True, True, False]
    assert table["ci_lower"][3] == pytest.approx(9 - OWN.z_unadjusted)
    assert table["score_printed"][3] == 9.0


def test_scores_keep_the_cells_as_they_were() -> None:
    cells = make_cells(make_cell(10, 4))
    before = cells.copy()
    table = question_scores(cells, make_questions("q1"), OWN, DISPLAY)
    pd.testing.assert_frame_equal(cells, before)
    assert list(table.columns[: len(cells.columns)]) == list(cells.columns)


def test_no_cells_no_scores() -> None:
    assert len(score(make_cell(1, 1)).iloc[:0]) == 0
    assert len(question_scores(make_cells(make_cell(1, 1)).iloc[:0], make_questions("q1"), OWN, DISPLAY)) == 0


def test_unknown_question_is_named() -> None:
    with pytest.raises(ValueError, match="2018 q77"):
        score(make_cell(1, 1, question_id="q77"))
    with pytest.raises(ValueError, match="lacks the columns n_positive"):
        question_scores(make_cells(make_cell(1, 1)).drop(columns="n_positive"), make_questions("q1"), OWN, DISPLAY)


def test_rounding_twice_and_once() -> None:
    # 86.470% prints 87 in two steps (86.5, then 87) and 86 in one.
    twice, once = NCPES_2018_DISPLAY["unadjusted"], NCPES_2018_DISPLAY["adjusted"]
    assert rounding.round_ratio(8_647, 10_000, 100, twice) == 87
    assert rounding.round_ratio(8_647, 10_000, 100, once) == 86
    assert rounding.round_ratio(1, 2, 1, NCPES_2018_DISPLAY["rating"]) == 0.5
    assert rounding.round_ratio(1, 8, 100, once) == 13, "a half goes up"


def test_limits_are_rounded_to_five_decimals_first() -> None:
    rule = NCPES_2018_DISPLAY["unadjusted"]
    assert rounding.round_limits(0.123499996, 100, rule) == 12.4, "12.3499996 is 12.35000 first"
    assert rounding.round_half_up(12.3499996, 1) == 12.3
    assert rounding.round_half_up(-0.25, 1) == -0.2, "half up, also below zero"
    with pytest.raises(ValueError, match="must exceed"):
        rounding.round_half_up(1.0, 5, 5)


def test_response_rates() -> None:
    cells = pd.DataFrame({"survey_year": 2018, "n_mailed_eligible": [0, 1, 100], "n_responded": [0, 1, 64]})
    table = response_rates(cells, OWN)
    np.testing.assert_array_equal(table["response_rate"], [np.nan, 1, 0.64])
    # 64 of 100 by hand: (0.64 + 0.0192073 -+ 1.959964 sqrt(0.002304 + 0.0000960365)) / 1.0384146
    assert table["ci_lower"][2] == pytest.approx(0.542354, abs=1e-6)
    assert table["ci_upper"][2] == pytest.approx(0.727288, abs=1e-6)
    with pytest.raises(ValueError, match="exceeds n_mailed_eligible in 1 cells"):
        response_rates(cells.assign(n_responded=[0, 2, 64]), OWN)


def test_newcombe_example_of_the_paper() -> None:
    # Newcombe 1998, table II (a): 56/70 against 48/80, method 10.
    lower, upper = intervals.newcombe_limits(48 / 80, 80, 56 / 70, 70, 1.959963984540054)
    assert (round(float(lower), 4), round(float(upper), 4)) == (0.0524, 0.3339)


def test_quantile_of_the_policies() -> None:
    assert NormalDist().inv_cdf(0.975) == pytest.approx(OWN.z_unadjusted, abs=1e-15)
    assert NormalDist().inv_cdf(0.999) == pytest.approx(OWN.z_expected_outer)
    assert NCPES_2018.z_adjusted == 1.96
