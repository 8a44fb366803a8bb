"""`ncpes`: the command line. Assembles the commands; each lives in `orchestration.commands` and calls the program.

Nothing heavy is imported before a command runs, so `ncpes --help` answers at once.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping
from typing import Any

import click

from orchestration.errors import ExitCode
from orchestration.failures import tell

COMMANDS = {
    "examples": "orchestration.commands.loading:examples",
    "load": "orchestration.commands.loading:load",
    "intake": "orchestration.commands.intake:intake",
    "accept": "orchestration.commands.intake:accept",
    "quarantine": "orchestration.commands.quarantine:quarantine",
    "ui": "orchestration.commands.loading:ui",
    "rehearse": "orchestration.commands.rehearsal:rehearse",
    "status": "orchestration.commands.reading:status",
    "releases": "orchestration.commands.reading:releases",
    "claims": "orchestration.commands.reading:claims",
    "path": "orchestration.commands.reading:path",
    "schema": "orchestration.commands.schema:schema",
    "query": "orchestration.commands.reading:query",
    "review": "orchestration.commands.reviewing:review",
    "sign": "orchestration.commands.reviewing:sign",
    "publish": "orchestration.commands.reviewing:publish",
    "verify": "orchestration.commands.reviewing:verify",
    "withdraw": "orchestration.commands.reviewing:withdraw",
}


class LazyGroup(click.Group):
    """`lazy_commands` maps a command's name to `module:attribute`."""

    def __init__(self, *args: Any, lazy_commands: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._lazy = dict(lazy_commands)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Commands in the order of the table, which is the order of a year's work."""
        return list(self._lazy)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        if cmd_name not in self._lazy:
            return None
        module, _, attribute = self._lazy[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command


@click.group(cls=LazyGroup, lazy_commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ncpes-warehouse", prog_name="ncpes")
def cli() -> None:
    """NCPES warehouse: turns a year's survey returns into a checked and signed release.

    Data live under NCPES_HOME (default: data/ beside the code); NCPES_DATA_ORIGIN chooses the root: synthetic
    (default), actual or reconstructed.
    """


def main() -> None:
    """Entry point. Expected ends have their exit code and a plain message; the unexpected goes to a log file."""
    try:
        # Click returns the code of an `Exit` here, and raises it no further.
        sys.exit(cli(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (Exception, KeyboardInterrupt) as error:  # the one place where everything ends in a message
        sys.exit(exit_code_of(error))


def exit_code_of(error: BaseException) -> int:
    """Prints the error for a person and gives the exit code of its kind."""
    if isinstance(error, KeyboardInterrupt | click.Abort):
        click.echo("ncpes: stopped. What is published is unchanged.", err=True)
        return int(ExitCode.UNEXPECTED)
    message = tell(error)
    click.echo(click.style("ncpes: ", fg="red", bold=True) + message.text, err=True)
    return message.exit_code


if __name__ == "__main__":
    main()
