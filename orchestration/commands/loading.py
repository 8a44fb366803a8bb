"""`ncpes examples` and `ncpes load`."""

from __future__ import annotations

from datetime import datetime

import click

from orchestration.commands.options import ORIGIN, Mistake, settings_of
from orchestration.errors import ExitCode
from orchestration.settings import Settings


@click.command()
@click.argument("years", type=int, nargs=-1)
@click.option("--missing", is_flag=True, help="Only the years that have no return yet.")
@click.option("--uncalibrated", is_flag=True, help="Draw years with sampling noise and between-year effects.")
@click.option("--respondents", type=int, default=None, help="A small return of this many respondents.")
@click.option("--trusts", type=int, default=None, help="With --respondents: how many trusts.")
@click.option("--seed", type=int, default=None, help="Random seed; the same seed gives identical files.")
def examples(
    years: tuple[int, ...],
    missing: bool,
    uncalibrated: bool,
    respondents: int | None,
    trusts: int | None,
    seed: int | None,
) -> None:
    """Write example returns for YEARS (default: every year of the registry): invented people, labelled synthetic.

    National scores are calibrated to the published ones: that tests the arithmetic, not the survey.
    """
    from functools import partial

    from orchestration.all_cores import on_all_cores
    from orchestration.examples import DEFAULT_SEED, write_examples
    from orchestration.load.writer_lock import writer_lock
    from orchestration.registry import load_registry

    settings = Settings.from_environment("synthetic")
    registry = load_registry(settings.seeds)
    with writer_lock(settings, "ncpes examples", on_wait=click.echo):
        wanted = [y for y in years or registry.years if not (missing and (settings.returns / str(y)).is_dir())]
        write = partial(
            write_examples,
            seed=DEFAULT_SEED if seed is None else seed,
            calibrated=not uncalibrated,
            respondents=respondents,
            trusts=trusts,
        )
        for made in on_all_cores(write, [(settings, registry, year) for year in wanted]):
            people = f"{made.n_respondents:,} respondents of {made.n_sampled:,} sampled"
            click.echo(f"{made.survey_year}: {people}, in {made.folder}")


@click.command()
@click.argument("years", type=int, nargs=-1, required=True)
@ORIGIN
@click.option("--resume", is_flag=True, help="Resume the last load of these years at the failed step.")
@click.option("--full-refresh", is_flag=True, help="Rebuild every survey year of the warehouse.")
@click.option("--no-publish", is_flag=True, help="Stop at the candidate; publish nothing.")
@click.option("--as-of", type=click.DateTime(["%Y-%m-%d"]), default=None, help="Date by which waivers expire (today).")
@click.option("--discard-signatures", is_flag=True, help="Replace a candidate that is signed and not published.")
@click.option("--each", is_flag=True, help="One load and release per year, instead of one for all.")
@click.option("--data-docs", is_flag=True, help="Also write Great Expectations' Data Docs: offline, without values.")
@click.option("--quiet", "-q", is_flag=True, help="Only the outcome.")
def load(
    years: tuple[int, ...],
    origin: str | None,
    resume: bool,
    full_refresh: bool,
    no_publish: bool,
    as_of: datetime | None,
    discard_signatures: bool,
    each: bool,
    data_docs: bool,
    quiet: bool,
) -> None:
    """Load the returns of YEARS: intake, models, checks, decision, report, files, publication.

    Consecutive years make one load and one release: that of the last year, which contains all of them. With
    --each, every year is loaded and released separately, in order.

    Files are read from returns/<year>/ of the root. A return with a wrong structure is refused; any other load runs
    to its end, the gate decides, and a held release leaves the current one in place.
    """
    from orchestration.commands.outcome import print_outcome
    from orchestration.commands.progress import LoadProgress
    from orchestration.load.load import LoadOptions
    from orchestration.registry import load_registry
    from orchestration.runner import consecutive, run_load

    settings = settings_of(origin)
    options = LoadOptions(
        full_refresh=full_refresh,
        publishes=not no_publish,
        writes_data_docs=data_docs,
        discards_signatures=discard_signatures,
    )
    progress = LoadProgress(quiet)
    held = False
    known = load_registry(settings.seeds).years
    if unknown := sorted(set(years) - set(known)):
        raise Mistake(
            f"The registry has no survey year {', '.join(map(str, unknown))}; nothing was loaded. "
            f"`ncpes intake FILE... --year {unknown[0]}` proposes its rows from the files in "
            f"{settings.returns / str(unknown[0])}, and `ncpes accept` adds them."
        )
    for taken_in in [(year,) for year in sorted(set(years))] if each else consecutive(years, known):
        with progress.load(taken_in):
            outcome = run_load(
                settings,
                taken_in,
                options,
                as_of=as_of.date() if as_of else None,
                resume=resume,
                on_event=progress.on_event,
                on_wait=progress.say,
            )
        print_outcome(outcome, options)
        held |= outcome.is_held
    if held:
        raise click.exceptions.Exit(ExitCode.HELD)


@click.command()
@click.option("--port", type=int, default=3000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
def ui(port: int, host: str) -> None:
    """Open the Dagster UI on the same history as the command line: assets, partitions, checks, runs, the sensor."""
    import os
    import sys

    from orchestration.runner import prepare_dagster_home

    settings = Settings.from_environment()
    prepare_dagster_home(settings)
    os.environ["NCPES_HOME"] = settings.home.as_posix()
    workspace = (settings.project_root / "workspace.yaml").as_posix()
    click.echo(f"The UI is at http://{host}:{port}; stop it with Ctrl-C.")
    arguments = ["-m", "dagster", "dev", "-w", workspace, "-p", str(port), "-h", host]
    os.chdir(settings.project_root)
    os.execv(sys.executable, [sys.executable, *arguments])
