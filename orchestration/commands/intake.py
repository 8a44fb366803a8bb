"""`ncpes intake`, `accept` and `quarantine`: files that nobody has seen before, and rows that could not be taken."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.commands.options import ORIGIN, settings_of


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year", type=int, required=True, help="Survey year of the files.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=None, help="Folder of the proposal.")
@ORIGIN
def intake(files: tuple[Path, ...], year: int, out: Path | None, origin: str | None) -> None:
    """Compare the FILES of a new return with the registry and the year before, and propose the rows to add.

    Nothing is accepted: the folder holds a page to read, one CSV a seed with evidence and confidence, and a patch.
    Write yes or no beside each row, then: ncpes accept FOLDER
    """
    from orchestration.intake.proposal import propose
    from orchestration.registry import load_registry

    settings = settings_of(origin)
    folder = out or settings.root / "proposals" / str(year)
    propose(settings, load_registry(settings.seeds), list(files), year, folder)
    click.echo((folder / "proposal.md").read_text(encoding="utf-8"))
    click.echo(f"The proposal lies in {folder}. Review it, then: ncpes accept {folder}")


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--level", "levels", multiple=True, help="Accept every row of this confidence (certain, likely ...) unreviewed."
)
@click.option("--seeds", type=click.Path(exists=True, file_okay=False, path_type=Path), default=None)
def accept(folder: Path, levels: tuple[str, ...], seeds: Path | None) -> None:
    """Write the accepted rows of a proposal FOLDER into the registry seeds; refused as a whole if they do not fit."""
    from orchestration.intake.proposal import accept_proposal
    from orchestration.settings import Settings

    added = accept_proposal(folder, seeds or Settings.from_environment().seeds, accept=levels)
    for seed, rows in sorted(added.items()):
        click.echo(f"{seed}: {rows} rows")


@click.group()
def quarantine() -> None:
    """Rows that could not be taken: why, where they came from, and the way back after a correction."""


@quarantine.command("list")
@click.argument("year", type=int, required=False)
@ORIGIN
def list_rows(year: int | None, origin: str | None) -> None:
    """Quarantined rows by year, delivery, file and reason."""
    from orchestration.intake.replay import quarantine_list

    counts = quarantine_list(settings_of(origin), year)
    for count in counts:
        click.echo(
            f"{count.survey_year}  {count.delivery}  {count.file}: {count.rows:,} rows {count.fate} ({count.reason})"
        )
    if not counts:
        click.echo("Nothing is in quarantine.")


@quarantine.command("show")
@click.argument("year", type=int)
@click.option("--reason", default=None)
@click.option("--delivery", default=None)
@click.option("--limit", type=int, default=50, show_default=True)
@ORIGIN
def show_rows(year: int, reason: str | None, delivery: str | None, limit: int, origin: str | None) -> None:
    """Quarantined rows with their raw content: for those who may read the raw area."""
    from orchestration.intake.replay import quarantine_show

    for row in quarantine_show(settings_of(origin), year, delivery=delivery, reason=reason, limit=limit):
        click.echo(f"{row.file} row {row.row}: {row.fate} ({row.reason})  {row.record or ''}")


@quarantine.command("replay")
@click.argument("year", type=int)
@ORIGIN
def replay_rows(year: int, origin: str | None) -> None:
    """Take the return of YEAR in again after a correction, and say which rows came back; then load the year."""
    from orchestration.intake.replay import quarantine_replay
    from orchestration.load.writer_lock import writer_lock
    from orchestration.registry import load_registry

    settings = settings_of(origin)
    with writer_lock(settings, f"ncpes quarantine replay {year}", on_wait=click.echo):
        replay = quarantine_replay(settings, load_registry(settings.seeds), year)
    for reason, rows in replay.recovered.items():
        click.echo(f"{reason}: {rows:,} rows came back" if rows > 0 else f"{reason}: {-rows:,} rows more")
    click.echo(f"Load the year: ncpes load {year}" if replay.recovered else "Nothing changed.")
