"""Readers of binary formats run in a subprocess, with a limit on memory and time.

Their libraries are compiled code that a damaged file can bring down, or that may ask for all memory of the machine;
here that ends in a message about the file. The child gets a request on standard input. It exits with 0 when the table
is written as an Arrow file, with 3 when it refused the file (the reason as JSON on standard output); any other exit
means that it died.
"""

from __future__ import annotations

import contextlib
import json
import secrets
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pyarrow as pa

from orchestration.errors import ExitCode
from orchestration.intake.files.source import FileFormat, HeaderHint, SourceTable
from orchestration.intake.refusal import UnreadableFile

if TYPE_CHECKING:
    from orchestration.settings import IntakeLimits

_PROJECT = Path(__file__).resolve().parents[3]
_REFUSED = 3
_ROWS = "row"
_DESCRIPTION = b"ncpes"
_NAMES = {"workbook": "workbook", "spss": "SPSS file", "stata": "Stata file", "parquet": "Parquet file"}


def read_in_subprocess(
    file_format: str, path: Path, limits: IntakeLimits, hint: HeaderHint, workdir: Path
) -> SourceTable:
    """Read a workbook, SPSS, Stata or Parquet file in a child process.

    Raises:
        UnreadableFile: the reader refused the file, died of it, or needed too much memory or time.
    """
    result = workdir / f"read-{secrets.token_hex(8)}.arrow"
    request = {
        "format": file_format,
        "path": str(path.resolve()),
        "result": str(result),
        "limits": limits.model_dump(),
        "names": sorted(hint.names),
    }
    try:
        answer = _run_child(json.dumps(request), limits.reader_seconds)
    except subprocess.TimeoutExpired as error:
        raise UnreadableFile(
            f"reading the {_NAMES[file_format]} took more than {limits.reader_seconds:,.0f} seconds",
            kind=ExitCode.LIMIT_EXCEEDED,
            next_step="check that the file is the right one; the limit is NCPES_INTAKE_READER_SECONDS",
        ) from error
    if answer.returncode == _REFUSED:
        refused = json.loads(answer.stdout)
        raise UnreadableFile(refused["what"], kind=ExitCode(refused["kind"]), next_step=refused["next_step"])
    if answer.returncode != 0:
        what = f"the {_NAMES[file_format]} crashes its reader: it is damaged, or needs more memory than the limit"
        raise UnreadableFile(what, next_step="ask the supplier to send the file again, or as CSV")
    return _load_table(result)


def _run_child(request: str, seconds: float) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "orchestration.intake.files.subprocess_reader"]
    return subprocess.run(
        command,
        input=request,
        capture_output=True,
        text=True,
        errors="replace",
        cwd=_PROJECT,
        timeout=seconds,
        check=False,
    )


def serve_request() -> int:
    """What the child process does: read the requested file and exit (codes above)."""
    request = json.load(sys.stdin)
    # As the parent sent them, checked: to check them again would cost the import of pydantic for every file.
    limits = cast("IntakeLimits", SimpleNamespace(**request["limits"]))
    _limit_memory(limits.reader_memory_bytes)
    try:
        table = _read(request["format"], Path(request["path"]), limits, HeaderHint(frozenset(request["names"])))
        _save_table(table, Path(request["result"]))
    except UnreadableFile as refused:
        return _refuse(refused)
    except MemoryError:
        what = f"reading needs more than {limits.reader_memory_bytes:,} bytes of memory"
        step = "check that the file is the right one; the limit is NCPES_INTAKE_READER_MEMORY_BYTES"
        return _refuse(UnreadableFile(what, kind=ExitCode.LIMIT_EXCEEDED, next_step=step))
    except Exception as error:  # whatever a library raises on a damaged file is a refusal, never a crash
        what = f"the file is damaged or not what it claims to be ({type(error).__name__})"
        return _refuse(UnreadableFile(what, next_step="ask the supplier to send the file again, or as CSV"))
    return 0


def _read(file_format: str, path: Path, limits: IntakeLimits, hint: HeaderHint) -> SourceTable:
    # Each library is imported by the one child that needs it.
    if file_format == "workbook":
        from orchestration.intake.files.workbook import read_workbook

        return read_workbook(path, limits, hint)
    if file_format == "parquet":
        from orchestration.intake.files.parquet import read_parquet

        return read_parquet(path, limits)
    from orchestration.intake.files.statistical import read_statistical

    return read_statistical(path, file_format, limits)


def _refuse(refused: UnreadableFile) -> int:
    json.dump({"what": refused.what, "kind": int(refused.kind), "next_step": refused.next_step}, sys.stdout)
    return _REFUSED


def _limit_memory(limit: int) -> None:
    try:
        import resource
    except ImportError:  # not a Unix machine: the limits on cells and bytes still hold
        return
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _save_table(table: SourceTable, path: Path) -> None:
    """Write a table with its description to an Arrow file."""
    description = {
        "names": table.names,
        "format": asdict(table.format),
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


def _load_table(path: Path) -> SourceTable:
    """Read back what `_save_table` wrote; the file is mapped, not copied, and its name removed."""
    with pa.memory_map(str(path)) as source:
        table = pa.ipc.open_file(source).read_all()
    with contextlib.suppress(OSError):
        path.unlink()
    description: dict[str, Any] = json.loads(table.schema.metadata[_DESCRIPTION])
    rows = np.asarray(table.column(0).to_numpy())
    written = description["format"]
    return SourceTable(
        names=tuple(description["names"]),
        columns=tuple(_one_array(column) for column in table.columns[1:]),
        n_rows=len(rows),
        format=FileFormat(**{**written, "notes": tuple(written["notes"])}),
        first_row=int(rows[0]) if len(rows) else 2,
        locate_rows=lambda: rows,
        variable_labels=description["variable_labels"],
        value_labels=description["value_labels"],
        missing_values={
            # JSON has no tuples: a pair is a range.
            name: tuple(value if isinstance(value, str) else (value[0], value[1]) for value in values)
            for name, values in description["missing_values"].items()
        },
    )


def _one_array(column: pa.ChunkedArray) -> pa.DictionaryArray:
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


if __name__ == "__main__":
    sys.exit(serve_request())
