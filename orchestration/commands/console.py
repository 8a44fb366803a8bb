"""What commands print with: tables for a person, plain lines where the output goes to a file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console


def console() -> Console:
    """A console that wraps nothing when its output goes to a file."""
    from rich.console import Console

    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=160)


def label_of_years(survey_years: Sequence[int]) -> str:
    """One year as it is, several as the first and the last."""
    return f"{survey_years[0]}-{survey_years[-1]}" if len(survey_years) > 1 else str(survey_years[0])


def fail(message: str, exit_code: int) -> None:
    """Ends a command with a message and an exit code."""
    click.echo(message, err=True)
    raise click.exceptions.Exit(exit_code)
