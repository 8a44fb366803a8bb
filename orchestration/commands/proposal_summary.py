"""A proposal in a terminal: what changed, what to decide, and where the page with everything is."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from orchestration.intake.proposal.folder import Proposal

_LEVELS = ("certain", "likely", "unsure")
_SHOWN = 12


def print_summary(proposal: Proposal, folder: Path) -> None:
    """Print what a reviewer has to know before opening the files of a proposal."""
    click.echo(f"{proposal.survey_year} compared with {proposal.base_year}: {_questions(proposal)}")
    _list("Open questions, to be answered by a person:", proposal.open_points)
    changes = [
        f"{match.new.question_id.upper()} ({'was ' + match.old.question_id.upper() if match.old else 'new'}): "
        f"{', '.join(change for change in match.changes if change != 'renumbered') or 'new'}, {match.confidence}"
        for match in proposal.matches
        if match.old is None or set(match.changes) - {"renumbered"}
    ]
    _list("Questions to look at:", changes)
    counts = Counter(change.change for change in proposal.organisations)
    if counts:
        click.echo(f"Organisations: {', '.join(f'{n:,} {change}' for change, n in sorted(counts.items()))}")
    _print_files(proposal)
    click.echo(f"Read {folder / 'proposal.md'}, then write yes or no under `accept` in the files beside it.")
    click.echo(f"Next: ncpes accept {folder}")


def _questions(proposal: Proposal) -> str:
    same = sum(1 for match in proposal.matches if match.old and not match.changes)
    counts = Counter(change for match in proposal.matches if match.old for change in match.changes)
    counts["new"] = sum(1 for match in proposal.matches if not match.old)
    counts["no longer asked"] = len(proposal.dropped)
    listed = [f"{same} questions unchanged", *(f"{n} {change}" for change, n in counts.items() if n)]
    return ", ".join(listed) + "."


def _list(title: str, lines: list[str]) -> None:
    if not lines:
        return
    click.echo(title)
    for line in lines[:_SHOWN]:
        click.echo(f"  - {line}")
    if len(lines) > _SHOWN:
        click.echo(f"  - and {len(lines) - _SHOWN} more on the page")


def _print_files(proposal: Proposal) -> None:
    from rich.table import Table

    from orchestration.commands.console import console

    table = Table("file")
    for title in ("rows", "certain (yes is filled in)", "likely", "unsure"):
        table.add_column(title, justify="right")
    for seed in dict.fromkeys(row.seed for row in proposal.rows):
        found: Counter[str] = Counter(row.confidence for row in proposal.rows if row.seed == seed)
        table.add_row(f"{seed}.csv", f"{sum(found.values()):,}", *(f"{found[level]:,}" for level in _LEVELS))
    console().print(table)
