"""What commands print with: tables and progress for a person, plain lines where nobody watches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
        self._label = ""

    @contextmanager
    def load(self, survey_years: Sequence[int]) -> Iterator[None]:
        """The progress of one load."""
        self._label = label_of_years(survey_years)
        self._bar.reset(self._task, description=self._label, total=None)
        with self._bar:
            yield

    def say(self, message: str) -> None:
        """A step that begins, or something worth knowing."""
        if message.endswith(" ...") and self._console.is_terminal:
            self._bar.reset(self._task, description=f"{self._label}  {message[:-4]}", total=None)
        elif not self._is_quiet:
            self._bar.console.print(f"{self._label}  {message}", style="dim")

    def advance(self, name: str, done: int, total: int) -> None:
        """A model or test of the dbt invocation that has ended."""
        self._bar.update(self._task, completed=done, total=total, description=f"{self._label}  models  {name[:40]}")


def label_of_years(survey_years: Sequence[int]) -> str:
    """One year as it is, several as the first and the last."""
    return f"{survey_years[0]}-{survey_years[-1]}" if len(survey_years) > 1 else str(survey_years[0])


def fail(message: str, exit_code: int) -> None:
    """Ends a command with a message and an exit code."""
    click.echo(message, err=True)
    raise click.exceptions.Exit(exit_code)
