"""A person who does not exist, planted into returns, and the search for any trace of her in what a program wrote."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb
import pyarrow.parquet as pq

NHS_NUMBER = "9434765919"
NAME = "Zebulonia Quartzfeather"
SHORT_NAME = "Qixy"
POSTCODE = "ZX98 7QY"
COMMENT = f"My daughter Thessalonica took me home to {POSTCODE}, Wrexborough. Yours, {NAME}"
BIRTH_DATE = "29/02/1932"
RECORD_NUMBERS = ("77419938", "77419946")
TRACES = (
    *(NHS_NUMBER, "943 476 5919", "Zebulonia", "Quartzfeather", SHORT_NAME, POSTCODE, "ZX987QY"),
    *("Thessalonica", "Wrexborough", BIRTH_DATE, "1932-02-29", *RECORD_NUMBERS),
)  # fmt: skip
RAW_AREAS = ("returns", "quarantine")


def traces_in(text: str) -> set[str]:
    """Traces of the person in a text, whatever its case."""
    folded = text.casefold()
    return {trace for trace in TRACES if trace.casefold() in folded}


def traces_under(home: Path) -> dict[str, set[str]]:
    """Files outside the raw areas that hold a trace of the person, with the traces."""
    found = {}
    for path in sorted(home.rglob("*")):
        if path.is_symlink() or not path.is_file() or _is_raw(path.relative_to(home)):
            continue
        traces = {trace for text in texts_of(path) for trace in traces_in(text)}
        if traces:
            found[path.relative_to(home).as_posix()] = traces
    return found


def _is_raw(path: Path) -> bool:
    """Below `<origin>/returns` or `<origin>/quarantine`."""
    return len(path.parts) > 1 and path.parts[1] in RAW_AREAS


def texts_of(path: Path) -> Iterator[str]:
    """The name of a file, its bytes as text, and what its format packs away."""
    yield path.name
    content = path.read_bytes()
    yield content.decode("utf-8", errors="replace")
    yield content.decode("utf-16-le", errors="replace")
    if path.suffix == ".parquet":
        table = pq.ParquetFile(path).read()
        yield str(table.schema.metadata) + " ".join(table.column_names)
        for column in table.columns:
            yield "\n".join(str(value) for value in column.unique().to_pylist())
    elif path.suffix == ".duckdb":
        yield from _database_texts(path)
    elif path.suffix == ".gz":
        yield gzip.decompress(content).decode("utf-8", errors="replace")
    elif content[:1] == b"\x78":
        yield zlib.decompress(content).decode("utf-8", errors="replace")


def _database_texts(path: Path) -> Iterable[str]:
    with duckdb.connect(path.as_posix(), read_only=True) as connection:
        columns = connection.execute(
            "select table_schema, table_name, column_name from information_schema.columns"
            " where table_schema not in ('information_schema', 'pg_catalog')"
        ).fetchall()
        for schema, table, column in columns:
            yield f"{schema} {table} {column}"
            (text,) = connection.execute(
                f'select string_agg(distinct cast("{column}" as varchar), chr(10)) from "{schema}"."{table}"'
            ).fetchall()[0]
            yield text or ""
