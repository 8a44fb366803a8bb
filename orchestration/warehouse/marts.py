"""The read-only marts database for analysts inside: facts and dimensions of the promoted warehouse, swapped as a whole.

Belongs here: making that database out of a copy of the warehouse. Does not belong here: anything published; the
database is restricted and says so in its table `about`.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import duckdb

from orchestration.errors import ExitCode, ProgramError
from orchestration.settings import Settings
from orchestration.storage import sync

SCHEMA = "marts"
Relation = tuple[str, str]  # schema, name


class MartsError(ProgramError):
    """The marts database cannot be made from this warehouse; the one that is there is unchanged."""

    exit_code = ExitCode.BUILD_FAILED


def swap_marts(settings: Settings, warehouse: Path) -> Path:
    """Make the marts database from a warehouse and put it in the place of the current one.

    A reader that has the old file open goes on reading it; one that opens it afterwards gets the new one, whole. The
    warehouse file is copied and what is not marts dropped from the copy: ten times faster than writing the marts table
    by table.

    Args:
        settings: of the warehouse's origin; gives the place.
        warehouse: database file that nobody writes.

    Returns:
        The place of the database.

    Raises:
        MartsError: the warehouse has no marts, or is still being written.
    """
    if warehouse.with_name(f"{warehouse.name}.wal").exists():
        raise MartsError(f"{warehouse} has changes that are not in it yet. Close every connection to it first.")
    target = settings.marts_database
    target.parent.mkdir(parents=True, exist_ok=True)
    incoming = target.with_name(f".{target.name}.incoming")
    for left in (incoming, incoming.with_name(f"{incoming.name}.wal")):
        left.unlink(missing_ok=True)
    shutil.copyfile(warehouse, incoming)
    with duckdb.connect(incoming.as_posix()) as connection:
        _keep_marts(connection, warehouse)
        _write_about(connection, settings.data_origin)
    incoming.chmod(0o444)
    sync(incoming)
    incoming.replace(target)
    sync(target.parent)
    return target


def _keep_marts(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    """Drop every table and view but the marts and what a view of them reads."""
    sql = _relations(connection)
    wanted: set[Relation] = set()
    reached = {relation for relation in sql if relation[0] == SCHEMA}
    if not reached:
        raise MartsError(f"{warehouse} has no schema {SCHEMA}. Run the load again.")
    while reached:
        wanted |= reached
        named = {pair for relation in reached for pair in re.findall(r'"?(\w+)"?\."?(\w+)"?', sql[relation] or "")}
        reached = (named & sql.keys()) - wanted
    for schema, name in sorted(sql.keys() - wanted, key=lambda relation: sql[relation] is None):
        kind = "table" if sql[schema, name] is None else "view"
        connection.execute(f'drop {kind} "{schema}"."{name}"')
    for schema in {schema for schema, _ in sql} - {schema for schema, _ in wanted} - {"main"}:
        connection.execute(f'drop schema "{schema}"')


def _relations(connection: duckdb.DuckDBPyConnection) -> dict[Relation, str | None]:
    """Every table and view of the copy, with the SQL of a view (None: a table)."""
    rows = connection.execute(
        "select schema_name, table_name, null from duckdb_tables() where not internal union all "
        "select schema_name, view_name, sql from duckdb_views() where not internal"
    ).fetchall()
    return {(schema, name): sql for schema, name, sql in rows}


def _write_about(connection: duckdb.DuckDBPyConnection, data_origin: str) -> None:
    connection.execute("create or replace table main.about (item varchar primary key, value varchar not null)")
    connection.executemany(
        "insert into main.about values (?, ?)",
        [
            ("status", "unpublished"),
            ("access", "restricted: a row a respondent under a keyed hash; not to leave the organisation"),
            ("data_origin", data_origin),
            ("content", "facts and dimensions of the promoted warehouse, read-only; replaced by every load"),
        ],
    )
