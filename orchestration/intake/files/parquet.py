"""Parquet, batch by batch."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.intake.files.packing import ColumnPacker
from orchestration.intake.files.source import AGAIN, FileFormat, SourceTable, as_text, check_width
from orchestration.intake.refusal import UnreadableFile

if TYPE_CHECKING:
    from orchestration.settings import IntakeLimits

_ROWS_AT_ONCE = 1 << 17


def read_parquet(path: Path, limits: IntakeLimits) -> SourceTable:
    """Read a flat Parquet file.

    Raises:
        UnreadableFile: damaged, encrypted, or with nested or binary columns.
    """
    try:
        file = pq.ParquetFile(path)
        schema = file.schema_arrow
        check_width(schema.names, limits)
        odd = [field.name for field in schema if pa.types.is_nested(field.type) or pa.types.is_binary(field.type)]
        if odd:
            raise UnreadableFile(
                f"{len(odd)} columns hold lists, structures or bytes", next_step="ask for one plain value a cell"
            )
        packers = [ColumnPacker() for _ in schema.names]
        n_rows = 0
        for batch in file.iter_batches(_ROWS_AT_ONCE):
            n_rows += batch.num_rows
            for packer, column in zip(packers, batch.columns, strict=True):
                packer.add(as_text(column))
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFile("the Parquet file is damaged or cut off", next_step=AGAIN) from error
    return SourceTable(
        names=tuple(schema.names),
        columns=tuple(packer.finish() for packer in packers),
        n_rows=n_rows,
        format=FileFormat("parquet", header_row=0),
        first_row=1,
    )
