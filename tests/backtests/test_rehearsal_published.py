"""The return rebuilt from the real 2018 release has its bases, and prints its scores and limits."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from orchestration.registry import Registry, load_registry
from orchestration.rehearsal.reconstruct import ReconstructionSummary, write_reconstructed_return
from orchestration.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[2]
PUBLISHED = Path(
    os.environ.get("NCPES_PUBLISHED_RESULTS") or REPOSITORY.parent / "shared/data/ncpes2018/published_results.csv.gz"
)
Z = 1.959963985

pytestmark = [
    pytest.mark.published,
    pytest.mark.skipif(not PUBLISHED.is_file(), reason="the published 2018 results are not beside the repository"),
]


@pytest.fixture(scope="module")
def registry() -> Registry:
    return load_registry(REPOSITORY / "dbt_project" / "seeds")


@pytest.fixture(scope="module")
def summary(registry: Registry, tmp_path_factory: pytest.TempPathFactory) -> ReconstructionSummary:
    return write_reconstructed_return(Settings(home=tmp_path_factory.mktemp("home")), registry, PUBLISHED)


@pytest.fixture(scope="module")
def published() -> pd.DataFrame:
    """Unadjusted cells of trusts: base, score and limits, by trust, tumour group and question number."""
    rows = pd.read_csv(PUBLISHED, dtype={"code": str, "imd": str}, low_memory=False)
    rows = rows[(rows["level"] == "Trust") & (rows["kind"] == "unadjusted")]
    return rows.set_index(["code", "cancer", "question"])[["n", "score", "ci_lo", "ci_hi"]].sort_index()


@pytest.fixture(scope="module")
def recounted(summary: ReconstructionSummary, registry: Registry) -> pd.DataFrame:
    """Base, sum and sum of squares of every cell, counted from the files of the return alone."""
    year = summary.survey_year
    sample = pd.read_csv(summary.folder / f"sample_{year}.csv", dtype=str).set_index("PSID")
    answers = pd.read_csv(summary.folder / f"responses_{year}.csv", dtype=str).set_index("PSID").loc[sample.index]
    labels = {row.group_code: row.group_label for row in registry.groups("tumour_group")}
    codes = {code: registry.tumour_group_of_icd10(code) for code in sample["ICD10"].unique()}
    groups = sample["ICD10"].map(lambda code: labels[codes[code] or ""])
    counted = []
    for question in registry.questions_of(year):
        if not question.has_score:
            continue
        options = registry.options(year, question.question_id)
        scores = {str(row.option_code): 1.0 for row in options if row.role == "positive"}
        scores |= {str(row.option_code): 0.0 for row in options if row.role == "negative"}
        scores |= {str(row.option_code): float(row.option_code) for row in options if row.role == "rating"}
        score = answers[question.question_number].map(scores)
        for cancer in ("All Cancers", groups):
            values = pd.DataFrame({"code": sample["TRUST_CODE"], "cancer": cancer, "x": score, "squares": score**2})
            cells = values.groupby(["code", "cancer"]).agg(
                n_counted=("x", "count"), x=("x", "sum"), squares=("squares", "sum")
            )
            counted.append(cells.assign(question=question.question_number).set_index("question", append=True))
    cells = pd.concat(counted).astype("int64")
    return cells[cells["n_counted"] > 0]


@pytest.fixture(scope="module")
def cells(published: pd.DataFrame, recounted: pd.DataFrame) -> pd.DataFrame:
    """Published cells with what was counted; nothing counted is 0."""
    joined = published.join(recounted)
    return (
        joined.fillna({"n_counted": 0, "x": 0, "squares": 0}).astype({"x": "int64", "squares": "int64"}).reset_index()
    )


def half_up(values: pd.Series, decimals: int) -> pd.Series:
    return np.floor(values.round(9) * 10**decimals + 0.5) / 10**decimals


def test_every_table_is_solved(summary: ReconstructionSummary, published: pd.DataFrame) -> None:
    totals = published[published.index.get_level_values("cancer") == "All Cancers"]
    assert summary.n_tables == len(totals)
    assert summary.n_tables_without_score == totals["score"].isna().sum()
    assert summary.n_below_useable_minimum == 0
    percentages = totals[totals.index.get_level_values("question") != "Q59"]["score"].notna().sum()
    if summary.n_trusts == 73:
        # The half of the release that is at hand.
        assert (percentages, summary.n_tables) == (3699, 3796)


def test_every_base_is_the_published_one(cells: pd.DataFrame, recounted: pd.DataFrame) -> None:
    wrong = cells[cells["n"] != cells["n_counted"]]
    assert wrong.empty, wrong.head(20).to_string()
    # Nothing is counted beside the published cells.
    assert len(recounted) == (cells["n"] > 0).sum()


def test_every_percentage_prints_as_published(cells: pd.DataFrame) -> None:
    shown = cells[cells["score"].notna() & (cells["question"] != "Q59")]
    tenths = (2000 * shown["x"] + shown["n"]) // (2 * shown["n"])
    wrong = shown[(tenths + 5) // 10 != shown["score"]]
    assert wrong.empty, wrong.head(20).to_string()


def test_every_interval_of_a_percentage_prints_as_published(cells: pd.DataFrame) -> None:
    shown = cells[cells["ci_lo"].notna() & (cells["question"] != "Q59")]
    share, n = shown["x"] / shown["n"], shown["n"]
    half = Z * np.sqrt(share * (1 - share) / n + Z**2 / (4 * n**2))
    for limit, sign in (("ci_lo", -1), ("ci_hi", 1)):
        value = 100 * (share + Z**2 / (2 * n) + sign * half) / (1 + Z**2 / n)
        wrong = shown[(half_up(value.round(5), 1) - shown[limit]).abs() > 1e-6]
        assert wrong.empty, wrong.head(20).to_string()


def test_every_mean_rating_and_its_interval_print_as_published(cells: pd.DataFrame) -> None:
    shown = cells[cells["score"].notna() & (cells["question"] == "Q59")]
    hundredths = (200 * shown["x"] + shown["n"]) // (2 * shown["n"])
    wrong = shown[hundredths != (shown["score"] * 100).round()]
    assert wrong.empty, wrong.head(20).to_string()
    totals = shown[shown["ci_lo"].notna()]
    n, mean = totals["n"], totals["x"] / totals["n"]
    half = Z * np.sqrt((n * totals["squares"] - totals["x"] ** 2) / (n * (n - 1)) / n)
    for limit, sign in (("ci_lo", -1), ("ci_hi", 1)):
        wrong = totals[(half_up(mean + sign * half, 2) - totals[limit]).abs() > 1e-6]
        assert wrong.empty, wrong.head(20).to_string()
