"""Change between survey years and trends, as tables: every organisation and question, with or without a number.

Belongs here: pairing cells over time by concept, tests, flags. Scores are raw, on the case-mix-complete base. What may
be compared is told by a table of comparability; a row that may not be carries the reason instead of numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from orchestration.statistics import intervals
from orchestration.statistics.change import significance
from orchestration.statistics.policies import CHANGE_RULES, ChangePolicy, require_choice
from orchestration.statistics.tables import numbers, require_columns

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

CELL_COLUMNS = [
    "survey_year",
    "level",
    "organisation_code",
    "group_kind",
    "question_id",
    "base_kind",
    "n_base",
    "n_positive",
    "rating_sum",
    "rating_sum_squares",
]
COMPARABILITY_COLUMNS = ["survey_year_from", "survey_year_to", "concept_id", "status", "reason"]
COUNTS = ["n_base", "n_positive", "rating_sum", "rating_sum_squares"]


def complete_cells(cells: pd.DataFrame, questions: pd.DataFrame) -> pd.DataFrame:
    """All-patient cells on the complete base, with concept and kind, score and standard deviation."""
    require_columns(cells, "int_question_cells", CELL_COLUMNS)
    require_columns(questions, "questions", ["survey_year", "question_id", "question_kind", "concept_id"])
    kept = cells.loc[(cells["base_kind"] == "case_mix_complete") & (cells["group_kind"] == "all"), CELL_COLUMNS]
    asked = questions.loc[questions["question_kind"].isin(["scored", "rating"])]
    asked = asked[["survey_year", "question_id", "question_kind", "concept_id"]]
    keys = ["survey_year", "question_id"]
    joined = kept.merge(asked.astype({"survey_year": kept["survey_year"].dtype}), on=keys, how="inner")
    n, x = numbers(joined, "n_base"), numbers(joined, "n_positive")
    s1, s2 = numbers(joined, "rating_sum"), numbers(joined, "rating_sum_squares")
    rating = (joined["question_kind"] == "rating").to_numpy(dtype=bool)
    score = np.where(rating, s1, x) / np.where(n > 0, n, np.nan)
    deviation = np.where(rating, intervals.standard_deviation(n, s1, s2), np.nan)
    return joined.assign(n_base=n, n_positive=x, rating_sum=s1, rating_sum_squares=s2, score=score, deviation=deviation)


def _pair_years(cells: pd.DataFrame, year_from: int, year_to: int) -> pd.DataFrame:
    """Every cell of `year_to` beside the cell of the same concept of `year_from` (suffix _from), if there is one."""
    keys = ["level", "organisation_code", "concept_id"]
    later = cells[cells["survey_year"] == year_to].drop(columns=["survey_year", "group_kind", "base_kind"])
    values = [*keys, *COUNTS, "score", "deviation"]
    earlier = cells.loc[cells["survey_year"] == year_from, values]
    return later.merge(earlier, on=keys, how="left", suffixes=("_to", "_from"))


def _test_pairs(pairs: pd.DataFrame, z: float) -> pd.DataFrame:
    """Difference, limits, statistic and p of each pair; rating by Welch, shares by the pooled score test."""
    from scipy.special import ndtr

    rating = (pairs["question_kind"] == "rating").to_numpy(dtype=bool)
    names = (*COUNTS, "score", "deviation")
    old, new = ({name: numbers(pairs, f"{name}_{end}") for name in names} for end in ("from", "to"))
    shares = significance.compare_shares(old["n_positive"], old["n_base"], new["n_positive"], new["n_base"])
    confidence = float(2 * ndtr(z) - 1)
    means = significance.compare_means(
        old["score"], old["deviation"], old["n_base"], new["score"], new["deviation"], new["n_base"], confidence
    )
    limits = intervals.newcombe_limits(old["score"], old["n_base"], new["score"], new["n_base"], z)
    return pairs.assign(
        difference=new["score"] - old["score"],
        ci_lower=np.where(rating, means.lower, limits[0]),
        ci_upper=np.where(rating, means.upper, limits[1]),
        z=np.where(rating, means.statistic, shares.statistic),
        p_value=np.where(rating, means.p_value, shares.p_value),
    )


def flag_changes(table: pd.DataFrame, family: list[str], policy: ChangePolicy, *, estimate: str) -> pd.DataFrame:
    """Adds p_adjusted, is_significant and direction (up, down, unchanged) to rows with p_value and z.

    `benjamini_hochberg`: p adjusted within each family, significant at the policy's rate. `fixed_z`: |z| beyond the
    threshold, p not adjusted. The nation is a family of its own because level is in every family. Rows without p: null.
    """
    rule = require_choice("change_rule", policy.change_rule, CHANGE_RULES)
    p, z, value = numbers(table, "p_value"), numbers(table, "z"), numbers(table, estimate)
    adjusted = p.copy()
    if rule == "benjamini_hochberg":
        for rows in table.reset_index(drop=True).groupby(family, sort=False, dropna=False).indices.values():
            adjusted[rows] = significance.adjust_benjamini_hochberg(p[rows])
        significant = adjusted <= policy.change_threshold
    else:
        significant = np.abs(z) > policy.change_threshold
    direction = np.where(significant, np.where(value > 0, "up", "down"), "unchanged").astype(object)
    tested = ~np.isnan(p)
    is_significant = significant.astype(object)
    is_significant[~tested], direction[~tested] = None, None
    return table.assign(p_adjusted=adjusted, is_significant=is_significant, direction=direction)


def _blank_where(table: pd.DataFrame, rows: NDArray[np.bool_], columns: list[str]) -> pd.DataFrame:
    """The same table without the numbers of `columns` in `rows`."""
    return table.assign(**{name: np.where(rows, np.nan, numbers(table, name)) for name in columns})


TEXT_COLUMNS = (
    "level",
    "organisation_code",
    "question_id",
    "concept_id",
    "question_kind",
    "is_significant",
    "direction",
    "status",
    "reason",
)
YEAR_ON_YEAR_COLUMNS = [
    "release_year",
    "level",
    "organisation_code",
    "question_id",
    "concept_id",
    "question_kind",
    "survey_year_from",
    "survey_year_to",
    "n_base_from",
    "n_base_to",
    "score_from",
    "score_to",
    "difference",
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


def year_on_year(
    cells: pd.DataFrame,
    questions: pd.DataFrame,
    release_year: int,
    policy: ChangePolicy,
    comparability: pd.DataFrame,
) -> pd.DataFrame:
    """Change of every score of the release year against each earlier year, a row a cell of the release x earlier year.

    Shares: pooled score test, hybrid score limits of the difference; the rating: Welch (`change`). Raw scores on the
    complete base of all patients. Multiplicity within level x pair of years (`flag_changes`).

    `cells`: int_question_cells of all loaded years. `questions`: the registry table. `comparability`:
    survey_year_from, survey_year_to, concept_id, status (published where comparable), reason; its pairs that end in
    `release_year` say which comparisons are made. Returns YEAR_ON_YEAR_COLUMNS, shares 0-1 (rating: points); status is
    that of comparability, `not_loaded` where the earlier year is not in `cells`, `no_answers` where either base is 0
    (an organisation without a predecessor of the same code has none). Numbers of the change are null unless the status
    is `published`. Raises ValueError for a missing column or where the release year is not in `cells`.
    """
    import pandas as pd

    require_columns(comparability, "comparability", COMPARABILITY_COLUMNS)
    complete = complete_cells(cells, questions)
    loaded = {int(year) for year in complete["survey_year"].unique()}
    if release_year not in loaded:
        raise ValueError(f"No complete-base cells of the release year {release_year}; loaded are {sorted(loaded)}.")
    asked = comparability[comparability["survey_year_to"] == release_year]
    parts = []
    for year_from in sorted({int(year) for year in asked["survey_year_from"]}):
        pairs = _pair_years(complete, year_from, release_year)
        verdict = asked.loc[asked["survey_year_from"] == year_from, ["concept_id", "status", "reason"]]
        pairs = pairs.merge(verdict, on="concept_id", how="left").assign(survey_year_from=year_from)
        parts.append(_settle_status(pairs, year_from, is_loaded=year_from in loaded))
    if not parts:
        # The first year has nothing to be compared with; a table without rows has types all the same.
        kinds = {name: object if name in TEXT_COLUMNS else np.float64 for name in YEAR_ON_YEAR_COLUMNS}
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})
    table = _test_pairs(pd.concat(parts, ignore_index=True), policy.z_unadjusted)
    hidden = (table["status"] != "published").to_numpy(dtype=bool)
    not_there = table["status"].isin(["not_comparable", "not_asked", "not_loaded"]).to_numpy(dtype=bool)
    table = _blank_where(table, hidden, ["difference", "ci_lower", "ci_upper", "z", "p_value"])
    table = _blank_where(table, not_there, ["n_base_from", "score_from"])
    table = table.assign(release_year=release_year, survey_year_to=release_year)
    table = flag_changes(table, ["level", "survey_year_from"], policy, estimate="difference")
    return table[YEAR_ON_YEAR_COLUMNS]


def _settle_status(pairs: pd.DataFrame, year_from: int, *, is_loaded: bool) -> pd.DataFrame:
    """Status and reason of each pair: comparability first, then whether the numbers are there."""
    status, reason = (np.array(pairs[name].to_numpy(dtype=object)) for name in ("status", "reason"))
    status[pairs["status"].isna().to_numpy()] = "not_comparable"
    reason[pairs["reason"].isna().to_numpy()] = None
    comparable = status == "published"
    if not is_loaded:
        status[comparable] = "not_loaded"
        reason[comparable] = f"{year_from} is not loaded"
    else:
        empty = comparable & ~((numbers(pairs, "n_base_from") > 0) & (numbers(pairs, "n_base_to") > 0))
        status[empty] = "no_answers"
        reason[empty] = "no answers in one of the two years"
    return pairs.assign(status=status, reason=reason)
