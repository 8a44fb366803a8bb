"""An insider: somebody who is counted in a hidden cell, knows their own answer and asks about the others.

Rule: the insider who was positive knows that the value is at least one above the lower end of its frame, and asks about
one person fewer; so of the possible values those within frame_lower + 1 .. frame_upper count, and the policy's width is
asked of them, or the width of that smaller frame. For an insider who was negative it is frame_lower .. frame_upper - 1.
Certain of all others or of none of them is the end of that frame.

Does not belong here: insiders who know more than one answer, or a person of another cell than the one asked about.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from scipy import sparse

from orchestration.disclosure.audit.register import OUTSIDER, UNBOUNDED, Register, Targets

INSIDER_POSITIVE = "insider_positive"
INSIDER_NEGATIVE = "insider_negative"


def with_insiders(register: Register) -> Register:
    """The register with two more targets for each one asked from outside, one for each answer that an insider can have.

    Left out where fewer than two people are in the frame: nobody else is there to ask about; and `insider_negative`
    where no base is published.
    """
    targets = register.targets
    is_outside = (targets.names["attacker"] == OUTSIDER).to_numpy(dtype=bool)
    has_others = is_outside & (targets.frame_upper - targets.frame_lower >= 2)
    parts = [targets]
    for attacker, low, high in ((INSIDER_POSITIVE, 1, 0), (INSIDER_NEGATIVE, 0, 1)):
        at = np.flatnonzero(has_others & ((targets.frame_upper < UNBOUNDED) | (low == 1)))
        parts.append(
            Targets(
                names=targets.names.iloc[at].assign(attacker=attacker),
                matrix=targets.matrix[at],
                width=targets.width[at],
                frame_lower=targets.frame_lower[at] + low,
                frame_upper=targets.frame_upper[at] - high,
            )
        )
    return replace(register, targets=_together(parts))


def _together(parts: list[Targets]) -> Targets:
    return Targets(
        names=pd.concat([part.names for part in parts], ignore_index=True),
        matrix=sparse.csr_array(sparse.vstack([part.matrix for part in parts], format="csr")),
        width=np.concatenate([part.width for part in parts]),
        frame_lower=np.concatenate([part.frame_lower for part in parts]),
        frame_upper=np.concatenate([part.frame_upper for part in parts]),
    )
