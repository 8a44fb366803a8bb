"""`ncpes rehearse`: the load on returns rebuilt from real published results, compared with them cell by cell."""

from __future__ import annotations

import json
from pathlib import Path

import click

from orchestration.commands.options import AS_JSON
from orchestration.errors import ExitCode
from orchestration.settings import Settings


@click.command()
@click.option(
    "--published",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="NCPES_PUBLISHED_RESULTS",
    required=True,
    help="Published results as CSV (default: the variable NCPES_PUBLISHED_RESULTS).",
)
@AS_JSON
@click.option("--quiet", "-q", is_flag=True, help="Only the comparison.")
def rehearse(published: Path, as_json: bool, quiet: bool) -> None:
    """Rebuild a return from real PUBLISHED results, load it, and compare the candidate's files with them.

    The return has origin `reconstructed`: it goes through the same load, in its own root folder, up to a candidate that
    is never published.
    """
    from orchestration.commands.console import console
    from orchestration.commands.progress import LoadProgress
    from orchestration.load.load import LoadOptions
    from orchestration.load.writer_lock import writer_lock
    from orchestration.registry import load_registry
    from orchestration.rehearsal.compare import compare_candidate
    from orchestration.rehearsal.comparison_table import render_comparison
    from orchestration.rehearsal.reconstruct import write_reconstructed_return
    from orchestration.runner import run_load

    settings = Settings.from_environment("reconstructed")
    registry = load_registry(settings.seeds)
    with writer_lock(settings, "ncpes rehearse", on_wait=click.echo):
        rebuilt = write_reconstructed_return(settings, registry, published)
    if not (quiet or as_json):
        click.echo(
            f"Rebuilt {rebuilt.n_tables:,} trust x question tables of {rebuilt.n_trusts} trusts: "
            f"{rebuilt.n_respondents:,} respondents, {rebuilt.n_scored_answers:,} answers, in {rebuilt.folder}"
        )
    progress = LoadProgress(quiet or as_json)
    with progress.load((rebuilt.survey_year,)):
        outcome = run_load(
            settings,
            [rebuilt.survey_year],
            LoadOptions(publishes=False),
            on_event=progress.on_event,
            on_wait=progress.say,
        )
    comparison = compare_candidate(outcome.candidate / "files", published, registry)
    differences = outcome.candidate / "rehearsal_differences.csv"
    comparison.write_differences(differences)
    (outcome.candidate / "rehearsal.json").write_text(
        json.dumps(comparison.to_json(), indent=2) + "\n", encoding="utf-8"
    )
    if as_json:
        click.echo(json.dumps(comparison.to_json(), indent=2))
    else:
        console().print(render_comparison(comparison))
        click.echo(f"Verdict of the gate on the candidate: {outcome.decision.verdict}. It is never published.")
        click.echo(f"Differences: {differences}")
    if outcome.is_held or not comparison.is_equal:
        raise click.exceptions.Exit(ExitCode.DIFFERENT)
