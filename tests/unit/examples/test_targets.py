from __future__ import annotations

import numpy as np
import pytest

from orchestration.examples.draws import random_stream
from orchestration.examples.plan import plan_return
from orchestration.examples.targets import rating_counts, set_totals, whole
from orchestration.registry import Registry


@pytest.mark.parametrize(
    ("n_base", "mean"), [(70_518, 8.803766), (424, 8.79), (1, 3.0), (12, 0.0), (9, 10.0), (0, 0.0)]
)
def test_ratings_have_exactly_the_base_and_sum_wanted(n_base: int, mean: float) -> None:
    counts = rating_counts(n_base, whole(n_base * mean))
    assert counts.sum() == n_base
    assert counts @ np.arange(11) == whole(n_base * mean)
    assert (counts >= 0).all()


def test_ratings_keep_their_skew() -> None:
    counts = rating_counts(70_518, 620_824)
    ratings = np.arange(11)
    spread = np.sqrt(counts @ (ratings - 620_824 / 70_518) ** 2 / 70_518)
    assert 1.3 < spread < 1.45
    assert counts.argmax() == 10


def test_impossible_ratings_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot add up to 31"):
        rating_counts(3, 31)


@pytest.mark.parametrize("survey_year", [2015, 2016, 2017, 2018])
def test_totals_meet_the_published_scores(registry: Registry, survey_year: int) -> None:
    plan = plan_return(registry, survey_year, seed=1, calibrated=True, respondents=None)
    totals = set_totals(plan, random_stream(1, "totals"))
    for row in registry.published_scores_of(survey_year, "case_mix_complete"):
        kind = registry.question(survey_year, row.question_id).question_kind
        complete = totals[row.question_id].complete
        if row.n_base is not None:
            assert complete.n_base == row.n_base
        per_answer = 100 if kind == "scored" else 1
        # The nearest whole number: no other count is closer to the published score.
        assert abs(complete.n_positive - row.score * complete.n_base / per_answer) <= 0.5
    for row in registry.published_scores_of(survey_year, "all_answers"):
        complete, incomplete = totals[row.question_id].complete, totals[row.question_id].incomplete
        n_base, total = complete.n_base + incomplete.n_base, complete.n_positive + incomplete.n_positive
        assert n_base == row.n_base
        if registry.question(survey_year, row.question_id).question_kind == "scored":
            assert ((2000 * total + n_base) // (2 * n_base) + 5) // 10 == row.score
        else:
            assert round(total / n_base, row.decimals) == row.score


def test_questions_without_a_published_score_are_free(registry: Registry) -> None:
    plan = plan_return(registry, 2015, seed=1, calibrated=True, respondents=None)
    assert plan.uncalibrated_questions == ("q5", "q8", "q25")
    first, second = (set_totals(plan, random_stream(seed, "totals"))["q8"].complete for seed in (1, 2))
    assert first != second
    assert abs(first.n_positive / first.n_base - 0.77) < 0.05


def test_uncalibrated_years_differ_as_survey_years_do(registry: Registry) -> None:
    plan = plan_return(registry, 2018, seed=1, calibrated=False, respondents=None)
    assert 0.03 < plan.references.year_spread < 0.07  # logits: about one point at 80%
    draws = [set_totals(plan, random_stream(seed, "totals"))["q22"].complete for seed in range(60)]
    scores = np.array([draw.n_positive / draw.n_base for draw in draws])
    assert scores.mean() == pytest.approx(0.575, abs=0.008)
    assert 0.006 < scores.std() < 0.018
