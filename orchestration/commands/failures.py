"""How a command that failed says so: one message for the person who must act, and an exit code.

A traceback never reaches the user; that of an unexpected failure goes to a log file, which the message names.
"""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.errors import ExitCode, ProgramError
from orchestration.settings import Settings
from orchestration.storage import RESTRICTED_FILE, make_restricted


def exit_code_of(error: BaseException) -> int:
    """Prints the error for a person and gives the exit code of its kind."""
    if isinstance(error, ProgramError):
        click.echo(click.style("ncpes: ", fg="red", bold=True) + str(error), err=True)
        return int(error.exit_code)
    if isinstance(error, KeyboardInterrupt | click.Abort):
        click.echo("ncpes: stopped. What stood before still stands.", err=True)
        return int(ExitCode.UNEXPECTED)
    say_unforeseen(error, "What stood before still stands.")
    return int(ExitCode.UNEXPECTED)


def say_unforeseen(error: BaseException, what_stands: str) -> None:
    """Says that something unforeseen happened and what stands all the same; the traceback goes to a log."""
    log = _write_log(error)
    click.echo(
        f"ncpes: something went wrong that the program did not foresee ({type(error).__name__}). {what_stands} "
        f"The details are in {log}: send that file to the maintainers.",
        err=True,
    )


def _write_log(error: BaseException) -> Path:
    folder = Settings.from_environment().home / "logs"
    make_restricted(folder)
    path = folder / f"failure-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"
    # Shut before anything is in it: the message of an error may quote what it stumbled over.
    path.touch(RESTRICTED_FILE)
    path.chmod(RESTRICTED_FILE)
    path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return path
