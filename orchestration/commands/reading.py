"""`ncpes status`, `releases`, `claims`, `path` and `query`: what is there, and how to read it.

What takes a third of a second or more to import (release, rich, duckdb) is imported by the command that needs it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from orchestration.commands.console import console
from orchestration.commands.options import AS_JSON, ORIGIN, Mistake, settings_of
from orchestration.errors import ExitCode
from orchestration.release.records.manifest import MANIFEST_FILE, REPORT_FILE, read_manifest
from orchestration.settings import Settings


@click.command()
@ORIGIN
@AS_JSON
def status(origin: str | None, as_json: bool) -> None:
    """What is loaded, stale, held and published, by survey year."""
    from orchestration.release.publication.status import year_status

    settings = settings_of(origin)
    rows = year_status(settings)
    if as_json:
        click.echo(json.dumps([_status_record(row) for row in rows], indent=2))
        return
    if not rows:
        files = "`ncpes examples` writes example returns"
        if settings.data_origin == "actual":
            files = f"Put the files of a year into {settings.returns}/YEAR"
        click.echo(f"Nothing is loaded. {files}, `ncpes load YEAR` loads them.")
        return
    from rich.table import Table

    table = Table("survey year", "state", "release", "active delivery", "verdict of the last load", "what to do")
    for row in rows:
        record = _status_record(row)
        table.add_row(
            str(row.survey_year),
            ", ".join(row.states) or "landed",
            row.published_version or (f"in {row.held_in_version}" if row.held_in_version else ""),
            row.active_delivery or "",
            (row.verdict or "").replace("_", " "),
            record["next_step"],
        )
    console().print(table)


def _status_record(row: Any) -> dict[str, Any]:
    """A year's status as plain values, with the next step."""
    stale = [vars(year) for year in row.stale]
    if row.verdict == "held":
        next_step = f"read candidates/{row.survey_year}/report.html, correct the return, load again"
    elif stale:
        changed = ", ".join(str(year["survey_year"]) for year in stale)
        next_step = f"`ncpes load {row.survey_year}` (the return of {changed} has changed since)"
    else:
        next_step = ""
    return {
        "survey_year": row.survey_year,
        "states": list(row.states),
        "published_version": row.published_version,
        "held_in_version": row.held_in_version,
        "active_delivery": row.active_delivery,
        "verdict": row.verdict,
        "stale_because": stale,
        "next_step": next_step,
    }


@click.command()
@ORIGIN
@AS_JSON
def releases(origin: str | None, as_json: bool) -> None:
    """Every release published, newest last; which are current and which is the latest."""
    from orchestration.release.publication.status import release_list

    rows = release_list(settings_of(origin))
    if as_json:
        records = [
            {**vars(row), "published_at": row.published_at.isoformat(), "folder": str(row.folder)} for row in rows
        ]
        click.echo(json.dumps(records, indent=2))
        return
    if not rows:
        click.echo("Nothing is published.")
        return
    from rich.table import Table

    table = Table("version", "published", "content digest", "supersedes", "state")
    for row in rows:
        marks = ["latest"] if row.is_latest else []
        marks += ["current"] if row.is_current else []
        marks += [f"withdrawn: {row.withdrawn_reason}"] if row.withdrawn_reason else []
        table.add_row(
            row.version,
            row.published_at.strftime("%Y-%m-%d %H:%M UTC"),
            row.content_digest[:12],
            row.supersedes or "",
            ", ".join(marks),
        )
    console().print(table)


@click.command()
@click.argument("release", default="latest")
@click.argument("table", required=False)
@click.option("--format", "file_format", type=click.Choice(["parquet", "csv", "duckdb"]), default="parquet")
@ORIGIN
def path(release: str, table: str | None, file_format: str, origin: str | None) -> None:
    """Print where RELEASE is (latest, a survey year or a version), or the file of one TABLE in it.

    The pointer is resolved once, so that what is printed is one whole release for as long as it is read.
    """
    folder = resolve_release(settings_of(origin), release)
    if table is None and file_format != "duckdb":
        click.echo(str(folder))
        return
    found = release_files(folder, table, file_format)
    if not found:
        raise Mistake(f"{folder.name} has no {file_format} file of {table}; see {folder / MANIFEST_FILE}.")
    for file in found:
        click.echo(str(file))


def resolve_release(settings: Settings, release: str) -> Path:
    """Folder of a release by version, survey year or `latest`; the link is resolved here and only here."""
    pointer = settings.releases / ("current/" + release if release.isdigit() else release)
    if not (pointer / MANIFEST_FILE).is_file():
        raise Mistake(
            f"There is no release {release} of {settings.data_origin} data{_other_release(settings, release)}. "
            "`ncpes releases` lists what is published."
        )
    return pointer.resolve()


def _other_release(settings: Settings, release: str) -> str:
    """The release in which the rows of a survey year without a release of its own are published."""
    from orchestration.release.publication.status import year_status

    found = {str(row.survey_year): row.held_in_version for row in year_status(settings)}.get(release)
    return f"; {release} is in {found}" if found else ""


def release_files(folder: Path, table: str | None, file_format: str) -> list[Path]:
    """Files of a release, by its manifest: of one table in one format, or the one DuckDB file."""
    return [folder / path for path in read_manifest(folder).paths(file_format, table)]


@click.command()
@click.argument("sql")
@click.option("--release", default="latest", help="latest, a survey year or a version.")
@click.option("--format", "output", type=click.Choice(["table", "csv", "json"]), default="table")
@ORIGIN
def query(sql: str, release: str, output: str, origin: str | None) -> None:
    """Run one SQL query on a published release; its tables are named pub_...

    For example: ncpes query "select * from pub_question_scores where level = 'national' limit 5"
    """
    import duckdb

    (database,) = release_files(resolve_release(settings_of(origin), release), None, "duckdb")
    try:
        if len(duckdb.extract_statements(sql)) != 1:
            raise Mistake("One statement at a time, please.")
        with duckdb.connect(database.as_posix(), read_only=True) as connection:
            # A query sees the release and nothing else of this machine.
            connection.execute("set enable_external_access = false")
            connection.execute("set lock_configuration = true")
            relation = connection.sql(sql)
            if relation is None:
                raise Mistake("This statement returns no rows; a release is read-only.")
            if output == "table":
                relation.show(max_rows=200, max_width=200)
            elif output == "csv":
                click.echo(relation.df().to_csv(index=False), nl=False)
            else:
                click.echo(relation.df().to_json(orient="records", date_format="iso", indent=2))
    except duckdb.Error as error:
        raise Mistake(f"{error}\nTables and their columns are listed by: ncpes schema [TABLE]") from None


@click.command()
@click.argument("year", type=int, required=False)
@ORIGIN
@AS_JSON
def claims(year: int | None, origin: str | None, as_json: bool) -> None:
    """The headline claims of the published release of YEAR (default: the latest), and how each is reached."""
    from orchestration.commands.claims_table import claims_of_release, print_claims

    settings = settings_of(origin)
    folder = resolve_release(settings, "latest" if year is None else str(year))
    found = claims_of_release(folder)
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        print_claims(found)
        click.echo(f"Gate:    {found['gate'].replace('_', ' ')}")
        click.echo(f"Release: {folder}")
        click.echo(f"Report:  {folder / REPORT_FILE}")
        click.echo(f"Marts:   {settings.marts_database} (for internal analysts; unpublished)")
    if any(claim["holds"] is False for claim in found["claims"]):
        raise click.exceptions.Exit(ExitCode.DIFFERENT)
