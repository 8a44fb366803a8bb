"""What commands print with: tables and progress for a person, plain lines where nobody watches."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console


def console() -> Console:
    """A console that wraps nothing when its output goes to a file."""
    from rich.console import Console

    found = Console(highlight=False)
    return found if found.is_terminal else Console(highlight=False, width=160)


class LoadProgress:
    """A progress bar over the models of a load in a terminal; a line a step elsewhere."""

    def __init__(self, is_quiet: bool) -> None:
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._console = console()
        self._is_quiet = is_quiet
        self._bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
            disable=is_quiet or not self._console.is_terminal,
        )
        self._task = self._bar.add_task("", total=None)
        self._year = 0

    @contextmanager
    def year(self, survey_year: int) -> Iterator[None]:
        """The progress of one survey year's load."""
        self._year = survey_year
        self._bar.reset(self._task, description=f"{survey_year}", total=None)
        with self._bar:
            yield

    def say(self, message: str) -> None:
        """A step that begins, or something worth knowing."""
        if message.endswith(" ...") and self._console.is_terminal:
            self._bar.reset(self._task, description=f"{self._year}  {message[:-4]}", total=None)
        elif not self._is_quiet:
            self._bar.console.print(f"{self._year}  {message}", style="dim")

    def advance(self, name: str, done: int, total: int) -> None:
        """A model or test of the dbt invocation that has ended."""
        self._bar.update(self._task, completed=done, total=total, description=f"{self._year}  models  {name[:40]}")


def fail(message: str, exit_code: int) -> None:
    """Ends a command with a message and an exit code."""
    click.echo(message, err=True)
    raise click.exceptions.Exit(exit_code)
