"""Readers of binary formats run in a process of their own, with a limit on memory and time.

Their libraries are compiled code that a damaged file can bring down, or that may ask for all memory of the machine;
here that ends in a message about the file. The child gets a request, and gives back an Arrow file and a description.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from orchestration.intake.files.header import HeaderHint
from orchestration.intake.files.source import Noticed, SourceTable
from orchestration.intake.refusal import RefusalKind, UnreadableFile

if TYPE_CHECKING:
    from orchestration.settings import IntakeLimits

_PROJECT = Path(__file__).resolve().parents[3]
_REFUSED = 3
_ROWS = "row"
_DESCRIPTION = b"ncpes"
_NAMES = {"workbook": "workbook", "spss": "SPSS file", "stata": "Stata file", "parquet": "Parquet file"}


def read_apart(form: str, path: Path, limits: IntakeLimits, hint: HeaderHint, workdir: Path) -> SourceTable:
    """Read a workbook, SPSS, Stata or Parquet file in a child process.

    Raises:
        UnreadableFile: the reader refused the file, died of it, or needed too much memory or time.
    """
    result = workdir / f"read-{secrets.token_hex(8)}.arrow"
    request = {
        "form": form,
        "path": str(path.resolve()),
        "result": str(result),
        "limits": limits.model_dump(),
        "names": sorted(hint.names),
    }
    try:
        answer = subprocess.run(
            [sys.executable, "-m", "orchestration.intake.files.subprocess_child"],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            errors="replace",
            cwd=_PROJECT,
            timeout=limits.reader_seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile(
            f"reading the {_NAMES[form]} took more than {limits.reader_seconds:,.0f} seconds",
            kind=RefusalKind.LIMIT_EXCEEDED,
            next_step="check that the file is the one meant; the limit is NCPES_INTAKE_READER_SECONDS",
        ) from error
    if answer.returncode == _REFUSED:
        refused = json.loads(answer.stdout)
        raise UnreadableFile(refused["what"], kind=RefusalKind(refused["kind"]), next_step=refused["next_step"])
    if answer.returncode != 0:
        raise UnreadableFile(
            f"the {_NAMES[form]} brings its reader down: it is damaged, or needs more memory than the limit",
            next_step="ask the supplier to send the file again, or as CSV",
        )
    return load_table(result)


def save_table(table: SourceTable, path: Path) -> None:
    """Write a table with its description to an Arrow file."""
    description = {
        "names": table.names,
        "noticed": asdict(table.noticed),
        "variable_labels": table.variable_labels,
        "value_labels": table.value_labels,
        "missing_values": table.missing_values,
    }
    metadata = {_DESCRIPTION: json.dumps(description).encode()}
    arrays: list[pa.Array] = [pa.array(table.row_numbers(), pa.int64()), *table.columns]
    fields = [pa.field(_ROWS if not position else f"c{position}", array.type) for position, array in enumerate(arrays)]
    schema = pa.schema(fields, metadata=metadata)
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, schema) as writer:
        writer.write_batch(pa.record_batch(arrays, schema=schema))


def load_table(path: Path) -> SourceTable:
    """Read back what `save_table` wrote; the file is mapped, not copied, and its name removed."""
    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
    with contextlib.suppress(OSError):
        path.unlink()
    description: dict[str, Any] = json.loads(table.schema.metadata[_DESCRIPTION])
    rows = np.asarray(table.column(0).to_numpy())
    noticed = description["noticed"]
    return SourceTable(
        names=tuple(description["names"]),
        columns=tuple(_one_array(column) for column in table.columns[1:]),
        n_rows=len(rows),
        noticed=Noticed(**{**noticed, "notes": tuple(noticed["notes"])}),
        first_row=int(rows[0]) if len(rows) else 2,
        locate_rows=lambda: rows,
        variable_labels=description["variable_labels"],
        value_labels=description["value_labels"],
        missing_values=_missing_values(description["missing_values"]),
    )


def _one_array(column: pa.ChunkedArray) -> pa.DictionaryArray:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _missing_values(
    written: Mapping[str, Sequence[str | list[float]]],
) -> dict[str, tuple[str | tuple[float, float], ...]]:
    return {
        name: tuple(value if isinstance(value, str) else (value[0], value[1]) for value in values)
        for name, values in written.items()
    }
