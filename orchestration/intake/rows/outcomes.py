"""The outcome of every row of a file: decisions with their reasons, and the file of rows not accepted.

Rows that were not accepted are kept in the raw area with reason, file, row number and content. They come back by a
correction, a registry row or a better file: intake then runs again over the same files.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.intake.files.source import Mask, row_indices, text_values
from orchestration.intake.mapping.columns import MappedFile
from orchestration.settings import Settings

ACCEPTED, FOLDED, QUARANTINED, EXCLUDED = range(4)
OUTCOME_NAMES = {FOLDED: "folded", QUARANTINED: "quarantined", EXCLUDED: "excluded"}
UNREADABLE_ROW = "unreadable_row"
ROWS_FILE = "rows.parquet"
ROWS = pa.schema(
    [
        pa.field("file", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("row_outcome", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("record", pa.string()),
    ]
)


class RowOutcomes:
    """The outcome of each row of a file with its reason. The first decision about a row is kept."""

    def __init__(self, n_rows: int) -> None:
        self.outcome = np.zeros(n_rows, np.uint8)
        self._reason = np.zeros(n_rows, np.int16)
        self._reasons: list[str] = [""]

    def decide(self, where: Mask, outcome: int, reason: str) -> None:
        """Give the rows of a mask an outcome, unless they have one already."""
        rows = where & (self.outcome == ACCEPTED)
        if not rows.any():
            return
        if reason not in self._reasons:
            self._reasons.append(reason)
        self.outcome[rows] = outcome
        self._reason[rows] = self._reasons.index(reason)

    @property
    def accepted(self) -> Mask:
        """Mask of the rows that are still accepted."""
        return np.asarray(self.outcome == ACCEPTED)

    def count(self, outcome: int) -> int:
        """Rows of an outcome."""
        return int(np.count_nonzero(self.outcome == outcome))

    def reasons(self, outcome: int) -> dict[str, int]:
        """Rows of an outcome by reason, in the order of the alphabet."""
        numbers, counts = np.unique(self._reason[self.outcome == outcome], return_counts=True)
        return dict(sorted((self._reasons[number], int(count)) for number, count in zip(numbers, counts, strict=True)))

    def reason_of(self, row: int) -> str:
        """Reason of one row."""
        return self._reasons[int(self._reason[row])]


@dataclass
class FileRows:
    """The rows of a mapped file with their outcomes; `side` marks the response side of a file that holds both."""

    mapped: MappedFile
    side: str = ""
    outcomes: RowOutcomes = field(init=False)

    def __post_init__(self) -> None:
        self.outcomes = RowOutcomes(self.mapped.n_rows)

    @property
    def kind(self) -> str:
        """Kind of the file in the receipt: `joined`, and `joined:responses` for its response side."""
        return self.mapped.file.kind + self.side


def fold_duplicates(rows: FileRows, keys: Sequence[pa.DictionaryArray]) -> None:
    """Fold exact repetitions of a row; quarantine all rows that share a key and differ.

    Which of two different rows is right cannot be known, so neither is taken. Rows without a key are left alone.
    """
    key = _combine(keys)
    alive = rows.outcomes.accepted & (key >= 0)
    counts = np.bincount(key[alive]) if alive.any() else np.zeros(0, np.int64)
    suspects = np.flatnonzero(alive & (counts[np.where(alive, key, 0)] > 1 if len(counts) else False))
    if not len(suspects):
        return
    groups: dict[int, list[int]] = defaultdict(list)
    for row in suspects:
        groups[int(key[row])].append(int(row))
    contents = np.stack([row_indices(column)[suspects] for column in rows.mapped.source.columns], axis=1)
    content_of = {int(row): contents[position].tobytes() for position, row in enumerate(suspects)}
    folded = np.zeros(len(key), bool)
    conflicting = np.zeros(len(key), bool)
    for group in groups.values():
        if len({content_of[row] for row in group}) == 1:
            folded[group[1:]] = True
        else:
            conflicting[group] = True
    rows.outcomes.decide(folded, FOLDED, "exact_duplicate")
    rows.outcomes.decide(conflicting, QUARANTINED, "duplicate_with_other_content")


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


def share_by_code(codes: np.ndarray, quarantined: Mask) -> dict[str, float]:
    """Quarantined share of the rows of each code (None left out), only where it is above zero."""
    if not quarantined.any():
        return {}
    rows = Counter(code for code in codes if code is not None)
    bad = Counter(code for code in codes[quarantined] if code is not None)
    return {code: bad[code] / rows[code] for code in sorted(bad)}


def quarantine_folder(settings: Settings, survey_year: int, delivery: str) -> Path:
    """Folder of the rows of a delivery that were not accepted."""
    return settings.quarantine / f"survey_year={survey_year}" / f"delivery={delivery}"


def write_quarantine(settings: Settings, survey_year: int, delivery: str, files: Iterable[FileRows]) -> None:
    """Write every row that was not accepted, quarantined ones with their content, readable by the owner only."""
    table = pa.concat_tables([ROWS.empty_table(), *(_rows_not_accepted(file) for file in files)])
    target = quarantine_folder(settings, survey_year, delivery)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = Path(tempfile.mkdtemp(prefix=".writing-", dir=target.parent))
    try:
        pq.write_table(table, scratch / ROWS_FILE, compression="zstd")
        (scratch / ROWS_FILE).chmod(0o600)
        shutil.rmtree(target, ignore_errors=True)
        scratch.replace(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def read_quarantine(settings: Settings, survey_year: int, delivery: str) -> pa.Table:
    """Rows of a delivery that were not accepted (`ROWS`); empty when nothing was landed."""
    path = quarantine_folder(settings, survey_year, delivery) / ROWS_FILE
    if not path.exists():
        return ROWS.empty_table()
    # By position: files of older code name a column otherwise.
    return pq.read_table(path).rename_columns(ROWS.names).cast(ROWS)


def _rows_not_accepted(file: FileRows) -> pa.Table:
    mapped, outcomes = file.mapped, file.outcomes
    rows = np.flatnonzero(outcomes.outcome != ACCEPTED)
    numbers = mapped.source.row_numbers()[rows] if len(rows) else rows
    names = [OUTCOME_NAMES[int(outcome)] for outcome in outcomes.outcome[rows]]
    records = _records(mapped, rows[outcomes.outcome[rows] == QUARANTINED])
    content = [
        (mapped.name, file.kind, int(number), name, outcomes.reason_of(int(row)), records.get(int(row)))
        for row, number, name in zip(rows, numbers, names, strict=True)
    ]
    content += [
        (mapped.name, file.kind, bad.row, "quarantined", UNREADABLE_ROW, json.dumps({"text": bad.text, "why": bad.why}))
        for bad in mapped.source.unreadable
    ]
    return pa.Table.from_pylist([dict(zip(ROWS.names, line, strict=True)) for line in content], schema=ROWS)


def _records(mapped: MappedFile, rows: np.ndarray) -> dict[int, str]:
    """Rows as JSON of the source's own column names; empty cells left out."""
    if not len(rows):
        return {}
    indices = pa.array(rows)
    names = mapped.source.names
    cells = [text_values(column.take(indices)) for column in mapped.source.columns]
    return {
        int(row): json.dumps(
            {name: column[position] for name, column in zip(names, cells, strict=True) if column[position] is not None},
            ensure_ascii=False,
        )
        for position, row in enumerate(rows)
    }
