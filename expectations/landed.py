"""Makes a landed delivery readable for measures: its tables as views, every number of its receipt as a row.

Belongs here: the names that measures read. Does not belong here: writing a delivery or its receipt (intake does).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import duckdb


# What measures read of a delivery: name -> what stands under it.
LANDED_NAMES = {
    "landing_sample": "view",
    "landing_responses": "view",
    "landing_organisations": "view",
    "receipt_measures": "table",
}


def register_landing(connection: duckdb.DuckDBPyConnection, landing: Path) -> None:
    """Make a landed delivery readable as `landing_*` views and its receipt as the table `receipt_measures`.

    Columns of `receipt_measures`: file, kind, measure, item, value; file and item are empty where a measure has none.
    """
    for name in ("sample", "responses", "organisations"):
        path = str(landing / f"{name}.parquet").replace("'", "''")
        connection.execute(f"create or replace temp view landing_{name} as select * from read_parquet('{path}')")
    receipt = json.loads((landing / "receipt.json").read_text(encoding="utf-8"))
    connection.execute(
        "create or replace temp table receipt_measures "
        "(file varchar, kind varchar, measure varchar, item varchar, value double)"
    )
    rows = list(flatten_receipt(receipt))
    if rows:
        connection.executemany("insert into receipt_measures values (?, ?, ?, ?, ?)", rows)


def flatten_receipt(receipt: Mapping[str, Any]) -> Iterable[tuple[str, str, str, str, float]]:
    """Every number of a receipt as (file, kind, measure, item, value).

    A mapping of counts gives a row an item; a mapping of mappings a row an item and part, the measure being
    `<name>.<part>` (`answers.blank` of item `q1`).
    """
    for entry in receipt.get("files", []):
        yield from _numbers(entry, str(entry.get("name", "")), str(entry.get("kind", "")))
    yield from _numbers({key: value for key, value in receipt.items() if key != "files"}, "", "")


def _numbers(entry: Mapping[str, Any], file: str, kind: str) -> Iterable[tuple[str, str, str, str, float]]:
    for measure, value in entry.items():
        if isinstance(value, Mapping):
            for item, inner in value.items():
                if isinstance(inner, Mapping):
                    yield from ((file, kind, f"{measure}.{part}", item, float(inner[part])) for part in inner)
                else:
                    yield file, kind, measure, str(item), float(inner)
        elif isinstance(value, int | float):
            yield file, kind, measure, "", float(value)
