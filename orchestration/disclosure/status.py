"""The status of every kind of published row: shown, hidden, or why there is nothing to show.

Belongs here: the order in which rules decide, for each kind of table. Does not belong here: the rules themselves
(`suppression`), and why years may not be compared (the registry) or a series has no estimate (`statistics`): both come
in as a status and go before any base, because what was not computed hides nothing.

Every function returns status texts (seed `status_codes`) with the index of its table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from orchestration.disclosure.suppression import TABLE_COLUMNS, SuppressionPolicy, primary_flags, secondary_flags

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Mask = npt.NDArray[np.bool_]
    Persons = npt.NDArray[np.int64]

PUBLISHED = "published"
SUPPRESSED_PRIMARY = "suppressed_primary"
SUPPRESSED_SECONDARY = "suppressed_secondary"
NOT_ESTIMABLE = "not_estimable"
NO_ANSWERS = "no_answers"


def cell_status(cells: pd.DataFrame, policy: SuppressionPolicy) -> pd.Series[str]:
    """Status of the cells of a survey year, one row a cell in any order.

    `cells`: survey_year, level, organisation_code, group_kind, group_code, question_id, base_kind, n_base and, where
    some scores cannot be estimated, `score_is_estimable`. All groups of an organisation and question must be there at
    once: the secondary rule compares them. Raises ValueError for a missing column, a base that is null or negative, or
    a policy with an unknown rule.
    """
    _require(cells, [*TABLE_COLUMNS, "group_kind", "group_code", "n_base"])
    n = _bases(cells["n_base"])
    return _first_that_holds(
        cells.index,
        (NO_ANSWERS, n == 0),
        (SUPPRESSED_PRIMARY, primary_flags(n, policy)),
        (SUPPRESSED_SECONDARY, secondary_flags(cells, n, policy)),
        (NOT_ESTIMABLE, _not_estimable(cells.get("score_is_estimable"), len(cells))),
    )


def base_status(
    n_base: pd.Series[Any], is_estimable: pd.Series[bool] | None, policy: SuppressionPolicy
) -> pd.Series[str]:
    """Status of what is published without patient groups (adjusted scores), or never hidden by its neighbours.

    `n_base`: persons; null counts as none. `is_estimable`: false where the method gives no value; None: all are.
    """
    n = _persons(n_base)
    return _first_that_holds(
        n_base.index,
        (NO_ANSWERS, n == 0),
        (SUPPRESSED_PRIMARY, primary_flags(n, policy)),
        (NOT_ESTIMABLE, _not_estimable(is_estimable, len(n))),
    )


def option_status(options: pd.DataFrame, policy: SuppressionPolicy) -> pd.Series[str]:
    """Status of the response options of national questions of a survey year.

    One option with answers, but not more than the threshold, hides all options of its question, because options sum to
    the base. `options`: question_id, n_answers and n_base. Raises ValueError for a missing column.
    """
    _require(options, ["question_id", "n_answers", "n_base"])
    small = primary_flags(_persons(options["n_answers"]), policy)
    hides = options.assign(is_small=small).groupby("question_id")["is_small"].transform("any")
    empty = _persons(options["n_base"]) == 0
    return _first_that_holds(options.index, (NO_ANSWERS, empty), (SUPPRESSED_PRIMARY, hides.to_numpy(dtype=bool)))


def change_status(changes: pd.DataFrame, policies: Mapping[int, SuppressionPolicy]) -> pd.Series[str]:
    """Status of a change between two years: it is shown only if the scores of both are.

    `changes`: survey_year_from, survey_year_to, n_base_from, n_base_to, `comparability` (published, not_comparable,
    not_loaded, not_asked) and, where some changes cannot be estimated, `change_is_estimable`. `policies`: the policy
    of each survey year. Raises ValueError for a missing column, or where a compared year has no policy.
    """
    import numpy as np

    _require(changes, ["survey_year_from", "survey_year_to", "n_base_from", "n_base_to", "comparability"])
    is_compared = (changes["comparability"] == PUBLISHED).to_numpy(dtype=bool)
    small = np.zeros(len(changes), dtype=bool)
    empty = small.copy()
    for year, base in (("survey_year_from", "n_base_from"), ("survey_year_to", "n_base_to")):
        n = _persons(changes[base])
        empty |= n == 0
        small |= n <= _thresholds(changes[year], is_compared, policies)
    not_estimable = _not_estimable(changes.get("change_is_estimable"), len(changes))
    status = _first_that_holds(
        changes.index, (NO_ANSWERS, empty), (SUPPRESSED_PRIMARY, small), (NOT_ESTIMABLE, not_estimable)
    )
    return status.where(is_compared, changes["comparability"].astype("str"))


def trend_status(trends: pd.DataFrame, bases: pd.DataFrame, policy: SuppressionPolicy) -> pd.Series[str]:
    """Status of trends: a slope is made of every year's score, so that one hidden score in the series hides it.

    `trends`: level, organisation_code, concept_id, first_year, last_year and `status` (published, or why there is no
    trend). `bases`: n_base of every survey_year, level, organisation_code and concept_id; a year without answers is no
    part of a series. `policy`: that of the release year. Raises ValueError for a missing column.
    """
    keys = ["level", "organisation_code", "concept_id"]
    _require(trends, [*keys, "first_year", "last_year", "status"])
    _require(bases, [*keys, "survey_year", "n_base"])
    answered = bases.loc[bases["n_base"] > 0, [*keys, "survey_year", "n_base"]]
    spans = trends[[*keys, "first_year", "last_year"]].reset_index(names="trend")
    joined = spans.merge(answered, on=keys)
    within = joined[joined["survey_year"].between(joined["first_year"], joined["last_year"])]
    smallest = within.groupby("trend")["n_base"].min().reindex(trends.index)
    is_hidden = (trends["status"] == PUBLISHED) & (smallest <= policy.primary_threshold)
    return trends["status"].mask(is_hidden, SUPPRESSED_PRIMARY)


def _first_that_holds(index: pd.Index[Any], *rules: tuple[str, Mask]) -> pd.Series[str]:
    """Status by the first rule that holds, in order; `published` where none does."""
    import numpy as np
    import pandas as pd

    status = np.full(len(index), PUBLISHED, dtype=object)
    for name, holds in reversed(rules):
        status[holds] = name
    return pd.Series(status, index=index, dtype="str")


def _require(table: pd.DataFrame, columns: Sequence[str]) -> None:
    missing = [c for c in columns if c not in table.columns]
    if missing:
        has = ", ".join(map(str, table.columns))
        raise ValueError(f"suppression needs the columns {', '.join(missing)}; the table has {has}")


def _bases(base: pd.Series[Any]) -> Persons:
    import numpy as np

    if base.isna().any():
        raise ValueError(f"{int(base.isna().sum())} cells have no {base.name}; a cell without answers has base 0")
    n_base = base.to_numpy(dtype=np.int64)
    if (n_base < 0).any():
        raise ValueError(f"{int((n_base < 0).sum())} cells have a negative {base.name}")
    return n_base


def _persons(base: pd.Series[Any]) -> Persons:
    import numpy as np

    return base.fillna(0).to_numpy(dtype=np.int64)


def _not_estimable(is_estimable: pd.Series[bool] | None, n_rows: int) -> Mask:
    import numpy as np

    return np.zeros(n_rows, dtype=bool) if is_estimable is None else ~is_estimable.fillna(False).to_numpy(dtype=bool)


def _thresholds(years: pd.Series[Any], is_compared: Mask, policies: Mapping[int, SuppressionPolicy]) -> Persons:
    """Primary threshold of each compared row's year; 0 elsewhere."""
    import numpy as np

    of_rows = years.fillna(0).to_numpy(dtype=np.int64)
    out = np.zeros(len(of_rows), dtype=np.int64)
    for year in np.unique(of_rows[is_compared]).tolist():
        if year not in policies:
            raise ValueError(f"survey year {year} has no suppression policy: name one in seeds/survey_years.csv")
        out[of_rows == year] = policies[year].primary_threshold
    return out
