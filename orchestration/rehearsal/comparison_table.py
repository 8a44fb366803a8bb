"""A comparison with published results on a terminal.

Belongs here: layout. Does not belong here: what is compared (compare.py).
"""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration.rehearsal.comparison import Comparison, Difference, NotCompared, Tally

# Differences of one fault look alike; the file has them all.
MOST_SHOWN = 20


def render_comparison(comparison: Comparison) -> RenderableType:
    """Tables of what was compared, what differs (the first twenty) and what was left out, and one line of verdict."""
    parts: list[RenderableType] = [_tally_table(comparison.survey_year, comparison.tallies)]
    if comparison.differences:
        parts.append(_difference_table(comparison.differences))
    if comparison.not_compared:
        parts.append(_left_out_table(comparison.not_compared))
    n_compared = sum(tally.n_compared for tally in comparison.tallies)
    verdict = (
        f"Equal: all {n_compared:,} comparisons with the published {comparison.survey_year} results."
        if comparison.is_equal
        else f"Different: {len(comparison.differences):,} of {n_compared:,} comparisons with the published results."
    )
    return Group(*parts, Text(verdict, style="bold"))


def _tally_table(survey_year: int, tallies: tuple[Tally, ...]) -> Table:
    title = f"Candidate {survey_year} and the published release"
    table = Table("table", "compared in", title=title, title_justify="left")
    for heading in ("cells", "equal", "different"):
        table.add_column(heading, justify="right")
    for tally in tallies:
        numbers = (tally.n_compared, tally.n_equal, tally.n_different)
        table.add_row(tally.table, tally.measure, *(f"{number:,}" for number in numbers))
    return table


def _difference_table(differences: tuple[Difference, ...]) -> Table:
    shown = differences[:MOST_SHOWN]
    title = f"Differences: {len(shown):,} of {len(differences):,}"
    headings = ("in", "level", "organisation", "group", "question", "published", "candidate")
    table = Table(*headings, title=title, title_justify="left")
    for row in shown:
        table.add_row(row.measure, *row.cell, row.published or "nothing", row.candidate or "nothing")
    return table


def _left_out_table(sources: tuple[NotCompared, ...]) -> Table:
    table = Table("not compared", title="Published, but not compared", title_justify="left")
    table.add_column("cells", justify="right")
    table.add_column("because")
    for source in sources:
        table.add_row(source.source, f"{source.n_cells:,}", source.reason)
    return table
