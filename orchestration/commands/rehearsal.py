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

    The return has origin `reconstructed`: it goes through the very same load, in a root of its own, to a candidate that
    is never published.
    """
    from orchestration.commands.console import LoadProgress, console
    from orchestration.load.run import LoadRunner
    from orchestration.load.session import LoadOptions
    from orchestration.load.writer_lock import writer_lock
    from orchestration.registry import load_registry
    from orchestration.rehearsal.compare import compare_candidate
    from orchestration.rehearsal.comparison_table import render_comparison
    from orchestration.rehearsal.reconstruct import write_reconstructed_return

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
    runner = LoadRunner(settings, say=progress.say, progress=progress.advance)
    with progress.load((rebuilt.survey_year,)):
        session = runner.load(rebuilt.survey_year, LoadOptions(publishes=False))
    comparison = compare_candidate(session.candidate_folder / "files", published, registry)
    differences = session.candidate_folder / "rehearsal_differences.csv"
    comparison.write_differences(differences)
    (session.candidate_folder / "rehearsal.json").write_text(
        json.dumps(comparison.to_json(), indent=2) + "\n", encoding="utf-8"
    )
    if as_json:
        click.echo(json.dumps(comparison.to_json(), indent=2))
    else:
        console().print(render_comparison(comparison))
        verdict = session.decision.verdict if session.decision else "none"
        click.echo(f"Verdict of the gate on the candidate: {verdict}. It is never published.")
        click.echo(f"Differences: {differences}")
    if session.is_held or not comparison.is_equal:
        raise click.exceptions.Exit(ExitCode.DIFFERENT)
