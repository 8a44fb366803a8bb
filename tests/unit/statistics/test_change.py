"""Change, trends, decomposition, inequality: edges by hand, tables with and without numbers."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from orchestration.statistics.change import significance
from orchestration.statistics.change.kitagawa import decompose_change, decompose_changes
from orchestration.statistics.change.trends import trends
from orchestration.statistics.change.year_on_year import year_on_year
from orchestration.statistics.groups.inequality import deprivation_indices, slope_index
from tests.unit.statistics.policies import NCPES_2018, OWN
from tests.unit.statistics.tables import compare_pairs, make_cell, make_cells, make_questions

YEARS = (2015, 2016, 2017, 2018)


def test_zero_variance_is_no_change() -> None:
    found = significance.compare_shares([10, 0, 5], [10, 10, 0], [7, 0, 5], [7, 3, 9])
    np.testing.assert_array_equal(found.p_value[:2], [1, 1])
    np.testing.assert_array_equal(found.statistic[:2], [0, 0])
    assert np.isnan(found.p_value[2])


def test_pooled_test_by_hand() -> None:
    # 40/100 and 60/100: pooled 0.5, se sqrt(0.25 x 0.02) = 0.0707.
    found = significance.compare_shares(40, 100, 60, 100)
    assert float(found.statistic) == pytest.approx(2 * np.sqrt(2))


def test_means_without_spread() -> None:
    found = significance.compare_means([9, 9, 9], [0, 0, 1], [5, 5, 1], [9, 8, 8], [0, 0, 1], [5, 5, 5])
    np.testing.assert_array_equal(found.p_value, [1, 0, np.nan])
    np.testing.assert_array_equal(found.statistic, [0, -np.inf, np.nan])
    assert np.isnan(found.lower[:2]).all()


def test_benjamini_hochberg_by_hand() -> None:
    adjusted = significance.adjust_benjamini_hochberg([0.01, 0.04, np.nan, 0.03, 0.9])
    np.testing.assert_allclose(adjusted, [0.04, 0.16 / 3, np.nan, 0.16 / 3, 0.9])
    assert np.isnan(significance.adjust_benjamini_hochberg([np.nan])).all()


def test_trend_edges() -> None:
    n = np.array([[100, 100, 100], [100, 100, 0], [10, 10, 10]])
    x = np.array([[50, 60, 70], [50, 60, 0], [10, 10, 10]])
    found = significance.trend_in_shares(x, n, [2015, 2016, 2017])
    assert found.slope[0] == pytest.approx(0.1)
    assert found.n_years.tolist() == [3, 2, 3]
    assert np.isnan(found.p_value[1])
    assert (found.statistic[2], found.p_value[2]) == (0, 1)


def test_weighted_slope_of_means() -> None:
    found = significance.trend_in_means([[8.6, 8.7, 8.8]], [[0.1, 0.1, 0.1]], [2016, 2017, 2018])
    assert found.slope[0] == pytest.approx(0.1)
    assert found.standard_error[0] == pytest.approx(0.1 / np.sqrt(2))
    assert found.statistic[0] == pytest.approx(np.sqrt(2))


def history(*shares: float, organisation: str = "ENG", level: str = "national", n: int = 1000) -> list[dict]:
    return [
        make_cell(n, round(n * share), survey_year=year, level=level, organisation_code=organisation)
        for year, share in zip(YEARS, shares, strict=False)
    ]


def test_year_on_year_rows_and_statuses() -> None:
    cells = make_cells(
        *history(0.5, 0.52, 0.55, 0.6),
        *history(0.5, 0.5, 0.5, 0.52, organisation="T1", level="trust", n=100),
        make_cell(50, 30, level="trust", organisation_code="NEW"),
    )
    questions = make_questions("q1", years=YEARS)
    pairs = pd.concat([
        compare_pairs(2018, (2016, 2017), "concept_q1"),
        compare_pairs(2018, (2015,), "concept_q1", status="not_comparable"),
        compare_pairs(2018, (2014,), "concept_q1"),
    ])  # fmt: skip
    table = year_on_year(cells, questions, 2018, OWN, pairs)
    assert len(table) == 3 * 4
    nation = table[table["level"] == "national"].set_index("survey_year_from")
    assert nation["status"].to_dict() == {
        2014: "not_loaded", 2015: "not_comparable", 2016: "published", 2017: "published"
    }  # fmt: skip
    assert nation.loc[2015, "reason"] == "a break"
    assert nation.loc[2017, "difference"] == pytest.approx(0.05)
    assert nation.loc[2017, "direction"] == "up"
    assert nation.loc[[2014, 2015], ["difference", "p_value", "score_from"]].isna().all(axis=None)
    new = table[(table["organisation_code"] == "NEW") & (table["survey_year_from"] == 2017)].iloc[0]
    assert new["status"] == "no_answers"
    assert new["score_to"] == 0.6
    trust = table[(table["organisation_code"] == "T1") & (table["survey_year_from"] == 2017)].iloc[0]
    assert trust["direction"] == "unchanged"


def test_families_are_levels_and_pairs_of_years() -> None:
    cells = [make_cell(100, 50, survey_year=2017), make_cell(100, 64)]
    for number in range(20):
        keys = {"level": "trust", "organisation_code": f"T{number:02d}"}
        cells += [make_cell(100, 50, survey_year=2017, **keys), make_cell(100, 64 if number == 0 else 50, **keys)]
    questions = make_questions("q1", years=YEARS)
    table = year_on_year(make_cells(*cells), questions, 2018, OWN, compare_pairs(2018, (2017,), "concept_q1"))
    rows = table.set_index("organisation_code")
    assert rows.loc["ENG", "p_adjusted"] == pytest.approx(rows.loc["ENG", "p_value"])
    assert rows.loc["T00", "p_adjusted"] == pytest.approx(20 * rows.loc["T00", "p_value"])
    assert rows.loc["ENG", "is_significant"]
    assert not rows.loc["T00", "is_significant"]
    fixed = year_on_year(make_cells(*cells), questions, 2018, NCPES_2018, compare_pairs(2018, (2017,), "concept_q1"))
    assert fixed.set_index("organisation_code").loc["T00", "p_adjusted"] == pytest.approx(rows.loc["T00", "p_value"])
    strict = replace(NCPES_2018, change_threshold=1.9)
    flagged = year_on_year(make_cells(*cells), questions, 2018, strict, compare_pairs(2018, (2017,), "concept_q1"))
    assert flagged["direction"].tolist().count("up") == 2


def test_rating_changes_by_welch() -> None:
    cells = make_cells(make_cell(4, 34, 290, survey_year=2017), make_cell(4, 36, 326))
    questions = make_questions("q59", years=YEARS)
    row = year_on_year(cells, questions, 2018, OWN, compare_pairs(2018, (2017,), "concept_q59")).iloc[0]
    # sd 2017 = sqrt(1/3), sd 2018 = sqrt(2/3): t = 0.5 / sqrt(1/12 + 2/12) = 1.
    assert (row["difference"], row["z"]) == (pytest.approx(0.5), pytest.approx(1.0))


def test_release_year_must_be_there() -> None:
    questions = make_questions("q1", years=YEARS)
    with pytest.raises(ValueError, match="release year 2018"):
        year_on_year(make_cells(*history(0.5, 0.5)), questions, 2018, OWN, compare_pairs(2018, (2017,), "concept_q1"))


def test_trends_need_three_comparable_years() -> None:
    cells = make_cells(*history(0.5, 0.52, 0.54, 0.56))
    questions = make_questions("q1", years=YEARS)
    whole = trends(cells, questions, 2018, OWN, compare_pairs(2018, (2015, 2016, 2017), "concept_q1")).iloc[0]
    assert (whole["status"], whole["first_year"], whole["n_years"]) == ("published", 2015, 4)
    assert whole["slope"] == pytest.approx(0.02)
    assert whole["direction"] == "up"
    short = trends(cells, questions, 2018, OWN, compare_pairs(2018, (2017,), "concept_q1")).iloc[0]
    assert (short["status"], short["n_years"]) == ("not_comparable", 2)
    assert np.isnan(short["slope"])
    late = make_cells(*history(0.5, 0.52, 0.54, 0.56)[2:])
    missing = trends(late, questions, 2018, OWN, compare_pairs(2018, (2015, 2016, 2017), "concept_q1")).iloc[0]
    assert missing["status"] == "not_loaded"


def test_a_series_that_ends_before_the_release_year_has_no_trend() -> None:
    *earlier, last = history(0.5, 0.52, 0.54, 0.56)
    nobody = last | dict.fromkeys(("n_base", "n_positive"), 0)
    pairs = compare_pairs(2018, (2015, 2016, 2017), "concept_q1")
    row = trends(make_cells(*earlier, nobody), make_questions("q1", years=YEARS), 2018, OWN, pairs).iloc[0]
    assert (row["status"], row["reason"]) == ("no_answers", "no answers in the release year")
    assert row[["slope", "standard_error", "ci_lower", "ci_upper", "z", "p_value"]].isna().all()


def test_a_trend_never_crosses_a_break() -> None:
    cells = make_cells(*history(0.9, 0.52, 0.54, 0.56))
    questions = make_questions("q1", years=YEARS)
    pairs = pd.concat([
        compare_pairs(2018, (2016, 2017), "concept_q1"),
        compare_pairs(2018, (2015,), "concept_q1", status="not_comparable"),
    ])  # fmt: skip
    row = trends(cells, questions, 2018, OWN, pairs).iloc[0]
    assert (row["first_year"], row["n_years"]) == (2016, 3)
    assert row["slope"] == pytest.approx(0.02)


def test_kitagawa_by_hand() -> None:
    # Weights 0.5, 0.5 to 0.8, 0.2; scores 0.6, 0.4 to 0.6, 0.5; a third group asked in one year only.
    found = decompose_change([[50, 50, 10]], [[0.6, 0.4, 0.9]], [[80, 20, 0]], [[0.6, 0.5, np.nan]])
    assert found.n_groups.tolist() == [2]
    assert found.mix_part[0] == pytest.approx(0.3 * 0.6 - 0.3 * 0.45)
    assert found.within_part[0] == pytest.approx(0.1 * 0.35)
    assert found.difference[0] == pytest.approx(0.58 - 0.5)
    assert found.mix_part[0] + found.within_part[0] == pytest.approx(found.difference[0])
    nothing = decompose_change([[0, 5]], [[np.nan, 0.2]], [[5, 0]], [[0.2, np.nan]])
    assert np.isnan(nothing.difference[0])


def test_kitagawa_over_cells() -> None:
    groups = {"group_kind": "sex", "base_kind": "all_answers"}
    cells = make_cells(
        make_cell(50, 30, survey_year=2017, group_code="female", **groups),
        make_cell(50, 20, survey_year=2017, group_code="male", **groups),
        make_cell(80, 48, group_code="female", **groups),
        make_cell(20, 10, group_code="male", **groups),
    )
    questions = make_questions("q1", years=YEARS)
    pairs = compare_pairs(2018, (2016, 2017), "concept_q1")
    table = decompose_changes(cells, questions, 2018, pairs, group_kind="sex")
    assert table["survey_year_from"].tolist() == [2017]
    assert table["mix_part"].tolist() == [pytest.approx(0.045)]


def test_slope_index_of_a_straight_line() -> None:
    # Equal groups, scores on the line 0.5 + 0.2 ridit.
    ridit = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    found = slope_index([0.5 + 0.2 * ridit], [[10] * 5], [[0.01] * 5])
    assert found.slope[0] == pytest.approx(0.2)
    assert found.relative[0] == pytest.approx(0.7 / 0.5)


def test_an_empty_quintile_gives_no_index() -> None:
    groups = {"group_kind": "imd_quintile", "base_kind": "all_answers"}
    full = [make_cell(100, 50 + 5 * i, group_code=str(i), **groups) for i in range(1, 6)]
    empty = [
        make_cell(0 if i == 3 else 100, 0 if i == 3 else 50, group_code=str(i), level="trust", **groups)
        for i in range(1, 6)
    ]
    small = [make_cell(9, 5, group_code=str(i), level="ccg", **groups) for i in range(1, 6)]
    table = deprivation_indices(make_cells(*full, *empty, *small), make_questions("q1"), z=1.96, minimum_base=50)
    rows = table.set_index("level")
    assert rows["status"].to_dict() == {"national": "published", "trust": "no_answers", "ccg": "not_estimable"}
    assert rows.loc["national", "slope_index"] == pytest.approx(0.25)
    assert rows.loc[["trust", "ccg"], ["slope_index", "relative_index"]].isna().all(axis=None)
