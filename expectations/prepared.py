"""What measures find on the load's connection: the landed return, prepared tables, and which needs are met.

Belongs here: making these, and saying what broke, so that no check reads what another year left under the same name.
Does not belong here: measuring and judging (`runner`). Nothing here raises for data or SQL that break.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from expectations.landed import LANDED_NAMES, register_landing
from expectations.loader import Suite
from expectations.needs import NEEDS
from expectations.wording import headline

if TYPE_CHECKING:
    import duckdb

    from expectations.runner import CheckContext

_PARAMETER = re.compile(r"\$([a-z_][a-z0-9_]*)")


def register_return(connection: duckdb.DuckDBPyConnection, context: CheckContext) -> dict[str, str]:
    """Makes the landed delivery readable; name -> message of all its names where that broke.

    The names must not stand as the year before left them: checks would pass on another year's return.
    """
    if context.landing is None:
        return {}
    try:
        register_landing(connection, context.landing)
    except Exception as error:  # reported by every check that reads the delivery
        for name, kind in LANDED_NAMES.items():
            _drop(connection, kind, name)
        message = f"the landed return of {context.survey_year} cannot be read: {headline(error)}"
        return dict.fromkeys(LANDED_NAMES, message)
    return {}


def unmet_needs(
    connection: duckdb.DuckDBPyConnection,
    suites: Sequence[Suite],
    context: CheckContext,
    unread: Mapping[str, str],
) -> dict[str, str | None]:
    """Need -> its words where unmet; a need that is met is absent; `None` where it could not be settled."""
    unmet: dict[str, str | None] = {}
    for name in sorted({need for suite in suites for check in suite.checks for need in check.needs}):
        try:
            need = NEEDS[name]
            row = (
                None if causes_in(need.sql, unread) else execute(connection, need.sql, context.parameters()).fetchone()
            )
        except Exception:  # a need that breaks is reported by every check that has it
            unmet[name] = None
        else:
            if row is None:
                unmet[name] = None
            elif not row[0]:
                unmet[name] = NEEDS[name].unmet
    return unmet


def prepare_tables(
    connection: duckdb.DuckDBPyConnection, suite: Suite, context: CheckContext, unread: Mapping[str, str]
) -> dict[str, str]:
    """Temporary tables of a suite; name -> message of those that broke, or that read what broke."""
    broken: dict[str, str] = {}
    for preparation in suite.preparations:
        name = preparation.name
        if causes := causes_in(preparation.sql, {**unread, **broken}):
            _drop(connection, "table", name)
            broken[name] = "; ".join(causes)
            continue
        try:
            execute(connection, f"create or replace temp table {name} as {preparation.sql}", context.parameters())
        except Exception as error:  # reported by every check that reads the table
            _drop(connection, "table", name)
            broken[name] = f"{name} could not be prepared: {headline(error)}"
    return broken


def _drop(connection: duckdb.DuckDBPyConnection, kind: str, name: str) -> None:
    """Removes what an earlier year left under a name; where even that breaks, no check reads the name all the same."""
    with suppress(Exception):
        connection.execute(f"drop {kind} if exists {name}")


def causes_in(sql: str, broken: Mapping[str, str]) -> list[str]:
    """Messages of the broken tables that a statement reads, each once."""
    found = [message for name, message in broken.items() if re.search(rf"\b{name}\b", sql)]
    return list(dict.fromkeys(found))


def execute(
    connection: duckdb.DuckDBPyConnection, sql: str, parameters: Mapping[str, Any]
) -> duckdb.DuckDBPyConnection:
    """Execute with the named parameters that the text uses; an unknown one is a KeyError that names it."""
    used = {name: parameters[name] for name in set(_PARAMETER.findall(sql))}
    return connection.execute(sql, used)
