"""What became of every row of a file (law 1), and which rows are the same row twice."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from orchestration.intake.arrays import Mask
from orchestration.intake.mapping.codes import row_indices
from orchestration.intake.mapping.columns import MappedFile

ACCEPTED, FOLDED, QUARANTINED, EXCLUDED = range(4)


class RowFates:
    """The fate of each row of a file with its reason. The first decision about a row stands."""

    def __init__(self, n_rows: int) -> None:
        self.fate = np.zeros(n_rows, np.uint8)
        self._reason = np.zeros(n_rows, np.int16)
        self._reasons: list[str] = [""]

    def decide(self, where: np.ndarray, fate: int, reason: str) -> None:
        """Give the rows of a mask a fate, unless they have one already."""
        rows = where & (self.fate == ACCEPTED)
        if not rows.any():
            return
        if reason not in self._reasons:
            self._reasons.append(reason)
        self.fate[rows] = fate
        self._reason[rows] = self._reasons.index(reason)

    @property
    def accepted(self) -> Mask:
        """Mask of the rows that are still accepted."""
        return np.asarray(self.fate == ACCEPTED)

    def count(self, fate: int) -> int:
        """Rows of a fate."""
        return int(np.count_nonzero(self.fate == fate))

    def reasons(self, fate: int) -> dict[str, int]:
        """Rows of a fate by reason, in the order of the alphabet."""
        numbers, counts = np.unique(self._reason[self.fate == fate], return_counts=True)
        return dict(sorted((self._reasons[number], int(count)) for number, count in zip(numbers, counts, strict=True)))

    def reason_of(self, row: int) -> str:
        """Reason of one row."""
        return self._reasons[int(self._reason[row])]


def fold_duplicates(mapped: MappedFile, keys: Sequence[pa.DictionaryArray], fates: RowFates) -> None:
    """Fold exact repetitions of a row; quarantine all rows that share a key and differ.

    Which of two different rows is right cannot be known, so neither is taken. Rows without a key are left alone.
    """
    key = _combine(keys)
    alive = fates.accepted & (key >= 0)
    counts = np.bincount(key[alive]) if alive.any() else np.zeros(0, np.int64)
    suspects = np.flatnonzero(alive & (counts[np.where(alive, key, 0)] > 1 if len(counts) else False))
    if not len(suspects):
        return
    groups: dict[int, list[int]] = defaultdict(list)
    for row in suspects:
        groups[int(key[row])].append(int(row))
    contents = np.stack([row_indices(column)[suspects] for column in mapped.source.columns], axis=1)
    content_of = {int(row): contents[position].tobytes() for position, row in enumerate(suspects)}
    folded = np.zeros(len(fates.fate), bool)
    conflicting = np.zeros(len(fates.fate), bool)
    for rows in groups.values():
        if len({content_of[row] for row in rows}) == 1:
            folded[rows[1:]] = True
        else:
            conflicting[rows] = True
    fates.decide(folded, FOLDED, "exact_duplicate")
    fates.decide(conflicting, QUARANTINED, "duplicate_with_other_content")


def _combine(keys: Sequence[pa.DictionaryArray]) -> np.ndarray:
    """One number per distinct combination of key columns; -1 where a part is missing."""
    if len(keys) == 1:
        indices = row_indices(keys[0])
        return np.where(indices == len(keys[0].dictionary), -1, indices)
    combined = np.zeros(len(keys[0]), np.int64)
    missing = np.zeros(len(keys[0]), bool)
    for key in keys:
        indices = row_indices(key)
        missing |= indices == len(key.dictionary)
        combined = combined * (len(key.dictionary) + 1) + indices
    _, numbers = np.unique(combined, return_inverse=True)
    return np.where(missing, -1, numbers)


def share_by_code(codes: np.ndarray, quarantined: np.ndarray) -> dict[str, float]:
    """Quarantined share of the rows of each code (None left out), only where it is above zero."""
    if not quarantined.any():
        return {}
    rows = Counter(code for code in codes if code is not None)
    bad = Counter(code for code in codes[quarantined] if code is not None)
    return {code: bad[code] / rows[code] for code in sorted(bad)}
