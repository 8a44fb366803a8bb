"""`ncpes`: the command line. Assembles the commands; each lives in `orchestration.commands` and calls the program.

Nothing heavy is imported before a command runs, so `ncpes --help` answers at once.
"""

from __future__ import annotations

import sys

import click

from orchestration.commands.lazy import LazyGroup

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


@click.group(cls=LazyGroup, lazy_commands=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ncpes-warehouse", prog_name="ncpes")
def cli() -> None:
    """NCPES warehouse: a year's survey returns in, a checked and signed release out.

    Data live under NCPES_HOME (default: data/ beside the code); NCPES_DATA_ORIGIN chooses the root: synthetic
    (default), actual or reconstructed.
    """


def main() -> None:
    """Entry point. Expected ends have their exit code and a plain message; the unexpected goes to a log file."""
    from orchestration.commands.failures import exit_code_of

    try:
        # Click returns the code of an `Exit` here, and raises it no further.
        sys.exit(cli(standalone_mode=False))
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (Exception, KeyboardInterrupt) as error:  # the one place where everything ends in a message
        sys.exit(exit_code_of(error))


if __name__ == "__main__":
    main()
