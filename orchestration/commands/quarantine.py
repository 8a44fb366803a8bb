"""`ncpes quarantine`: rows that were not accepted, and their way back."""

from __future__ import annotations

import click

from orchestration.commands.options import ORIGIN, settings_of


@click.group()
def quarantine() -> None:
    """Rows that were not accepted: why, from which file, and how to receive them again after a correction."""


@quarantine.command("list")
@click.argument("year", type=int, required=False)
@ORIGIN
def list_rows(year: int | None, origin: str | None) -> None:
    """Rows that were not accepted, by year, delivery, file and reason: counts only."""
    from orchestration.intake.review.quarantine import quarantine_list
    from orchestration.intake.review.report import REASONS

    counts = quarantine_list(settings_of(origin), year)
    if not counts:
        click.echo("Nothing is in quarantine." if year is None else f"Nothing of {year} is in quarantine.")
        return
    from rich.table import Table

    from orchestration.commands.console import console

    table = Table("survey year", "delivery", "file")
    table.add_column("rows", justify="right")
    for title in ("outcome", "reason", "what it means"):
        table.add_column(title)
    for row in counts:
        what = REASONS.get(row.reason, "")
        table.add_row(str(row.survey_year), row.delivery, row.file, f"{row.rows:,}", row.row_outcome, row.reason, what)
    console().print(table)
    years = sorted({row.survey_year for row in counts if row.row_outcome == "quarantined"})
    for survey_year in years:
        click.echo(f"The rows themselves: ncpes quarantine show {survey_year}")
    if years:
        click.echo(
            "To recover them, add a correction or registry row, or get a corrected file; then run ncpes quarantine "
            "replay YEAR, and load the year."
        )


@quarantine.command("show")
@click.argument("year", type=int)
@click.option("--reason", default=None, help="Only rows of this reason, as `quarantine list` names it.")
@click.option("--delivery", default=None, help="Delivery to show (default: that of the files in returns/).")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="Maximum rows to show.")
@ORIGIN
def show_rows(year: int, reason: str | None, delivery: str | None, limit: int, origin: str | None) -> None:
    """Rows of YEAR that were not accepted, with their raw content: for people who may read the raw area."""
    from orchestration.intake.review.quarantine import quarantine_show

    # One more than is shown tells whether there are more.
    rows = quarantine_show(settings_of(origin), year, delivery=delivery, reason=reason, limit=limit + 1)
    for row in rows[:limit]:
        content = f"  {row.record}" if row.record else ""
        click.echo(f"{row.file} row {row.row}: {row.row_outcome} ({row.reason}){content}")
    if len(rows) > limit:
        click.echo(f"... and more; show them with --limit {limit * 10}", err=True)
    if not rows:
        hint = f"No row of {year} has the reason {reason}; `ncpes quarantine list {year}` names the reasons."
        click.echo(hint if reason else f"Every row of {year} was accepted.")


@quarantine.command("replay")
@click.argument("year", type=int)
@ORIGIN
def replay_rows(year: int, origin: str | None) -> None:
    """Receive the return of YEAR again after a correction, and say which rows came back; then load the year."""
    from orchestration.intake.review.quarantine import quarantine_replay
    from orchestration.load.writer_lock import writer_lock
    from orchestration.registry import load_registry

    settings = settings_of(origin)
    with writer_lock(settings, f"ncpes quarantine replay {year}", on_wait=click.echo):
        replay = quarantine_replay(settings, load_registry(settings.seeds), year)
    still = sum(replay.after.quarantine.values())
    if replay.before is None:
        click.echo(
            f"Received for the first time: {replay.after.n_respondents:,} respondents, {still:,} quarantined rows."
        )
    for reason, rows in (replay.recovered if replay.before else replay.after.quarantine).items():
        if replay.before is None:
            click.echo(f"{reason}: {rows:,} rows in quarantine")
        elif rows > 0:
            click.echo(f"{reason}: {rows:,} rows came back")
        else:
            click.echo(f"{reason}: {-rows:,} more rows than before are in quarantine")
    for correction in replay.after.corrections:
        click.echo(f"correction {correction.correction_id} changed {correction.rows:,} rows")
    # The same rows may be in quarantine and yet other values have been landed: the fingerprint tells.
    if replay.before is None or replay.before.intake_fingerprint != replay.after.intake_fingerprint:
        click.echo(f"Load the year: ncpes load {year}")
    else:
        click.echo("Nothing changed: the rules of the year are the same.")
    if still and replay.before is not None:
        click.echo(f"Still in quarantine: {still:,} rows (ncpes quarantine list {year})")
