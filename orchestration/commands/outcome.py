"""The outcome of a load in a few lines: verdict, version, reasons, path of the report."""

from __future__ import annotations

import click

from orchestration.commands.console import label_of_years
from orchestration.load.load import LoadOptions
from orchestration.runner import LoadOutcome

_COLOURS = {"passed": "green", "passed_with_waivers": "yellow", "held": "red"}
_SHOWN_REASONS = 10


def print_outcome(outcome: LoadOutcome, options: LoadOptions) -> None:
    """Prints verdict, publication and places of a load that has run to its end."""
    decision = outcome.decision
    verdict = click.style(decision.verdict.replace("_", " "), fg=_COLOURS[decision.verdict], bold=True)
    counts = ", ".join(f"{n} {status.replace('_', ' ')}" for status, n in decision.counts.items() if n)
    click.echo(f"{label_of_years(outcome.survey_years)}  {verdict}  (checks: {counts}; {outcome.seconds:.1f} s)")
    for reason in decision.reasons[:_SHOWN_REASONS]:
        click.echo(f"      {reason}")
    if len(decision.reasons) > _SHOWN_REASONS:
        click.echo(f"      ... and {len(decision.reasons) - _SHOWN_REASONS} more in the report")
    click.echo(f"      {_publication(outcome)}")
    click.echo(f"      report: {outcome.candidate / 'report.html'}")
    if options.writes_data_docs:
        click.echo(f"      Data Docs: {outcome.candidate / 'data_docs' / 'index.html'}")
    if outcome.report_failure:
        click.echo(
            f"The full report could not be made; a plain page takes its place. {outcome.report_failure.text}", err=True
        )


def _publication(outcome: LoadOutcome) -> str:
    published = outcome.publication
    if outcome.is_held:
        return "held: nothing was published, and the current release is unchanged"
    if published is None or published.version is None:
        return f"candidate only: {outcome.candidate}"
    if not published.is_published:
        return f"same content as {published.version}: nothing was published"
    return f"published as {published.version}: {outcome.settings.releases / published.version}"
