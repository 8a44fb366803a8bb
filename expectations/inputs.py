"""What the measures of a survey year read: the landed return, prepared tables, and which needs are met.

Belongs here: making these on the load's connection, and saying what could not be made, so that no check reads what
another year left under the same name. Does not belong here: running a check (`runner`). Nothing here raises for data
or SQL that cannot be read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.context import CheckContext
from expectations.error_messages import headline
from expectations.loader import LANDED, Need, Preparation, Suite

if TYPE_CHECKING:
    import duckdb

_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")
_RECEIPT = "receipt_measures"  # a table; the other landed names are views


class Inputs:
    """What the measures of one context find. Prepared tables are made, and needs asked, when they are first needed."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, suites: Sequence[Suite], context: CheckContext) -> None:
        self._connection, self._context = connection, context
        self._preparations = {made.name: made for suite in suites for made in suite.preparations}
        self._problems = self._register_return()
        self._unmet: dict[str, str | None] = {}

    def problems(self, reads: Iterable[str]) -> str:
        """Why tables cannot be read, each reason once; empty where all can. Makes those that are yet to be prepared."""
        found = [self._problem(name) for name in reads]
        return "; ".join(dict.fromkeys(filter(None, found)))

    def unmet(self, need: Need) -> str | None:
        """Words for a need that is not met, empty where it is; None where its question could not be answered."""
        if need.name not in self._unmet:
            self._unmet[need.name] = self._ask(need)
        return self._unmet[need.name]

    def execute(self, sql: str, parameters: Mapping[str, Any]) -> duckdb.DuckDBPyConnection:
        """Execute with the parameters that the text names; an unknown one is a KeyError that names it."""
        given = {**self._context.parameters(), **parameters}
        return self._connection.execute(sql, {name: given[name] for name in set(_PARAMETER.findall(sql))})

    def _ask(self, need: Need) -> str | None:
        try:
            row = None if self.problems(need.reads) else self.execute(need.sql, {}).fetchone()
        except Exception:  # reported by every check that has this need
            return None
        return None if row is None else "" if row[0] else need.unmet

    def _problem(self, name: str) -> str:
        if name not in self._problems:
            made = self._preparations.get(name)
            self._problems[name] = self._prepare(made) if made else ""
        return self._problems[name]

    def _prepare(self, made: Preparation) -> str:
        """Makes a temporary table; why it could not be made, empty where it was."""
        problem = self.problems(made.reads)
        if not problem:
            try:
                self.execute(f"create or replace temp table {made.name} as {made.sql}", {})
            except Exception as error:  # reported by every check that reads the table
                problem = f"{made.name} could not be prepared: {headline(error)}"
        if problem:
            self._drop("table", made.name)
        return problem

    def _register_return(self) -> dict[str, str]:
        """Makes the landed return readable; name -> why not, where it is not.

        The names must not be left as the year before had them: checks would pass on another year's return.
        """
        if self._context.landing is None:
            return {}
        try:
            register_landing(self._connection, self._context.landing)
        except Exception as error:  # reported by every check that reads the return
            for name in LANDED:
                self._drop("table" if name == _RECEIPT else "view", name)
            message = f"the landed return of {self._context.survey_year} cannot be read: {headline(error)}"
            return dict.fromkeys(LANDED, message)
        return {}

    def _drop(self, kind: str, name: str) -> None:
        """Removes what an earlier year left under a name; no check reads the name even where that fails."""
        with suppress(Exception):
            self._connection.execute(f"drop {kind} if exists {name}")


def register_landing(connection: duckdb.DuckDBPyConnection, landing: Path) -> None:
    """Make a landed delivery readable as `landing_*` views and its receipt as the table `receipt_measures`.

    Columns of `receipt_measures`: file, kind, measure, item, value; file and item are empty where a measure has none.
    """
    for name in ("sample", "responses", "organisations"):
        path = str(landing / f"{name}.parquet").replace("'", "''")
        connection.execute(f"create or replace temp view landing_{name} as select * from read_parquet('{path}')")
    # Its name, and the keys below, are those that intake writes (orchestration/lake.py).
    receipt = json.loads((landing / "receipt.json").read_text(encoding="utf-8"))
    connection.execute(
        f"create or replace temp table {_RECEIPT} "
        "(file varchar, kind varchar, measure varchar, item varchar, value double)"
    )
    if rows := list(flatten_receipt(receipt)):
        connection.executemany(f"insert into {_RECEIPT} values (?, ?, ?, ?, ?)", rows)


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
