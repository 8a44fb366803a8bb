"""The examples at true size, judged from their files alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from orchestration.examples import ExampleReturn, write_examples
from orchestration.registry import Registry
from orchestration.settings import Settings

from .scoring import ScoredReturn, seed_rows

pytestmark = pytest.mark.slow
RESPONDENTS = {2015: 71_186, 2016: 72_788, 2017: 69_072, 2018: 73_817}


@pytest.fixture(scope="module", params=RESPONDENTS)
def example(
    request: pytest.FixtureRequest, registry: Registry, tmp_path_factory: pytest.TempPathFactory
) -> ExampleReturn:
    home: Path = tmp_path_factory.mktemp("home")
    return write_examples(Settings(home=home, data_origin="synthetic"), registry, request.param)


@pytest.fixture(scope="module")
def full(example: ExampleReturn) -> ScoredReturn:
    return ScoredReturn(example.folder, example.survey_year)


def test_published_figures_come_out(full: ScoredReturn) -> None:
    everyone = np.ones(len(full.is_useable), dtype=bool)
    assert full.is_useable.sum() == RESPONDENTS[full.survey_year]
    for row in seed_rows("published_scores", full.survey_year):
        only = full.is_complete if row["base_kind"] == "case_mix_complete" else everyone
        score = full.score(row["question_id"], only)
        scale = 1 if row["question_id"] == "q59" else 100
        assert score.n_base == int(row["n_base"] or score.n_base)
        if row["base_kind"] == "case_mix_complete":
            # The nearest count there is; four printed decimals can be finer than one answer in 70,000.
            assert abs(score.value * scale - float(row["score"])) <= 0.5 * scale / score.n_base + 1e-9
        elif scale == 100:
            tenths = (2000 * score.total + score.n_base) // (2 * score.n_base)
            assert (tenths + 5) // 10 == int(row["score"])


def test_headline_inputs_print_as_published(full: ScoredReturn) -> None:
    printed = {2015: (54.7, 83.0, 65.9), 2018: (60.5, 86.5, 69.0)}
    scores = [full.score(question, full.is_complete).value for question in ("q22", "q20", "q57")]
    tenths = tuple(float(np.floor(1000 * score + 0.5)) / 10 for score in scores)
    assert tenths == printed.get(full.survey_year, tenths)
    everyone = np.ones(len(full.is_useable), dtype=bool)
    on_all_answers = round(100 * full.score("q22", everyone).value, 1)
    assert on_all_answers == {2018: 60.4}.get(full.survey_year, on_all_answers)


def test_every_method_has_work_to_do(full: ScoredReturn) -> None:
    reliable, cells, all_positive, hidden = 0, 0, 0, 0
    for question in full.questions:
        if question["question_kind"] != "scored":
            continue
        roles, codes = full.roles[question["question_id"]], full.answers[question["question_id"]]
        in_base = np.isin(codes, [code for code, role in roles.items() if role in ("positive", "negative")])
        is_positive = np.isin(codes, [code for code, role in roles.items() if role == "positive"])
        n_base, n_positive = (np.bincount(full.trust[chosen], minlength=145) for chosen in (in_base, is_positive))
        n_base, n_positive = n_base[n_base > 0], n_positive[n_base > 0]
        reliable += int((reliability(n_base, n_positive) >= 0.7).sum())
        cells += len(n_base)
        all_positive += int(((n_base == n_positive) & (n_base >= 30)).sum())
        hidden += int((n_base <= 20).sum())
    assert 0.18 < reliable / cells < 0.33
    assert all_positive >= 5
    assert hidden >= 60


def test_missing_covariates_are_concentrated(full: ScoredReturn) -> None:
    useable = full.is_useable
    size, lost = (np.bincount(full.trust[who], minlength=145) for who in (useable, useable & ~full.is_complete))
    assert lost.sum() / size.sum() == pytest.approx(0.006, abs=0.0003)
    assert 0.7 < (lost == 0).mean() < 0.85
    assert 0.8 < np.sort(lost)[-10:].sum() / lost.sum() < 0.95
    assert 0.15 < (lost / size).max() < 0.25
    assert len(size) == 145


def reliability(n_base: np.ndarray, n_positive: np.ndarray) -> np.ndarray:
    """T / (T + v) with the Paule-Mandel T of raw scores."""
    score, p0 = n_positive / n_base, n_positive.sum() / n_base.sum()
    v = p0 * (1 - p0) / n_base
    low, high = 0.0, 0.25
    for _ in range(50):
        weight = 1 / (v + (low + high) / 2)
        excess = (weight * (score - weight @ score / weight.sum()) ** 2).sum() - (len(score) - 1)
        low, high = ((low + high) / 2, high) if excess > 0 else (low, (low + high) / 2)
    return np.asarray(low / (low + v))
