"""The read-only marts database for analysts inside: facts and dimensions of the promoted warehouse, swapped in whole.

Belongs here: copying schema `marts` and what its views read. Does not belong here: anything published; the database is
restricted and says so in its table `about`.
"""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

from orchestration.release.catalogue import sync
from orchestration.release.errors import ReleaseError
from orchestration.release.files import STORAGE_VERSION
from orchestration.settings import Settings

SCHEMA = "marts"
Relation = tuple[str, str]


def swap_marts(settings: Settings, warehouse: Path) -> Path:
    """Copy the marts of a warehouse into a new database file and put it in the place of the one that stands.

    Whoever has the old file open goes on reading it; whoever opens it afterwards gets the new one, whole.

    Args:
        settings: of the warehouse's origin; gives the place.
        warehouse: database file that nobody writes.

    Returns:
        The place of the database.

    Raises:
        ReleaseError: the warehouse has no marts.
    """
    target = settings.marts_database
    target.parent.mkdir(parents=True, exist_ok=True)
    incoming = target.with_name(f".{target.name}.incoming")
    for left in (incoming, incoming.with_name(f"{incoming.name}.wal")):
        left.unlink(missing_ok=True)
    with duckdb.connect() as connection:
        connection.execute(f"set threads = {settings.duckdb_threads}")
        connection.execute(f"set memory_limit = '{settings.duckdb_memory_limit}'")
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"attach {_literal(warehouse)} as warehouse (read_only)")
        connection.execute(f"attach {_literal(incoming)} as marts_copy (storage_version '{STORAGE_VERSION}')")
        _copy(connection, warehouse)
        _write_about(connection, settings.data_origin)
        connection.execute("use memory")
        connection.execute("detach marts_copy")
    incoming.chmod(0o444)
    sync(incoming)
    incoming.replace(target)
    sync(target.parent)
    return target


def _copy(connection: duckdb.DuckDBPyConnection, warehouse: Path) -> None:
    """Tables as they are; views again as views, with the tables they read beside them in their own schemas."""
    tables = _relations(connection, "select schema_name, table_name, null, comment from duckdb_tables()")
    views = _relations(connection, "select schema_name, view_name, sql, comment from duckdb_views()")
    wanted = [name for name in [*tables, *views] if name[0] == SCHEMA]
    if not wanted:
        raise ReleaseError(f"{warehouse} has no schema {SCHEMA}. Run the load again.")
    ordered: list[Relation] = []
    for name in wanted:
        _add_with_sources(name, {**tables, **views}, ordered)
    connection.execute("use marts_copy")
    for schema in sorted({schema for schema, _ in ordered}):
        connection.execute(f'create schema if not exists "{schema}"')
    for schema, table in ordered:
        quoted = f'"{schema}"."{table}"'
        if (schema, table) in tables:
            connection.execute(f"create table {quoted} as from warehouse.{quoted}")
        else:
            connection.execute(views[schema, table][0] or "")
        comment = ({**tables, **views}[schema, table])[1]
        if comment:
            kind = "table" if (schema, table) in tables else "view"
            connection.execute(f"comment on {kind} {quoted} is {_literal(comment)}")


def _relations(connection: duckdb.DuckDBPyConnection, query: str) -> dict[Relation, tuple[str | None, str | None]]:
    """Schema and name to the SQL of a view (None: a table) and its comment."""
    rows = connection.execute(f"{query} where database_name = 'warehouse' and not internal").fetchall()
    return {(schema, name): (sql, comment) for schema, name, sql, comment in rows}


def _add_with_sources(
    name: Relation, known: dict[Relation, tuple[str | None, str | None]], ordered: list[Relation]
) -> None:
    """Put a relation after whatever its SQL names, so that views can be made in this order."""
    if name in ordered:
        return
    sql = known[name][0]
    if sql:
        named = set(re.findall(r'"?(\w+)"?\."?(\w+)"?', sql))
        for source in sorted((named & known.keys()) - {name}):
            _add_with_sources(source, known, ordered)
    ordered.append(name)


def _write_about(connection: duckdb.DuckDBPyConnection, data_origin: str) -> None:
    connection.execute("create table main.about (item varchar primary key, value varchar not null)")
    connection.executemany(
        "insert into main.about values (?, ?)",
        [
            ("status", "unpublished"),
            ("access", "restricted: a row a respondent under a keyed hash; not to leave the organisation"),
            ("data_origin", data_origin),
            ("content", "facts and dimensions of the promoted warehouse, read-only; replaced by every load"),
        ],
    )


def _literal(text: Path | str) -> str:
    return "'" + str(text).replace("'", "''") + "'"
