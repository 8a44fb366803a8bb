"""Which published cells are hidden, by a named policy, as flags with a reason; values are removed at the very end.

Belongs here: the rules of a policy, one function a rule. Does not belong here: thresholds (seed
`suppression_policies`), the removal of hidden values (the macro `measure` of the publication models), or the proof that
nothing hidden can be worked out (the audit).

The rules of policy `ncpes_2018` were recovered from the 2018 release and hold in every one of its tables: no score on a
base of 20 or fewer (the base stays printed); and within one organisation and question, if exactly one group has 1 to 20
answers while the score of all cancers is shown, the smallest group above 20 is hidden too, a tie going to the first
name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

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
SUPPRESSED = (SUPPRESSED_PRIMARY, SUPPRESSED_SECONDARY)

ONE_SMALL_GROUP = "one_small_group"
SECONDARY_RULES = (ONE_SMALL_GROUP, "none")
ALL_PATIENTS = "all"
# One table of the secondary rule: cells in which a hidden group could be had by subtracting the others from the total.
TABLE_COLUMNS = ("survey_year", "level", "organisation_code", "question_id", "base_kind")


class SuppressionPolicy(Protocol):
    """A row of the seed `suppression_policies`, as the registry reads it."""

    @property
    def policy_id(self) -> str:
        """Name of the policy."""

    @property
    def primary_threshold(self) -> int:
        """A score on this many answers or fewer is hidden."""

    @property
    def secondary_rule(self) -> str:
        """One of SECONDARY_RULES."""

    @property
    def secondary_group_kinds(self) -> tuple[str, ...]:
        """Kinds of patient group that the secondary rule looks at."""


def apply_suppression(cells: pd.DataFrame, policy: SuppressionPolicy, *, base: str = "n_base") -> pd.DataFrame:
    """Judge every cell: what is hidden, by which rule, and the status that is published.

    Args:
        cells: one row a cell, any order: survey_year, level, organisation_code, group_kind, group_code, question_id,
            base_kind, `base` (persons) and, where some scores cannot be estimated, `score_is_estimable` (bool).
            All groups of an organisation and question must be there at once: the secondary rule compares them.
        policy: the policy of the survey year.
        base: the column holding the base.

    Returns:
        A frame with the index of `cells`: `is_no_answers`, `is_suppressed_primary`, `is_suppressed_secondary` (bool)
        and `status` (text, the public vocabulary).

    Raises:
        ValueError: a column is missing, a base is null or negative, or the policy names an unknown rule.
    """
    import pandas as pd

    _require(cells, [*TABLE_COLUMNS, "group_kind", "group_code", base])
    n_base = _bases(cells[base])
    flags = {
        "is_no_answers": n_base == 0,
        "is_suppressed_primary": primary_flags(n_base, policy),
        "is_suppressed_secondary": secondary_flags(cells, n_base, policy),
    }
    estimable = _estimable(cells.get("score_is_estimable"), len(cells))
    status = _first_that_holds(
        len(cells), zip((NO_ANSWERS, *SUPPRESSED), flags.values(), strict=True), NOT_ESTIMABLE, ~estimable
    )
    return pd.DataFrame({**flags, "status": pd.Series(status, index=cells.index, dtype="str")}, index=cells.index)


def primary_flags(n_base: Persons, policy: SuppressionPolicy) -> Mask:
    """Cells with at least one answer and at most as many as the threshold."""
    return (n_base >= 1) & (n_base <= policy.primary_threshold)


def secondary_flags(cells: pd.DataFrame, n_base: Persons, policy: SuppressionPolicy) -> Mask:
    """Cells hidden so that the one small group beside them cannot be had by subtraction.

    In each organisation, question and base kind, for each group kind of the policy: exactly one group with 1 to
    threshold answers, and the score of all patients shown: the smallest group above the threshold; of equal ones the
    first by code, which is the first by name (tumour group codes and names sort alike).
    """
    import numpy as np

    if policy.secondary_rule not in SECONDARY_RULES:
        raise ValueError(
            f"suppression policy {policy.policy_id}: secondary_rule {policy.secondary_rule!r} is not one of "
            f"{', '.join(SECONDARY_RULES)}; correct seeds/suppression_policies.csv"
        )
    hidden = np.zeros(len(cells), dtype=bool)
    if policy.secondary_rule != ONE_SMALL_GROUP or not len(cells):
        return hidden
    kinds = cells["group_kind"].to_numpy(dtype=object)
    is_small, is_large = primary_flags(n_base, policy), n_base > policy.primary_threshold
    table, n_tables = _table_numbers(cells)
    total_shown = np.bincount(table[(kinds == ALL_PATIENTS) & is_large], minlength=n_tables) > 0
    for kind in policy.secondary_group_kinds:
        of_kind = kinds == kind
        exposed = total_shown & (np.bincount(table[of_kind & is_small], minlength=n_tables) == 1)
        rows = np.flatnonzero(of_kind & is_large & exposed[table])
        _, code_rank = np.unique(cells["group_code"].to_numpy(dtype=object)[rows], return_inverse=True)
        order = np.lexsort((code_rank, n_base[rows], table[rows]))
        _, first = np.unique(table[rows][order], return_index=True)
        hidden[rows[order][first]] = True
    return hidden


def base_status(
    n_base: pd.Series[Any], is_estimable: pd.Series[bool] | None, policy: SuppressionPolicy
) -> pd.Series[str]:
    """Status of what is published without patient groups (adjusted scores), or never hidden by its neighbours.

    Args:
        n_base: persons; null counts as none.
        is_estimable: false where the method gives no value; None: all are.
        policy: the policy of the survey year.

    Returns:
        Status texts with the index of `n_base`.
    """
    import numpy as np
    import pandas as pd

    n = n_base.fillna(0).to_numpy(dtype=np.int64)
    rules = [(NO_ANSWERS, n == 0), (SUPPRESSED_PRIMARY, primary_flags(n, policy))]
    status = _first_that_holds(len(n), rules, NOT_ESTIMABLE, ~_estimable(is_estimable, len(n)))
    return pd.Series(status, index=n_base.index, dtype="str")


def change_status(changes: pd.DataFrame, policies: Mapping[int, SuppressionPolicy]) -> pd.Series[str]:
    """Status of a change between two years: it is shown only if the scores of both are.

    Args:
        changes: survey_year_from, survey_year_to, n_base_from, n_base_to, `comparability` (published, not_comparable,
            not_loaded, not_asked), which goes before any base: what was not compared hides nothing; and, where some
            changes cannot be estimated, `change_is_estimable`.
        policies: the policy of each survey year.

    Returns:
        Status texts with the index of `changes`.

    Raises:
        ValueError: a column is missing, or a compared year has no policy.
    """
    import numpy as np
    import pandas as pd

    _require(changes, ["survey_year_from", "survey_year_to", "n_base_from", "n_base_to", "comparability"])
    is_compared = (changes["comparability"] == PUBLISHED).to_numpy(dtype=bool)
    status = changes["comparability"].astype("str").to_numpy(dtype=object, copy=True)
    small = np.zeros(len(changes), dtype=bool)
    empty = small.copy()
    for year, base in (("survey_year_from", "n_base_from"), ("survey_year_to", "n_base_to")):
        n = changes[base].fillna(0).to_numpy(dtype=np.int64)
        empty |= n == 0
        small |= n <= _thresholds(changes[year], is_compared, policies)
    estimable = _estimable(changes.get("change_is_estimable"), len(changes))
    judged = _first_that_holds(
        len(changes), [(NO_ANSWERS, empty), (SUPPRESSED_PRIMARY, small)], NOT_ESTIMABLE, ~estimable
    )
    status[is_compared] = judged[is_compared]
    return pd.Series(status, index=changes.index, dtype="str")


def _first_that_holds(
    n_rows: int, rules: Iterable[tuple[str, Mask]], last_status: str, last: Mask
) -> npt.NDArray[np.object_]:
    """Status by the first rule that holds, in order; `published` where none does."""
    import numpy as np

    status = np.full(n_rows, PUBLISHED, dtype=object)
    for name, holds in reversed([*rules, (last_status, last)]):
        status[holds] = name
    return status


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


def _estimable(flags: pd.Series[bool] | None, n_rows: int) -> Mask:
    import numpy as np

    return np.ones(n_rows, dtype=bool) if flags is None else flags.fillna(False).to_numpy(dtype=bool)


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


def _table_numbers(cells: pd.DataFrame) -> tuple[npt.NDArray[np.int64], int]:
    """A number for each organisation, question and base kind: factorised by column, faster than a group-by on text."""
    import numpy as np
    import pandas as pd

    number = np.zeros(len(cells), dtype=np.int64)
    for column in TABLE_COLUMNS:
        codes, values = pd.factorize(cells[column])
        number = number * len(values) + codes
    codes, used = pd.factorize(number)
    return codes.astype(np.int64), len(used)
