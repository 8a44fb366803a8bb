"""Which cells are hidden by a named policy, as flags: one function a rule.

Does not belong here: thresholds (seed `suppression_policies`), the status of a row (`status`), the removal of hidden
values (the macro `measure` of the publication models), or a proof that nothing hidden can be worked out.

The rules of policy `ncpes_2018` were recovered from the 2018 release and hold in every one of its tables:
no score on a base of 20 or fewer (the base stays printed); and within one organisation and question, if
exactly one group has 1 to 20 answers while the score of all cancers is shown, the smallest group above 20 is hidden
too, a tie going to the first name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    import pandas as pd

    Mask = npt.NDArray[np.bool_]
    Persons = npt.NDArray[np.int64]

ONE_SMALL_GROUP = "one_small_group"
SECONDARY_RULES = (ONE_SMALL_GROUP, "none")
ALL_PATIENTS = "all"
# One table of the secondary rule: cells in which a hidden group follows by subtracting the others from the total.
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


def primary_flags(n_base: Persons, policy: SuppressionPolicy) -> Mask:
    """Cells with at least one answer and at most as many as the threshold."""
    return (n_base >= 1) & (n_base <= policy.primary_threshold)


def secondary_flags(cells: pd.DataFrame, n_base: Persons, policy: SuppressionPolicy) -> Mask:
    """Cells hidden so that the one small group beside them does not follow by subtraction.

    In each organisation, question and base kind, for each group kind of the policy: exactly one group with 1 to
    threshold answers, and the score of all patients shown: the smallest group above the threshold; of equal ones the
    first by code, which is the first by name (tumour group codes and names sort alike). `cells` has TABLE_COLUMNS,
    group_kind and group_code. Raises ValueError for an unknown rule.
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
