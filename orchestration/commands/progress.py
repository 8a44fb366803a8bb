"""The progress of a load in a terminal, from the events of its run: a bar over the models, or a line a step
elsewhere."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from orchestration.commands.console import console, label_of_years

if TYPE_CHECKING:
    from dagster import EventLogEntry


class LoadProgress:
    """Shows each step as it begins, each table as it is built, and what steps say."""

    def __init__(self, is_quiet: bool) -> None:
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
        """Something worth knowing."""
        if not self._is_quiet:
            self._bar.console.print(f"{self._label}  {message}", style="dim")

    def on_event(self, event: EventLogEntry) -> None:
        """An event of the run: a step that begins, an asset that is there, or words of a step."""
        if not event.is_dagster_event:
            if event.level == logging.INFO and event.step_key:  # what a step says; other levels are Dagster's own words
                self.say(event.user_message)
            return
        happened = event.get_dagster_event()
        step = str(happened.step_key or "").replace("_", " ")
        if happened.is_step_start:
            if self._console.is_terminal:
                self._bar.reset(self._task, description=f"{self._label}  {step}", total=None)
            else:
                self.say(f"{step} ...")
        elif happened.is_step_materialization and (key := happened.asset_key):
            self._bar.update(self._task, advance=1, description=f"{self._label}  {step}  {key.path[-1]}")
