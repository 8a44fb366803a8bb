"""What a load came to, in a few lines: verdict, version, reasons, where to read on."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from orchestration.commands.console import label_of_years
from orchestration.load.session import LoadSession

_COLOURS = {"passed": "green", "passed_with_waivers": "yellow", "held": "red"}


def print_outcome(session: LoadSession) -> None:
    """Prints verdict, publication and places of a load that has run to its end."""
    decision = session.decision
    if decision is None:
        return
    seconds = (datetime.now(UTC) - session.started_at).total_seconds()
    verdict = click.style(decision.verdict.replace("_", " "), fg=_COLOURS[decision.verdict], bold=True)
    counts = ", ".join(f"{n} {status.replace('_', ' ')}" for status, n in decision.counts.items() if n)
    click.echo(f"{label_of_years(session.survey_years)}  {verdict}  ({counts} of the checks; {seconds:.1f} s)")
    for reason in decision.reasons[:10]:
        click.echo(f"      {reason}")
    if len(decision.reasons) > 10:
        click.echo(f"      ... and {len(decision.reasons) - 10} more in the report")
    click.echo(f"      {_publication(session)}")
    click.echo(f"      report: {session.candidate_folder / 'report.html'}")
    if session.options.writes_data_docs:
        click.echo(f"      Data Docs: {session.candidate_folder / 'data_docs' / 'index.html'}")


def _publication(session: LoadSession) -> str:
    from orchestration.release.publication.publish import AlreadyPublished

    if session.is_held:
        return "held: nothing was published, and what stood before still stands"
    if session.publication is None:
        return f"candidate only: {session.candidate_folder}"
    if isinstance(session.publication, AlreadyPublished):
        return f"same content as {session.publication.version}: nothing was published"
    return f"published as {session.publication.version}: {session.publication.folder}"
