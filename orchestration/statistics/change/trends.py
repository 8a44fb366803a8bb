"""Trends over all comparable years up to a release, as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics.change import significance
from orchestration.statistics.change.year_on_year import COMPARABILITY_COLUMNS, complete_cells, flag_changes
from orchestration.statistics.policies import ChangePolicy
from orchestration.statistics.tables import require_columns

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

MINIMUM_YEARS = 3
KEYS = ["level", "organisation_code", "concept_id"]
TREND_COLUMNS = [
    "release_year",
    "level",
    "organisation_code",
    "question_id",
    "concept_id",
    "question_kind",
    "first_year",
    "last_year",
    "n_years",
    "score_first",
    "score_last",
    "slope",
    "standard_error",
    "ci_lower",
    "ci_upper",
    "z",
    "p_value",
    "p_adjusted",
    "is_significant",
    "direction",
    "status",
    "reason",
]


def _wide(cells: pd.DataFrame, column: str, rows: pd.DataFrame, years: list[int]) -> Floats:
    """One column of the cells as (rows, years), NaN where there is no cell."""
    grid = cells.pivot(index=KEYS, columns="survey_year", values=column)
    grid = grid.reindex(columns=years)
    return rows[KEYS].merge(grid.reset_index(), on=KEYS, how="left")[years].to_numpy(dtype=np.float64)


def _estimate(cells: pd.DataFrame, rows: pd.DataFrame, years: list[int]) -> tuple[significance.Trend, Floats, Floats]:
    """Trends of each row, its scores and its bases (rows, years)."""
    rating = (rows["question_kind"] == "rating").to_numpy(dtype=bool)
    n, x = _wide(cells, "n_base", rows, years), _wide(cells, "n_positive", rows, years)
    score, deviation = _wide(cells, "score", rows, years), _wide(cells, "deviation", rows, years)
    times = np.array(years, dtype=np.float64)
    shares = significance.trend_in_shares(x, n, times, MINIMUM_YEARS)
    error = deviation / np.sqrt(np.where(n > 0, n, np.nan))
    means = significance.trend_in_means(score, error, times, MINIMUM_YEARS)
    chosen = [
        np.where(rating, getattr(means, name), getattr(shares, name))
        for name in ("slope", "standard_error", "statistic", "p_value")
    ]
    carried = np.where(rating, means.n_years, shares.n_years)
    return significance.Trend(chosen[0], chosen[1], chosen[2], chosen[3], carried), score, n


def trends(
    cells: pd.DataFrame,
    questions: pd.DataFrame,
    release_year: int,
    policy: ChangePolicy,
    comparability: pd.DataFrame,
) -> pd.DataFrame:
    """Trend of every score of the release year over the years comparable with it, a row a cell of the release year.

    Shares: Cochran-Armitage; the rating: weighted slope (`change`), over at least three comparable, loaded years with
    answers. Multiplicity within level. A series never reaches across a discontinuity: only years whose comparison with
    the release year is `published` (or `not_loaded`, for want of data only) in `comparability` count.

    Arguments as of `year_on_year`. Returns TREND_COLUMNS: slope in share (points) a year, with limits slope -+ z se;
    status `published`, or `not_comparable` / `not_loaded` / `no_answers` with a reason and null numbers. Raises
    ValueError for a missing column.
    """
    import pandas as pd

    require_columns(comparability, "comparability", COMPARABILITY_COLUMNS)
    complete = complete_cells(cells, questions)
    rows = complete.loc[complete["survey_year"] == release_year, [*KEYS, "question_id", "question_kind"]]
    rows = rows.reset_index(drop=True)
    asked = comparability[
        (comparability["survey_year_to"] == release_year) & comparability["status"].isin(["published", "not_loaded"])
    ]
    allowed = asked[["survey_year_from", "concept_id"]].rename(columns={"survey_year_from": "survey_year"})
    own = rows[["concept_id"]].drop_duplicates().assign(survey_year=release_year)
    allowed = pd.concat([allowed, own], ignore_index=True).drop_duplicates()
    allowed = allowed.astype({"survey_year": complete["survey_year"].dtype})
    series = complete.merge(allowed, on=["survey_year", "concept_id"], how="inner")
    years = sorted({int(year) for year in series["survey_year"].unique()} | {release_year})
    trend, score, n = _estimate(series, rows, years)
    usable = (n > 0) & np.isfinite(score)
    # A series that ends before the release year is an old one: no trend of this release.
    ends_now = usable[:, years.index(release_year)]
    comparable, loaded = (
        rows["concept_id"].map(table.groupby("concept_id")["survey_year"].nunique()).to_numpy(dtype="int64")
        for table in (allowed, series)
    )
    table = rows.assign(
        release_year=release_year,
        **_ends(usable, score, years),
        n_years=trend.n_years,
        slope=np.where(ends_now, trend.slope, np.nan),
        standard_error=np.where(ends_now, trend.standard_error, np.nan),
        z=np.where(ends_now, trend.statistic, np.nan),
        p_value=np.where(ends_now, trend.p_value, np.nan),
    )
    half_width = policy.z_unadjusted * table["standard_error"]
    table = table.assign(ci_lower=table["slope"] - half_width, ci_upper=table["slope"] + half_width)
    table = table.assign(**_status(ends_now, trend.n_years, comparable, loaded))
    return flag_changes(table, ["level"], policy, estimate="slope")[TREND_COLUMNS]


def _ends(usable: NDArray[np.bool_], score: Floats, years: list[int]) -> dict[str, Floats]:
    """First and last year that carry a series, with their scores; NaN where none does."""
    some = usable.any(axis=1)
    first, last = usable.argmax(axis=1), len(years) - 1 - usable[:, ::-1].argmax(axis=1)
    times, row = np.array(years, dtype=np.float64), np.arange(len(usable))
    return {
        "first_year": np.where(some, times[first], np.nan),
        "last_year": np.where(some, times[last], np.nan),
        "score_first": np.where(some, score[row, first], np.nan),
        "score_last": np.where(some, score[row, last], np.nan),
    }


def _status(
    ends_now: NDArray[np.bool_], n_years: NDArray[np.int64], comparable: NDArray[Any], loaded: NDArray[Any]
) -> dict[str, NDArray[np.object_]]:
    """Why a row has no trend: too few comparable years, too few of them loaded, too few with answers, none now."""
    status = np.full(len(n_years), "published", dtype=object)
    reason = np.full(len(n_years), None, dtype=object)
    for rows, name, text in (
        (~ends_now, "no_answers", "no answers in the release year"),
        (n_years < MINIMUM_YEARS, "no_answers", "fewer than three years with answers"),
        (loaded < MINIMUM_YEARS, "not_loaded", "fewer than three comparable years are loaded"),
        (comparable < MINIMUM_YEARS, "not_comparable", "fewer than three comparable years"),
    ):
        status[rows], reason[rows] = name, text
    return {"status": status, "reason": reason}
