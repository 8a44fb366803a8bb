"""How a command that failed says so: one message for the person who must act, and an exit code.

A traceback never reaches the user; that of an unexpected failure goes to a log file, which the message names.
"""

from __future__ import annotations

import traceback
from datetime import UTC, datetime
from pathlib import Path

import click

from orchestration.exit_codes import ExitCode
from orchestration.settings import Settings
from orchestration.storage import RESTRICTED_FILE, make_restricted


def exit_code_of(error: BaseException) -> int:
    """Prints the error for a person and gives the exit code of its kind."""
    code = _known_code(error)
    if code is not None:
        click.echo(click.style("ncpes: ", fg="red", bold=True) + str(error), err=True)
        return code
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


def _known_code(error: BaseException) -> int | None:
    """Exit code of an expected end; the modules that raise are named, not imported, to keep start-up light."""
    own = getattr(error, "exit_code", None)
    if isinstance(own, int):
        return own
    names = {kind.__name__ for kind in type(error).__mro__}
    by_name = {
        "WriterBusy": ExitCode.BUSY,
        "DbtBuildFailed": ExitCode.BUILD_FAILED,
        "UnknownSurveyYear": ExitCode.USAGE,
        "RegistryError": ExitCode.USAGE,
        "SettingsError": ExitCode.USAGE,
        "ProposalError": ExitCode.USAGE,
        "NotReceived": ExitCode.USAGE,
        # Before what they are a kind of.
        "CandidateHeld": ExitCode.HELD,
        "CandidateError": ExitCode.BUILD_FAILED,
        "FilesDiffer": ExitCode.BUILD_FAILED,
        "NothingToWithdraw": ExitCode.USAGE,
        "PublicationRefused": ExitCode.NOT_PUBLISHED,
        "ReleaseError": ExitCode.NOT_PUBLISHED,
    }
    return next((int(code) for name, code in by_name.items() if name in names), None)


def _write_log(error: BaseException) -> Path:
    folder = Settings.from_environment().home / "logs"
    make_restricted(folder)
    path = folder / f"failure-{datetime.now(UTC):%Y%m%dT%H%M%S}.log"
    # Shut before anything is in it: the message of an error may quote what it stumbled over.
    path.touch(RESTRICTED_FILE)
    path.chmod(RESTRICTED_FILE)
    path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return path
