"""`ncpes intake` and `ncpes accept`: registry rows proposed for the files of a new year, reviewed and accepted."""

from __future__ import annotations

from pathlib import Path

import click

from orchestration.commands.options import ORIGIN, settings_of


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--year", type=int, required=True, help="Survey year of the files.")
@click.option("--out", type=click.Path(file_okay=False, path_type=Path), default=None, help="Folder of the proposal.")
@click.option("--replace", is_flag=True, help="Replace the proposal that the folder holds, reviewed or not.")
@ORIGIN
def intake(files: tuple[Path, ...], year: int, out: Path | None, replace: bool, origin: str | None) -> None:
    """Compare the FILES of a new return with the registry and the year before, and propose the rows to add.

    Nothing is accepted: the folder gets a page to read, a CSV for each seed with evidence and confidence, and a patch.
    Write yes or no beside each row, then: ncpes accept FOLDER
    """
    from orchestration.commands.proposal_summary import print_summary
    from orchestration.intake.proposal.propose import propose
    from orchestration.load.writer_lock import writer_lock
    from orchestration.registry import load_registry

    settings = settings_of(origin)
    folder = out or settings.root / "proposals" / str(year)
    with writer_lock(settings, f"ncpes intake --year {year}", on_wait=click.echo):
        proposal = propose(settings, load_registry(settings.seeds), list(files), year, folder, replace=replace)
    print_summary(proposal, folder)


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    *("--level", "levels"),
    multiple=True,
    type=click.Choice(["certain", "likely", "unsure"]),
    help="Accept all undecided rows with this confidence.",
)
@click.option(
    *("--seeds", "seeds"),
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Registry to add to (default: that of the project).",
)
def accept(folder: Path, levels: tuple[str, ...], seeds: Path | None) -> None:
    """Write the accepted rows of a proposal FOLDER into the registry seeds; refused as a whole if they do not fit."""
    from orchestration.intake.proposal.folder import accept_proposal
    from orchestration.load.writer_lock import writer_lock
    from orchestration.settings import Settings

    settings = Settings.from_environment()
    target = seeds or settings.seeds
    with writer_lock(settings, f"ncpes accept {folder}", on_wait=click.echo):
        added = accept_proposal(folder, target, accept=levels)
    for seed, rows in sorted(added.items()):
        click.echo(f"{seed}.csv: {rows:,} rows added")
    if not added:
        click.echo("No row was accepted: the registry is unchanged.")
        return
    year = folder.resolve().name if folder.resolve().name.isdigit() else "YEAR"
    click.echo(f"The registry in {target} is consistent: read what was added (git diff).")
    click.echo(f"Next: put the files into returns/{year}/ if they are not there, then ncpes load {year}")
