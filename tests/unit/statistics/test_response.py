"""Item non-response, covariate loss, non-response weights, calibration, group differences."""

import numpy as np
import pandas as pd
import pytest

from orchestration.statistics.case_mix.calibration import CALIBRATION_COLUMNS, calibration_deciles
from orchestration.statistics.groups.group_differences import GROUP_COLUMNS, group_differences
from orchestration.statistics.response.item_non_response import covariate_loss, item_non_response
from orchestration.statistics.response.non_response_weights import weight_responses, weighted_scores
from tests.benchmarks.survey import draw_year
from tests.unit.statistics.policies import OWN
from tests.unit.statistics.tables import make_cell, make_cells, make_pattern, make_questions


def test_item_non_response() -> None:
    counts = pd.DataFrame({"question_id": ["q1", "q2", "q3"], "n_asked": [100, 0, 10], "n_missing": [4, 0, 10]})
    table = item_non_response(counts, OWN)
    np.testing.assert_array_equal(table["item_non_response_rate"], [0.04, np.nan, 1])
    assert table["ci_upper"][2] == 1
    with pytest.raises(ValueError, match="More answers missing"):
        item_non_response(counts.assign(n_missing=101), OWN)


def test_loss_by_organisation() -> None:
    trusts = [("A", 100, 100), ("B", 50, 41), ("C", 60, 59)]
    cells = make_cells(*[
        make_cell(n, 1, level="trust", organisation_code=code, base_kind=base)
        for code, whole, complete in trusts
        for base, n in (("all_answers", whole), ("case_mix_complete", complete))
    ])  # fmt: skip
    table = covariate_loss(cells).set_index("organisation_code")
    assert table["n_lost"].to_dict() == {"A": 0, "B": 9, "C": 1}
    assert table.loc["B", ["share_lost", "share_of_level"]].tolist() == [0.18, 0.9]


def sample(*rows: tuple[str, str, str, str | None, int, int]) -> pd.DataFrame:
    columns = ["age_group", "sex", "tumour_group", "imd_quintile", "n_eligible", "n_responded"]
    return pd.DataFrame(list(rows), columns=columns)


def test_weights_by_hand() -> None:
    weights = weight_responses(sample(
        ("65-74", "female", "breast", "1", 100, 40), ("65-74", "female", "breast", "5", 100, 80)
    ))  # fmt: skip
    # 2.5 and 1.25, of mean 200 / 120; rescaled to sum to 120.
    np.testing.assert_allclose(weights.cells["weight"], [1.5, 0.75])
    cv2 = (40 * 0.5**2 + 80 * 0.25**2) / 120
    assert weights.coefficient_of_variation == pytest.approx(np.sqrt(cv2))
    assert weights.design_effect == pytest.approx(1 + cv2)


def test_small_cells_are_merged_step_by_step() -> None:
    weights = weight_responses(sample(
        ("65-74", "female", "breast", "1", 90, 20), ("65-74", "female", "breast", "2", 30, 20),
        ("65-74", "female", "breast", "5", 100, 60),
        ("16-24", "female", "breast", "1", 9, 3), ("25-34", "female", "breast", "1", 81, 42),
        ("45-54", "female", "breast", None, 20, 17), ("35-44", "female", "breast", "3", 21, 13),
        ("75-84", "male", "lung", "3", 10, 2), ("85+", "female", "lung", "4", 10, 3),
        ("85+", "female", "sarcoma", "4", 7, 0),
    ))  # fmt: skip
    cells = weights.cells["weighting_cell"].tolist()
    assert cells[0] == cells[1] == "breast/65-74/female/any"
    assert cells[2] == "breast/65-74/female/5"
    assert cells[3] == cells[5] == cells[6] == "breast/under 65/female/any"
    assert cells[4] == "breast/25-34/female/1"
    assert cells[7] == cells[8] == "lung"
    assert weights.n_unrepresented == 7
    assert np.isnan(weights.cells["weight"].iloc[-1])
    used = weights.cells.dropna()
    assert (weights.cells["weight"] * weights.cells["n_responded"]).sum() == pytest.approx(180)
    assert (used["weight"] > 0).all()


def test_weights_are_trimmed() -> None:
    weights = weight_responses(sample(
        ("65-74", "female", "breast", "1", 10_000, 30), ("65-74", "female", "breast", "5", 1_000, 970)
    ))  # fmt: skip
    assert weights.cells["weight"].iloc[0] / weights.cells["weight"].iloc[1] < 10_000 / 30 / (1_000 / 970)
    with pytest.raises(ValueError, match="More responded"):
        weight_responses(sample(("65-74", "female", "breast", "1", 10, 30)))


def test_weighted_scores_and_their_error() -> None:
    weights = weight_responses(sample(
        ("65-74", "female", "breast", "1", 100, 40), ("65-74", "female", "breast", "5", 100, 80)
    ))  # fmt: skip
    patterns = pd.DataFrame([
        make_pattern("A", 40, 10, imd_quintile="1"), make_pattern("A", 80, 60, imd_quintile="5")
    ])  # fmt: skip
    row = weighted_scores(weights, patterns, ["q1"], n_respondents=1_200).iloc[0]
    assert row["score"] == pytest.approx(70 / 120)
    assert row["weighted_score"] == pytest.approx(0.5)
    assert row["people_moved"] == pytest.approx(-100)
    w = np.repeat([1.5, 1.5, 0.75, 0.75], [10, 30, 60, 20])
    y = np.repeat([1, 0, 1, 0], [10, 30, 60, 20])
    u = w * (y - 0.5) / 120 - (y - 70 / 120) / 120
    assert row["standard_error"] == pytest.approx(np.sqrt((u**2).sum()))
    assert row["design_effect"] == pytest.approx(weights.design_effect)


@pytest.fixture(scope="module")
def year() -> tuple[pd.DataFrame, pd.DataFrame]:
    return draw_year(seed=7, n_questions=2, n=8_000)


def test_calibration_adds_up(year: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    table = calibration_deciles(*year, ["trust"], OWN)
    assert list(table) == CALIBRATION_COLUMNS
    for _, rows in table.groupby(["question_id", "model"]):
        assert len(rows) == 10
        total = rows["n_respondents"].sum()
        assert (rows["n_respondents"] * rows["difference"]).sum() == pytest.approx(0, abs=1e-6 * total)
        assert rows["n_respondents"].max() < 0.12 * total
    assert table["z"].abs().median() < 2


def test_group_differences_without_other_covariates_are_crude() -> None:
    rows = [make_pattern("A", 100, 60), make_pattern("A", 100, 75, sex="male")]
    patterns = pd.DataFrame(rows)
    table = group_differences(patterns, make_questions("q1"), "trust", OWN, minimum_base=30)
    assert list(table) == GROUP_COLUMNS
    male = table[table["group_code"] == "male"].iloc[0]
    assert (male["difference"], male["adjusted_difference"]) == (pytest.approx(0.15), pytest.approx(0.15))
    assert male["adjusted_error"] == pytest.approx(np.sqrt(0.6 * 0.4 / 100 + 0.75 * 0.25 / 100), rel=1e-6)
    female = table[table["group_code"] == "female"].iloc[0]
    assert np.isnan(female["difference"])
    assert female["adjusted_score"] == pytest.approx(0.6)


def test_small_groups_have_no_difference() -> None:
    rows = [make_pattern("A", 100, 60), make_pattern("A", 12, 7, sex="male")]
    table = group_differences(pd.DataFrame(rows), make_questions("q1"), "trust", OWN, minimum_base=30)
    male = table[table["group_code"] == "male"].iloc[0]
    assert (male["status"], male["n_base"]) == ("not_estimable", 12)
    assert np.isnan(male["adjusted_score"])


def test_adjusted_differences_of_a_year(year: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    table = group_differences(*year, "trust", OWN, minimum_base=50, reference_groups={"sex": "male"})
    sexes = table[(table["group_kind"] == "sex") & (table["question_id"] == "q1")]
    assert set(sexes["reference_code"]) == {"male"}
    assert table.loc[table["status"] != "published", "score"].isna().all()
    shown = table[(table["status"] == "published") & table["difference"].notna()]
    assert ((shown["ci_lower"] <= shown["difference"]) & (shown["difference"] <= shown["ci_upper"])).all()
    assert len(set(table["question_id"])) == 3
