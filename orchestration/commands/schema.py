"""`ncpes schema`: what the tables and columns of a release mean, as the release itself says."""

from __future__ import annotations

import click

from orchestration.commands.console import console
from orchestration.commands.options import ORIGIN, Mistake, settings_of
from orchestration.commands.reading import release_files, resolve_release

_TABLES = """
    select table_name, estimated_size as n_rows, coalesce(comment, '') as meaning
    from duckdb_tables() where not internal order by table_name
"""
_COLUMNS = """
    select column_name, lower(data_type) as type, coalesce(comment, '') as meaning
    from duckdb_columns() where not internal and table_name = ? order by column_index
"""


@click.command()
@click.argument("table", required=False)
@click.option("--release", default="latest", help="latest, a survey year or a version.")
@ORIGIN
def schema(table: str | None, release: str, origin: str | None) -> None:
    """The tables of a published release, or the columns of one TABLE, with what they mean."""
    import duckdb
    from rich.table import Table

    (database,) = release_files(resolve_release(settings_of(origin), release), None, "duckdb")
    with duckdb.connect(database.as_posix(), read_only=True) as connection:
        rows = connection.execute(_COLUMNS, [table]).fetchall() if table else connection.execute(_TABLES).fetchall()
    if not rows:
        raise Mistake(f"The release has no table {table}. The tables are listed by: ncpes schema")
    shown = Table("column", "type", "meaning") if table else Table("table", "rows", "meaning")
    for name, second, meaning in rows:
        shown.add_row(name, second if table else f"{second:,}", meaning)
    console().print(shown)
