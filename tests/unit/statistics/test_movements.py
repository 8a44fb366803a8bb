"""Movements of scores: what is usual between years, edges by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from orchestration.statistics.change.movements import MOVEMENT_COLUMNS, USUAL_VARIANCE, score_movements
from tests.unit.statistics.tables import make_cell, make_cells, make_questions

YEARS = (2015, 2016, 2017, 2018)


def history(*positives: int, organisation: str = "ENG", level: str = "national", question: str = "q1") -> list[dict]:
    place = {"organisation_code": organisation, "level": level, "question_id": question}
    return [make_cell(1000, x, survey_year=year, **place) for year, x in zip(YEARS, positives, strict=False)]


def move(*cells: dict, questions: pd.DataFrame | None = None) -> pd.DataFrame:
    asked = make_questions("q1", "q59", years=YEARS) if questions is None else questions
    return score_movements(make_cells(*cells), asked)


def test_the_first_pair_of_years_has_the_usual_variance_between_years() -> None:
    table = move(*history(700, 760))
    assert list(table) == MOVEMENT_COLUMNS
    row = table.iloc[0]
    assert (row["survey_year"], row["n_base"]) == (2016, 1000)
    assert row["difference"] == pytest.approx(0.06)
    sampling = (700.5 * 300.5 + 760.5 * 240.5) / 1001**2 / 1000
    assert row["sampling_variance"] == pytest.approx(sampling)
    assert row["between_variance"] == USUAL_VARIANCE["scored"]
    assert row["limit_upper"] == pytest.approx(3.09 * np.sqrt(sampling + 1.6e-4))
    assert row["z"] == pytest.approx(0.06 / np.sqrt(sampling + 1.6e-4))


def test_earlier_years_tell_what_is_usual_and_a_year_is_not_in_its_own_limit() -> None:
    table = move(*history(700, 800, 700, 100)).set_index("survey_year")
    excess = table["difference"] ** 2 - table["sampling_variance"]
    assert table.loc[2017, "between_variance"] == pytest.approx(excess[2016])
    assert table.loc[2018, "between_variance"] == pytest.approx(excess[[2016, 2017]].mean())


def test_a_level_without_a_past_takes_that_of_the_nation_and_a_quiet_past_is_no_negative_variance() -> None:
    nation = history(700, 701, 702)
    trust = [cell | {"level": "trust", "organisation_code": "RAA"} for cell in nation[1:]]
    table = move(*nation, *trust).set_index(["survey_year", "level"])["between_variance"]
    assert table[2017, "national"] == 0
    assert table[2017, "trust"] == 0


def test_a_restless_question_has_its_own_variance_where_enough_changes_tell_it() -> None:
    def trusts(number: int) -> list[dict]:
        codes = [f"R{i:02}" for i in range(number)]
        calm = [cell for code in codes for cell in history(700, 700, 700, organisation=code, level="trust")]
        restless = history(500, 700, 500)
        moved = [
            cell | {"organisation_code": code, "level": "trust", "question_id": "q2"}
            for code in codes
            for cell in restless
        ]
        return calm + moved

    questions = make_questions("q1", "q2", years=YEARS)
    for number, has_own in ((20, True), (19, False)):
        table = move(*trusts(number), questions=questions)
        last = table[table["survey_year"] == 2017].groupby("question_id")["between_variance"].first()
        assert (last["q2"] > last["q1"]) == has_own


def test_no_movement_across_a_break_a_gap_of_years_or_on_one_answer() -> None:
    broken = make_questions("q1", years=YEARS).assign(first_comparable_year=[2015, 2016, 2015, 2015])
    assert move(*history(700, 700, 700), questions=broken)["survey_year"].tolist() == [2017]
    first, _, last = history(700, 700, 700)
    assert move(first, last).empty
    assert move(make_cell(1, 1, survey_year=2017), make_cell(900, 800, survey_year=2018)).empty


def test_the_variance_of_the_rating_is_its_mean_square_deviation() -> None:
    cells = [make_cell(100, 800, 6500, survey_year=year) for year in (2017, 2018)]
    (variance,) = move(*cells)["sampling_variance"]
    assert variance == pytest.approx(2 * (65 - 64) / 100)


def test_p_is_adjusted_within_year_and_level() -> None:
    trusts = [cell for i in range(4) for cell in history(700, 700 + 30 * i, organisation=f"R{i}", level="trust")]
    table = move(*history(700, 790), *trusts)
    nation, trust = (table[table["level"] == level] for level in ("national", "trust"))
    assert nation["p_adjusted"].tolist() == nation["p_value"].tolist()
    assert trust["p_adjusted"].min() == pytest.approx(4 * trust["p_value"].min())
