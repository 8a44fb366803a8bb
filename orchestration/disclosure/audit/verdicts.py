"""What the proven ranges say of each target: exact, near, certain of everybody, wide enough.

Does not belong here: the search for ranges (`block`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from orchestration.disclosure.audit.register import NO_LIMIT, Targets

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from orchestration.disclosure.audit.block import BlockProof, Question

    Integers = npt.NDArray[np.int64]

# "Within 3": greatest less least possible value is at most 3 persons.
NEAR = 3


def outcomes(targets: Targets, questions: Sequence[Question], proofs: Sequence[BlockProof]) -> pd.DataFrame:
    """A row a target, in order.

    Columns: table_name, target_key, attacker; block (-1: in a contradiction); required (persons); lower, upper (proven
    bounds; null without a table); least, greatest (values of two certified tables); is_decided (the verdicts below are
    proven either way); is_possible (some table lies in the frame); is_exact, is_within_3 (of targets whose frame is
    wider), is_all, is_none (everybody, nobody); is_ok (as wide as required and nothing certain of everybody).
    An insider who cannot exist is not ok either: nothing certifies it, and the same cell fails from outside.
    """
    n = len(targets.width)
    block, lower, upper = np.full(n, -1), np.zeros(n, dtype=np.int64), np.full(n, -1)
    least, greatest = np.full(n, NO_LIMIT), np.full(n, -NO_LIMIT)
    has_table = np.zeros(n, dtype=bool)
    for question, proof in zip(questions, proofs, strict=True):
        at = question.targets
        block[at] = -1 if proof.is_contradiction else question.block
        lower[at], upper[at] = proof.lower, proof.upper
        least[at], greatest[at] = proof.least, proof.greatest
        has_table[at] = len(proof.tables) > 0
    return _judge(targets, block, (lower, upper), (least, greatest), has_table)


def summarise(outcomes: pd.DataFrame) -> pd.DataFrame:
    """Counts of outcomes for a report: a row a table and attacker, in alphabetical order.

    Columns: table_name, attacker; n_targets, n_exact, n_within_3, n_all, n_none, n_undecided, n_failed.
    """
    counted = outcomes.assign(is_undecided=~outcomes["is_decided"], is_failed=~outcomes["is_ok"], is_targets=True)
    names = ["targets", "exact", "within_3", "all", "none", "undecided", "failed"]
    groups = counted.groupby(["table_name", "attacker"], sort=True)[[f"is_{name}" for name in names]].sum()
    return groups.rename(columns=lambda name: name.replace("is_", "n_")).astype(np.int64).reset_index()


def _judge(
    targets: Targets,
    block: Integers,
    bounds: tuple[Integers, Integers],
    attained: tuple[Integers, Integers],
    has_table: npt.NDArray[np.bool_],
) -> pd.DataFrame:
    (lower, upper), (least, greatest) = bounds, attained
    frame = targets.frame_upper - targets.frame_lower
    is_met = greatest >= least
    is_impossible = has_table & (lower > upper)
    width = np.where(is_met, greatest - least, -1)
    goal = np.maximum(targets.required, np.minimum(NEAR + 1, frame))
    is_tight = is_met & (least == lower) & (greatest == upper)
    is_decided = is_tight | (width >= goal) | is_impossible
    is_known = is_met & (lower <= upper)
    is_all = is_known & (frame > 0) & (lower == targets.frame_upper)
    is_none = is_known & (frame > 0) & (upper == targets.frame_lower)
    return targets.names.assign(
        block=block,
        required=targets.required,
        lower=_nullable(lower, is_known),
        upper=_nullable(upper, is_known),
        least=_nullable(least, is_met),
        greatest=_nullable(greatest, is_met),
        is_decided=is_decided,
        is_possible=is_met,
        is_exact=is_known & (lower == upper) & (frame > 0),
        is_within_3=is_known & (upper - lower <= NEAR) & (frame > NEAR),
        is_all=is_all,
        is_none=is_none,
        is_ok=is_met & (width >= targets.required) & ~is_all & ~is_none,
    )


def _nullable(values: Integers, is_known: npt.NDArray[np.bool_]) -> pd.Series[int]:
    return pd.Series(pd.array(np.where(is_known, values, 0), dtype="Int64")).where(is_known)
