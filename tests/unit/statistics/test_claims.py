"""Headline claims: the published arithmetic, the other methods, verdicts, sentences, missing years."""

import json

import numpy as np
import pandas as pd
import pytest

from orchestration.statistics.claims.headline_claims import CLAIM_COLUMNS, headline_claims
from tests.unit.statistics.tables import make_cell, make_cells, make_questions

YEARS = (2015, 2016, 2017, 2018)
RESPONDENTS = {2015: 71_186, 2016: 72_788, 2017: 69_072, 2018: 73_817}
SURVEY_YEARS = pd.DataFrame({
    "survey_year": list(RESPONDENTS),
    "n_respondents_published": list(RESPONDENTS.values()),
    "is_trend_comparable": True,
})  # fmt: skip
QUESTIONS = make_questions("q20", "q22", "q57", "q59", years=YEARS)
# One-decimal scores and complete bases of 2015 and 2018, with the published count.
PUBLISHED = {
    "q22": (36_717, 54.7, 36_703, 60.5, 5_721, 1_439.157, 4_281.386, (1_591.755, 4_128.788)),
    "q20": (51_656, 83.0, 55_352, 86.5, 4_767, 2_183.730, 2_583.595, (2_275.815, 2_491.510)),
    "q57": (68_481, 65.9, 71_067, 69.0, 4_022, 1_733.829, 2_288.327, (1_815.390, 2_206.766)),
}


def claim(kind: str, question: str, **values: object) -> dict[str, object]:
    row = {
        "claim_id": f"{kind}_{question}", "release_year": 2018, "claim_kind": kind, "question_id": question,
        "base_year": 2015 if kind == "more_patients" else None, "base_kind": "case_mix_complete",
        "multiplier": "all_respondents" if kind == "more_patients" else None, "score_decimals": 1,
        "published_value": None, "sentence": "{value}",
    }  # fmt: skip
    return row | values


def compute(cells: pd.DataFrame, *claims: dict[str, object], **options: object) -> pd.DataFrame:
    return headline_claims(cells, pd.DataFrame(list(claims)), SURVEY_YEARS, QUESTIONS, 2018, **options)


def support_cells(question: str) -> pd.DataFrame:
    n15, p15, n18, p18 = PUBLISHED[question][:4]
    return make_cells(
        make_cell(n15, round(n15 * p15 / 100), survey_year=2015, question_id=question),
        make_cell(n18, round(n18 * p18 / 100), question_id=question),
    )


def rating_cells(*means: float, n: int = 1000) -> pd.DataFrame:
    return make_cells(*[
        make_cell(n, round(mean * n), round((mean**2 + 2) * n), survey_year=year)
        for year, mean in zip(YEARS[-len(means):], means, strict=True)
    ])  # fmt: skip


@pytest.mark.parametrize("question", list(PUBLISHED))
def test_published_counts_and_both_decompositions(question: str) -> None:
    *_, published, growth, improvement, other = PUBLISHED[question]
    table = compute(support_cells(question), claim("more_patients", question, published_value=published))
    row = table[table["is_published_method"]].iloc[0]
    assert row["value_printed"] == published
    assert row["holds"]
    assert row["value"] == pytest.approx(growth + improvement)
    assert (row["growth_part"], row["improvement_part"]) == (pytest.approx(growth), pytest.approx(improvement))
    found = (row["growth_part_other_order"], row["improvement_part_other_order"])
    assert found == (pytest.approx(other[0]), pytest.approx(other[1]))
    assert row["growth_part_printed"] + row["improvement_part_printed"] == published
    assert row["parts_add_up"]
    assert row["ci_lower"] < published < row["ci_upper"]
    assert json.loads(row["inputs"])["score_to"] == PUBLISHED[question][3] / 100


def test_every_other_method_stands_beside() -> None:
    table = compute(support_cells("q22"), claim("more_patients", "q22", published_value=5_721))
    rows = table.set_index("method")
    n15, _, n18, _ = PUBLISHED["q22"][:4]
    positives = round(n18 * 0.605) - round(n15 * 0.547)
    assert rows.loc["difference_of_positives", "value"] == pytest.approx(positives)
    change = round(n18 * 0.605) / n18 - round(n15 * 0.547) / n15
    assert rows.loc["point_change_x_base", "value"] == pytest.approx(change * n18)
    assert not rows.loc["difference_of_positives", "holds"]
    assert list(table.columns) == CLAIM_COLUMNS
    assert table["is_published_method"].sum() == 1


def test_the_other_base_is_a_sensitivity() -> None:
    cells = support_cells("q22")
    table = compute(pd.concat([cells, cells.assign(base_kind="all_answers")]), claim("more_patients", "q22"))
    assert "rounded_scores_x_respondents_all_answers" in set(table["method"])


def test_loaded_respondents_come_before_published_ones() -> None:
    cells = support_cells("q22")
    table = compute(cells, claim("more_patients", "q22"), n_respondents={2015: 1000, 2018: 1000})
    row = table[table["is_published_method"]].iloc[0]
    assert (row["value"], row["growth_part"]) == (pytest.approx(58), pytest.approx(0))
    assert json.loads(row["inputs"])["respondents_source"] == "loaded"


def test_published_parts_must_add_up_to_the_published_total() -> None:
    for improvement, fine in ((4_281, False), (4_282, True)):
        parts = {"published_growth_part": 1_439, "published_improvement_part": improvement}
        table = compute(support_cells("q22"), claim("more_patients", "q22", published_value=5_721, **parts))
        assert bool(table["parts_add_up"][0]) is fine


def test_a_wrong_number_does_not_hold() -> None:
    table = compute(support_cells("q22"), claim("more_patients", "q22", published_value=5_722))
    assert not table[table["is_published_method"]].iloc[0]["holds"]


@pytest.mark.parametrize(
    ("means", "decimals", "verdict", "holds", "words"),
    [
        ((8.70, 8.74, 8.796, 8.804), 2, "joint", True, "a joint record high"),
        ((8.70, 8.74, 8.796, 8.806), 2, "higher", True, "a record high"),
        ((8.70, 8.74, 8.83, 8.80), 2, "lower", False, "not a record high"),
        ((8.70, 8.74, 8.83, 8.80), 1, "joint", True, "a joint record high"),
    ],
)
def test_record_high_has_three_values(
    means: tuple[float, ...], decimals: int, verdict: str, holds: bool, words: str
) -> None:
    table = compute(rating_cells(*means), claim("record_high", "q59", score_decimals=decimals))
    row = table[table["is_published_method"]].iloc[0]
    assert (row["verdict"], row["holds"], row["sentence"]) == (verdict, holds, words)
    exact = table[~table["is_published_method"]].iloc[0]
    assert exact["verdict"] == ("higher" if means[3] > means[2] else "lower")
    assert exact["ci_lower"] < exact["value"] < exact["ci_upper"]


def test_mean_rating() -> None:
    row = compute(rating_cells(8.804), claim("mean_rating", "q59", published_value=8.8)).iloc[0]
    assert (row["value"], row["value_printed"], row["holds"], row["sentence"]) == (8.8, 8.8, True, "8.8")


def test_sentences_are_rendered() -> None:
    sentence = "{value} more than in {base_year}: {growth_part} by growth and {improvement_part} by better scores"
    table = compute(support_cells("q22"), claim("more_patients", "q22", sentence=sentence))
    assert table["sentence"][0] == "5,721 more than in 2015: 1,439 by growth and 4,282 by better scores"
    with pytest.raises(ValueError, match="the sentence asks for 'year'"):
        compute(support_cells("q22"), claim("more_patients", "q22", sentence="{value} since {year}"))


def test_missing_years_give_a_status_and_no_number() -> None:
    cells = support_cells("q22")
    cells = pd.concat([cells[cells["survey_year"] == 2018], rating_cells(8.80)])
    table = compute(cells, claim("more_patients", "q22"), claim("record_high", "q59"), claim("mean_rating", "q59"))
    rows = table.drop_duplicates("claim_id").set_index("claim_id")
    assert rows["status"].tolist() == ["not_loaded", "not_loaded", "published"]
    assert rows.loc["more_patients_q22", "reason"] == "2015 not loaded"
    methods = rows["method"].tolist()
    assert methods == ["rounded_scores_x_respondents", "printed_comparison", "rounded_mean"]
    assert (
        rows.loc[["more_patients_q22", "record_high_q59"], ["value", "growth_part", "ci_lower"]].isna().all(axis=None)
    )
    empty = make_cells(make_cell(0, 0, survey_year=2015, question_id="q22"), make_cell(9, 5, question_id="q22"))
    assert compute(empty, claim("more_patients", "q22"))["status"].tolist() == ["no_answers"]


def test_nothing_to_compare_with() -> None:
    first = QUESTIONS.assign(first_comparable_year=2018)
    table = headline_claims(
        rating_cells(8.7, 8.8), pd.DataFrame([claim("record_high", "q59")]), SURVEY_YEARS, first, 2018
    )
    assert table["status"].tolist() == ["not_comparable"]


def test_claims_that_cannot_be_read_are_refused() -> None:
    for wrong, message in (
        ({"claim_kind": "most_patients"}, "claim_kind 'most_patients'"),
        ({"multiplier": "everybody"}, "multiplier 'everybody'"),
        ({"base_year": None}, "needs a base_year"),
    ):
        with pytest.raises(ValueError, match=message):
            compute(support_cells("q22"), claim("more_patients", "q22") | wrong)


def test_no_claims() -> None:
    claims = pd.DataFrame([claim("mean_rating", "q59", release_year=2017)])
    table = headline_claims(rating_cells(8.8), claims, SURVEY_YEARS, QUESTIONS, 2018)
    assert (len(table), list(table)) == (0, CLAIM_COLUMNS)
    assert table["value"].dtype == np.float64
