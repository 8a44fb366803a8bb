"""Adjusted scores on small tables: edges, invariants, separation, the published fault."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from orchestration.statistics.case_mix.adjusted_scores import SCORE_COLUMNS, add_printed_scores, adjusted_scores
from orchestration.statistics.case_mix.diagnostics import COEFFICIENT_COLUMNS, DIAGNOSTIC_COLUMNS
from tests.benchmarks.survey import draw_year
from tests.unit.statistics.policies import NCPES_2018, NCPES_2018_DISPLAY, OWN
from tests.unit.statistics.tables import make_pattern, make_questions

QUESTIONS = make_questions("q1")


def adjust(*rows: dict[str, object], policy: object = OWN) -> pd.DataFrame:
    scores, _, _ = adjusted_scores(pd.DataFrame(list(rows)), QUESTIONS, ["trust"], policy)
    return scores.set_index("organisation_code")


@pytest.fixture(scope="module")
def year() -> tuple[pd.DataFrame, pd.DataFrame]:
    return draw_year(seed=5, n_questions=3, n=6_000)


def test_columns_are_the_documented_ones(year: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    scores, coefficients, diagnostics = adjusted_scores(*year, ["trust", "ccg", "alliance"], OWN)
    assert list(scores) == list(SCORE_COLUMNS)
    assert list(coefficients) == list(COEFFICIENT_COLUMNS)
    assert list(diagnostics) == list(DIAGNOSTIC_COLUMNS)
    assert set(scores["level"]) == {"trust", "ccg", "alliance"}
    assert diagnostics["is_converged"].all()
    shares = scores[scores["question_kind"] == "scored"]
    assert shares["adjusted_score"].between(0, 1).all()


def test_without_covariate_differences_adjusted_equals_observed() -> None:
    scores = adjust(make_pattern("A", 10, 4), make_pattern("B", 30, 27))
    np.testing.assert_allclose(scores["adjusted_score"], [0.4, 0.9], rtol=1e-12)
    assert scores["national_score"].tolist() == [31 / 40] * 2
    # se of a margin without covariates is that of a proportion.
    np.testing.assert_allclose(scores["standard_error"], np.sqrt([0.4 * 0.6 / 10, 0.9 * 0.1 / 30]), rtol=1e-9)
    np.testing.assert_allclose(scores["variance_ratio"], 1, rtol=1e-9)


def test_standardised_by_hand() -> None:
    # Two trusts, no interaction on the logit scale: odds A 1 and 3, B 3 and 9 for women and men.
    rows = [
        make_pattern("A", 40, 20), make_pattern("A", 40, 30, sex="male"),
        make_pattern("B", 40, 30), make_pattern("B", 80, 72, sex="male"),
    ]  # fmt: skip
    scores = adjust(*rows)
    women, men = 80 / 200, 120 / 200
    expected = [women * 0.5 + men * 0.75, women * 0.75 + men * 0.9]
    np.testing.assert_allclose(scores["adjusted_score"], expected, rtol=1e-12)


def test_unknown_covariates_as_a_category_of_their_own() -> None:
    rows = [make_pattern("A", 10, 4), make_pattern("A", 10, 9, ethnic_group=None), make_pattern("B", 20, 10)]
    complete = adjust(*rows).loc["A"]
    unknown = adjust(*rows, policy=replace(OWN, missing_covariate_rule="unknown_category")).loc["A"]
    assert (complete["n_base"], unknown["n_base"]) == (10, 20)
    assert complete["adjusted_score"] == pytest.approx(0.4)
    # 30 of 40 people are known (0.4), 10 unknown (0.9).
    assert unknown["adjusted_score"] == pytest.approx(0.75 * 0.4 + 0.25 * 0.9)


def test_one_organisation() -> None:
    scores = adjust(make_pattern("A", 10, 4), make_pattern("A", 10, 7, sex="male"))
    row = scores.loc["A"]
    assert row["adjusted_score"] == pytest.approx(0.55)
    assert (row["n_organisations"], row["tau2"], row["tau2_corrected"], row["band"]) == (1, 0, 0, "within")
    assert np.isnan(row["reliability"])


@pytest.mark.parametrize("code", ["AAA", "MMM", "ZZZ"])
def test_all_positive_gets_one_whichever_code_comes_first(code: str) -> None:
    rows = [make_pattern(code, 92, 92), make_pattern("BBB", 40, 20), make_pattern("CCC", 50, 45, sex="male")]
    rows += [make_pattern("BBB", 40, 30, sex="male"), make_pattern("CCC", 50, 40)]
    scores = adjust(*rows)
    assert scores.loc[code, "adjusted_score"] == 1.0
    assert scores.loc[code, "ci_upper"] == 1.0
    assert np.isnan(scores.loc[code, "standard_error"])
    assert "all_positive" in scores.loc[code, "flags"]
    others = adjust(*rows[1:]).loc[["BBB", "CCC"]]
    assert (scores.loc[["BBB", "CCC"], "adjusted_fe_margins"] > 0).all()
    assert set(others.index) == {"BBB", "CCC"}


def test_all_negative_gets_zero() -> None:
    scores = adjust(make_pattern("A", 5, 0), make_pattern("B", 40, 20), make_pattern("B", 40, 30, sex="male"))
    assert scores.loc["A", "adjusted_score"] == 0.0
    assert scores.loc["A", "ci_lower"] == 0.0
    assert scores.loc["A", "flags"].startswith("all_negative")


def test_published_fault_is_reproduced_where_asked_and_labelled() -> None:
    rows = [make_pattern("R0A", 40, 20), make_pattern("R0A", 40, 30, sex="male")]
    rows += [make_pattern("RE9", 92, 92), make_pattern("RXX", 60, 50)]
    faulty = adjust(*rows, policy=NCPES_2018)
    assert faulty.loc["RE9", "adjusted_score"] == faulty.loc["R0A", "adjusted_score"]
    assert faulty.loc["RE9", "flags"] == "all_positive|published_fault"
    assert "published_fault" not in "".join(faulty.loc[["R0A", "RXX"], "flags"])
    assert adjust(*rows).loc["RE9", "adjusted_score"] == 1.0


def test_everybody_positive() -> None:
    scores = adjust(make_pattern("A", 5, 5), make_pattern("B", 7, 7))
    assert scores["adjusted_score"].tolist() == [1, 1]
    assert scores["tau2"].tolist() == [0, 0]
    assert scores["expected_lower"].tolist() == [1, 1]
    assert scores["band"].tolist() == ["within", "within"]
    assert scores["reliability"].isna().all()


def test_an_organisation_without_covariates_is_not_estimable() -> None:
    rows = [make_pattern("A", 10, 4), make_pattern("B", 10, 6), make_pattern("C", 9, 3, ethnic_group=None)]
    organisations = pd.DataFrame({"survey_year": 2018, "level": "trust", "organisation_code": ["A", "B", "C"]})
    scores, _, _ = adjusted_scores(pd.DataFrame(rows), QUESTIONS, ["trust"], OWN, organisations=organisations)
    lost = scores.set_index("organisation_code").loc["C"]
    assert (lost["n_base"], lost["flags"]) == (0, "not_estimable")
    assert np.isnan(lost["adjusted_score"])


def test_nobody_with_covariates_is_no_error() -> None:
    organisations = pd.DataFrame({"survey_year": 2018, "level": "trust", "organisation_code": ["A"]})
    rows = pd.DataFrame([make_pattern("A", 9, 3, sex=None)])
    for patterns in (rows, rows.iloc[:0]):
        scores, coefficients, diagnostics = adjusted_scores(
            patterns, QUESTIONS, ["trust"], OWN, organisations=organisations
        )
        assert scores["flags"].tolist() == ["not_estimable"]
        assert (len(coefficients), len(diagnostics)) == (0, 0)


def test_unknown_category_keeps_people_without_a_covariate() -> None:
    rows = [make_pattern("A", 10, 4), make_pattern("A", 9, 3, sex=None), make_pattern("B", 10, 6)]
    policy = replace(OWN, missing_covariate_rule="unknown_category")
    assert adjust(*rows, policy=policy)["n_base"].tolist() == [19, 10]
    assert adjust(*rows)["n_base"].tolist() == [10, 10]


def test_people_without_an_organisation_count_for_the_nation_only() -> None:
    rows = [make_pattern("A", 10, 4), make_pattern("B", 20, 6), make_pattern("B", 10, 10, ccg_code=None)]
    rows[0]["ccg_code"] = "C2"
    scores, _, _ = adjusted_scores(pd.DataFrame(rows), QUESTIONS, ["ccg"], OWN)
    assert scores.set_index("organisation_code")["n_base"].to_dict() == {"C1": 20, "C2": 10}
    assert scores["national_score"].tolist() == [0.5, 0.5]


def test_a_one_sided_covariate_level_is_infinite_and_flagged() -> None:
    rows = [make_pattern(code, 40, 20 + 5 * i) for i, code in enumerate("ABC")]
    rows += [make_pattern(code, 4, 4, tumour_group="sarcoma") for code in "AB"]
    scores, coefficients, diagnostics = adjusted_scores(pd.DataFrame(rows), QUESTIONS, ["trust"], OWN)
    sarcoma = coefficients[(coefficients["group_code"] == "sarcoma") & (coefficients["model"] != "pooled")].iloc[0]
    assert (sarcoma["estimate_status"], sarcoma["coefficient"]) == ("infinite", np.inf)
    assert np.isnan(sarcoma["standard_error"])
    assert diagnostics["infinite_levels"].tolist() == ["tumour_group=sarcoma"]
    # Sarcoma patients (8 of 128) are certain, the rest as observed, in a trust without one too.
    adjusted = scores.set_index("organisation_code")["adjusted_score"]
    np.testing.assert_allclose(adjusted, [(120 * p + 8) / 128 for p in (0.5, 0.625, 0.75)], rtol=1e-12)


def test_separation_by_a_combination_ends_and_is_flagged() -> None:
    # Neither trust nor group is one-sided, but together they predict perfectly.
    rows = [make_pattern("A", 10, 10), make_pattern("A", 10, 3, sex="male")]
    rows += [make_pattern("B", 10, 5), make_pattern("B", 10, 0, sex="male")]
    scores, coefficients, diagnostics = adjusted_scores(pd.DataFrame(rows), QUESTIONS, ["trust"], OWN)
    row = diagnostics.iloc[0]
    assert (row["infinite_levels"], row["is_converged"]) == ("sex=male", True)
    # What is left uncertain: 3 of 10 and 5 of 10.
    assert row["deviance"] == pytest.approx(-2 * (3 * np.log(0.3) + 7 * np.log(0.7) + 10 * np.log(0.5)), rel=1e-9)
    male = coefficients[(coefficients["group_code"] == "male") & (coefficients["model"] == "organisation_effects")]
    assert male[["coefficient", "estimate_status"]].to_numpy().tolist() == [[-np.inf, "infinite"]]
    np.testing.assert_allclose(scores["adjusted_score"], [(1 + 0.3) / 2, (0.5 + 0) / 2], rtol=1e-9)


def test_an_aliased_level_is_dropped_and_named() -> None:
    # Every black patient is in trust B and B has no other: trust and group cannot be told apart.
    rows = [make_pattern("A", 20, 10), make_pattern("C", 20, 12), make_pattern("B", 20, 5, ethnic_group="black")]
    scores, coefficients, diagnostics = adjusted_scores(pd.DataFrame(rows), QUESTIONS, ["trust"], OWN)
    assert diagnostics["aliased_levels"].tolist() == ["ethnic_group=black"]
    assert "aliased" in coefficients["estimate_status"].tolist()
    flags = scores.set_index("organisation_code")["flags"]
    assert "poor_overlap" in flags["B"]


def test_permuting_codes_changes_no_adjusted_score(year: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    patterns, questions = year
    rng = np.random.default_rng(3)
    codes = sorted(patterns["trust_code"].unique())
    renamed = dict(zip(codes, rng.permutation(codes), strict=True))
    other = patterns.assign(trust_code=patterns["trust_code"].map(renamed))
    swap = {"female": "z", "male": "a"}
    other = other.assign(sex=other["sex"].map(swap)).sample(frac=1, random_state=1)
    before, _, _ = adjusted_scores(patterns, questions, ["trust"], OWN)
    after, _, _ = adjusted_scores(other, questions, ["trust"], OWN)
    before = before.assign(organisation_code=before["organisation_code"].map(renamed))
    joined = before.merge(after, on=["organisation_code", "question_id"])
    assert len(joined) == len(before)
    for column in ("adjusted_score", "standard_error", "expected_upper", "reliability", "shrunken_score"):
        np.testing.assert_allclose(joined[f"{column}_x"], joined[f"{column}_y"], rtol=1e-9, atol=1e-12)


def test_indirect_invariants(year: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    scores, _, _ = adjusted_scores(*year, ["trust", "ccg"], replace(OWN, method="indirect_additive"))
    for _, rows in scores[scores["question_kind"] == "scored"].groupby(["level", "question_id"]):
        n = rows["n_base"]
        assert (n * rows["expected_score"]).sum() == pytest.approx(rows["n_positive"].sum(), rel=1e-12)
        clipped = rows["flags"].str.contains("clipped").any()
        if not clipped:
            total = (n * rows["adjusted_score"]).sum()
            assert total == pytest.approx(n.sum() * rows["national_score"].iloc[0], rel=1e-12)


def test_indirect_scores_are_clipped_and_flagged() -> None:
    rows = [make_pattern("A", 10, 10, sex="male"), make_pattern("B", 90, 90), make_pattern("B", 90, 30, sex="male")]
    scores = adjust(*rows, policy=replace(OWN, method="indirect_ratio"))
    assert scores.loc["A", "adjusted_score"] == 1.0
    assert "clipped" in scores.loc["A", "flags"]


def test_forms_stand_beside_each_other(year: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    scores, _, _ = adjusted_scores(*year, ["trust"], OWN)
    rows = scores[scores["n_base"] > 20]
    np.testing.assert_allclose(rows["adjusted_fe_margins"], rows["adjusted_score"])
    assert (rows["adjusted_fe_margins"] - rows["adjusted_indirect_additive"]).abs().median() < 0.05


def test_policy_chooses_the_band(year: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    for form in ("published", "corrected"):
        scores, _, _ = adjusted_scores(*year, ["trust"], replace(OWN, over_dispersion=form))
        assert (scores["band"].fillna("") == scores[f"band_{form}"].fillna("")).all()
        np.testing.assert_array_equal(scores["expected_upper"], scores[f"expected_upper_{form}"])
    with pytest.raises(ValueError, match="over_dispersion is 'both'"):
        adjusted_scores(*year, ["trust"], replace(OWN, over_dispersion="both"))


def test_printed_adjusted_scores() -> None:
    scores = adjust(make_pattern("A", 200, 173), make_pattern("B", 30, 27)).reset_index()
    printed = add_printed_scores(scores, NCPES_2018_DISPLAY.values())
    assert printed["score_printed"].tolist() == [87, 90]


def test_errors_name_what_is_missing(year: tuple[pd.DataFrame, pd.DataFrame]) -> None:
    patterns, questions = year
    with pytest.raises(ValueError, match="p_q2"):
        adjusted_scores(patterns.drop(columns="p_q2"), questions, ["trust"], OWN)
    with pytest.raises(ValueError, match="region_code"):
        adjusted_scores(patterns, questions, ["region"], OWN)
    two = pd.concat([patterns, patterns.assign(survey_year=2017)])
    with pytest.raises(ValueError, match=r"\[2017, 2018\]"):
        adjusted_scores(two, questions, ["trust"], OWN)
