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
from orchestration.release.sql import literal
from orchestration.settings import Settings

SCHEMA = "marts"
# Marts stand in the schema that needs no name: `from fct_ratings`. A schema called like its database file is ambiguous.
PLACE = "main"
Relation = tuple[str, str]  # schema, name
Definition = tuple[str | None, str | None]  # SQL of a view (None: a table), comment


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
        connection.execute(f"attach {literal(warehouse)} as warehouse (read_only)")
        connection.execute(f"attach {literal(incoming)} as marts_copy (storage_version '{STORAGE_VERSION}')")
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
    """Tables as they are; views as views, and what they read beside them in the schemas it had."""
    known = _relations(connection)
    wanted = [relation for relation in known if relation[0] == SCHEMA]
    if not wanted:
        raise ReleaseError(f"{warehouse} has no schema {SCHEMA}. Run the load again.")
    ordered: list[Relation] = []
    for relation in wanted:
        _add_with_sources(relation, known, ordered)
    connection.execute("use marts_copy")
    for schema in {schema for schema, _ in ordered} - {SCHEMA}:
        connection.execute(f'create schema "{schema}"')
    for schema, name in ordered:
        sql, comment = known[schema, name]
        place = f'"{PLACE if schema == SCHEMA else schema}"."{name}"'
        if sql is None:
            connection.execute(f'create table {place} as from warehouse."{schema}"."{name}"')
        else:
            body = re.sub(rf'"?\b{SCHEMA}\b"?\.', f"{PLACE}.", sql.partition(" AS ")[2])
            connection.execute(f"create view {place} as {body}")
        if comment:
            connection.execute(f"comment on {'view' if sql else 'table'} {place} is {literal(comment)}")


def _relations(connection: duckdb.DuckDBPyConnection) -> dict[Relation, Definition]:
    """Every table and view of the warehouse."""
    rows = connection.execute(
        "select schema_name, table_name, null, comment from duckdb_tables() where database_name = 'warehouse' "
        "union all select schema_name, view_name, sql, comment from duckdb_views() "
        "where database_name = 'warehouse' and not internal order by all"
    ).fetchall()
    return {(schema, name): (sql, comment) for schema, name, sql, comment in rows}


def _add_with_sources(name: Relation, known: dict[Relation, Definition], ordered: list[Relation]) -> None:
    """Put a relation after whatever its SQL names, so that everything can be made in this order."""
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
