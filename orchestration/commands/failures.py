"""How a command that failed says so: one message for the person who must act, and an exit code."""

from __future__ import annotations

import click

from orchestration.errors import ExitCode
from orchestration.failures import tell


def exit_code_of(error: BaseException) -> int:
    """Prints the error for a person and gives the exit code of its kind."""
    if isinstance(error, KeyboardInterrupt | click.Abort):
        click.echo("ncpes: stopped. What is published is unchanged.", err=True)
        return int(ExitCode.UNEXPECTED)
    message = tell(error)
    click.echo(click.style("ncpes: ", fg="red", bold=True) + message.text, err=True)
    return message.exit_code
