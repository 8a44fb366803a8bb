"""Rows that could not be taken, in the raw area: reason, file, row and the row itself, with a way back.

The way back is a correction, a registry row or a better file: intake then runs again over the same bytes (`replay`).
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.intake.mapping.codes import text_values
from orchestration.intake.mapping.columns import MappedFile
from orchestration.intake.rows.outcomes import ACCEPTED, EXCLUDED, FOLDED, QUARANTINED, RowFates
from orchestration.settings import Settings

UNREADABLE_ROW = "unreadable_row"
FATE_NAMES = {FOLDED: "folded", QUARANTINED: "quarantined", EXCLUDED: "excluded"}
ROWS_FILE = "rows.parquet"
ROWS = pa.schema(
    [
        pa.field("file", pa.string(), nullable=False),
        pa.field("kind", pa.string(), nullable=False),
        pa.field("row", pa.int64(), nullable=False),
        pa.field("fate", pa.string(), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("record", pa.string()),
    ]
)


@dataclass(frozen=True)
class FileRows:
    """A file's rows with their fates; `kind` tells the response side of a joined file apart."""

    mapped: MappedFile
    fates: RowFates
    kind: str


def quarantine_folder(settings: Settings, survey_year: int, delivery: str) -> Path:
    """Folder of the rows of a delivery that were not accepted."""
    return settings.quarantine / f"survey_year={survey_year}" / f"delivery={delivery}"


def write_quarantine(settings: Settings, survey_year: int, delivery: str, files: Iterable[FileRows]) -> None:
    """Write every row that was not accepted, quarantined ones with their content, readable by the owner only."""
    table = pa.concat_tables([ROWS.empty_table(), *(_rows_of(file) for file in files)])
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
    return pq.read_table(path, schema=ROWS) if path.exists() else ROWS.empty_table()


def _rows_of(file: FileRows) -> pa.Table:
    name = file.mapped.file.name
    rows = np.flatnonzero(file.fates.fate != ACCEPTED)
    numbers = file.mapped.source.row_numbers()[rows] if len(rows) else rows
    fates = [FATE_NAMES[int(fate)] for fate in file.fates.fate[rows]]
    records = _records(file.mapped, rows[file.fates.fate[rows] == QUARANTINED])
    content = [
        (name, file.kind, int(number), fate, file.fates.reason_of(int(row)), records.get(int(row)))
        for row, number, fate in zip(rows, numbers, fates, strict=True)
    ]
    content += [
        (name, file.kind, bad.row, "quarantined", UNREADABLE_ROW, json.dumps({"text": bad.text, "why": bad.why}))
        for bad in file.mapped.source.unreadable
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
