"""The checks that published aggregates allow, on the real tables of 2015 to 2018: none may raise a false alarm.

Known of those years are bases and printed scores by trust, CCG, alliance and nation on the complete base. Respondents
are stood in for by a row an answer to the question that most answered, with nothing but their trust; the spread of
ratings is that of 2018. So this tells of limits of movement and size, and of no check that needs answers or patients.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from expectations.context import CheckContext
from expectations.loader import Suite, load_suites
from expectations.results import CheckResult
from expectations.runner import run_checks
from orchestration.model_tables.change import movements_over_years
from orchestration.registry import load_registry
from orchestration.settings import PROJECT_ROOT

SHARED = PROJECT_ROOT.parent / "shared" / "data"
PUBLISHED = Path(os.environ.get("NCPES_PUBLISHED_RESULTS") or SHARED / "ncpes2018" / "published_results.csv.gz")
NATIONAL = SHARED / "national_scores_2015_2018.csv"
pytestmark = [
    pytest.mark.published,
    pytest.mark.skipif(
        not (PUBLISHED.is_file() and NATIONAL.is_file()), reason="the real published results are not here"
    ),
]

LEVELS = {"Trust": "trust", "CCG": "ccg", "Cancer Alliance": "alliance", "National": "national"}
RATING_DEVIATION = 1.45
YEARS = (2015, 2016, 2017, 2018)
COLUMNS = ["level", "code", "survey_year", "question", "n", "score"]
SEEDS_FOLDER = PROJECT_ROOT / "dbt_project" / "seeds"
SEEDS = ("survey_years", "questions", "response_options", "organisation_mergers")
CHECKED = {
    "staging/organisations": (
        *("staging_respondents_against_last_year", "staging_trust_size_against_last_year", "staging_trust_size_moved"),
        *("staging_trusts_vanished", "staging_trusts_appeared"),
    ),
    "marts/movement": None,  # every check of the suite
}


@pytest.fixture(scope="module")
def warehouse() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        for schema in ("registry", "intermediate", "marts"):
            connection.execute(f"create schema {schema}")
        for seed in SEEDS:
            path = (SEEDS_FOLDER / f"{seed}.csv").as_posix()
            connection.execute(f"create table registry.{seed} as from read_csv('{path}', header = true)")
        cells = published_cells()
        connection.execute("create table intermediate.int_question_cells as from cells")
        movements = movements_over_years(cells, load_registry(SEEDS_FOLDER), "actual")  # noqa: F841 - named below
        connection.execute("create table marts.fct_score_movements as from movements")
        connection.execute(
            """
            create table intermediate.int_responses as
            with sizes as (
                select survey_year, organisation_code as trust_code, max(n_base) as n_respondents
                from intermediate.int_question_cells where level = 'trust' group by 1, 2
            )
            select sizes.survey_year, sizes.trust_code, null as q1, unnest(range(sizes.n_respondents)) as respondent
            from sizes
            """
        )
        yield connection


def published_cells() -> pd.DataFrame:
    """Rows of int_question_cells on the complete base, as printed: positives to the nearest that the score allows."""
    rows = pd.read_csv(PUBLISHED, dtype={"code": str}, low_memory=False)
    rows = rows[(rows["kind"] == "yearonyear") & rows["level"].isin(LEVELS)]
    rows = rows.assign(level=rows["level"].map(LEVELS)).rename(columns={"year": "survey_year"})
    organisations = rows.loc[rows["level"] != "national", COLUMNS]
    rows = pd.concat([organisations, *(national_scores(year) for year in YEARS)])
    rows = rows.dropna(subset=["n", "score"]).astype({"n": "int64"})
    is_rating = rows["question"] == "Q59"
    total = (rows["n"] * rows["score"] / (1 + 99 * ~is_rating)).round().astype("Int64")
    squares = rows["n"] * rows["score"] ** 2 + (rows["n"] - 1) * RATING_DEVIATION**2
    return pd.DataFrame({
        "survey_year": rows["survey_year"],
        "level": rows["level"],
        "organisation_code": rows["code"],
        "group_kind": "all",
        "base_kind": "case_mix_complete",
        "question_id": rows["question"].str.lower(),
        "n_base": rows["n"],
        "n_positive": total.where(~is_rating),
        "rating_sum": total.where(is_rating),
        "rating_sum_squares": squares.round().astype("Int64").where(is_rating),
    })  # fmt: skip


def national_scores(year: int) -> pd.DataFrame:
    """The nation's scores of a year, more exact than printed; the rating in points."""
    table = pd.read_csv(NATIONAL)
    (score,) = [column for column in table.columns if column.startswith(f"score_{year}")]
    return pd.DataFrame({
        "level": "national", "code": "ENG", "survey_year": year,
        "question": table["question"], "n": table[f"n_{year}"], "score": table[score],
    })  # fmt: skip


def checked_suites() -> list[Suite]:
    wanted = [suite for suite in load_suites() if suite.name in CHECKED]
    return [
        replace(
            suite,
            checks=tuple(
                check for check in suite.checks if (names := CHECKED[suite.name]) is None or check.id in names
            ),
        )
        for suite in wanted
    ]


@pytest.mark.parametrize("year", [2016, 2017, 2018])
def test_no_critical_check_fails_on_a_real_year(warehouse: duckdb.DuckDBPyConnection, year: int) -> None:
    context = CheckContext(year, year, "actual", has_published_figures=False)
    results = run_checks(warehouse, checked_suites(), [context]).results
    assert [told(result) for result in results if result.status == "error"] == []
    assert [told(result) for result in results if result.has_failed and result.severity == "critical"] == []
    passed = [result for result in results if result.status == "pass"]
    assert len(passed) >= 8, "so few checks could be evaluated that their silence proves nothing"


def told(result: CheckResult) -> tuple[str, str, str]:
    return result.check_id, result.observed, result.message
