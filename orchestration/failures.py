"""How a failure is reported: one message for the person who must act, and an exit code.

A traceback never reaches the user; that of an unforeseen failure goes to a log file, which the message names. Assets
and commands report failures in the same way.
"""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestration.errors import ExitCode, ProgramError
from orchestration.settings import Settings
from orchestration.storage import RESTRICTED_FILE, make_restricted

# Under which name a run's failure carries its exit code.
EXIT_CODE = "exit code"


@dataclass(frozen=True)
class FailureMessage:
    """The message shown to the user about a failure, and its exit code."""

    text: str
    exit_code: int


class Failed(ProgramError):
    """A failure that a run has already reported: its message and exit code are passed on."""

    def __init__(self, message: FailureMessage) -> None:
        super().__init__(message.text)
        self.exit_code = message.exit_code


def tell(error: BaseException, settings: Settings | None = None) -> FailureMessage:
    """The message of an error: its own words where it is foreseen, else where its details are logged."""
    if isinstance(error, ProgramError):
        return FailureMessage(str(error), int(error.exit_code))
    log = _write_log(error, settings or Settings.from_environment())
    return FailureMessage(
        f"An unexpected error occurred ({type(error).__name__}). What is published is "
        f"unchanged. The details are in {log}: send that file to the maintainers.",
        int(ExitCode.UNEXPECTED),
    )


def _write_log(error: BaseException, settings: Settings) -> Path:
    folder = settings.home / "logs"
    make_restricted(folder)
    path = folder / f"failure-{datetime.now(UTC):%Y%m%dT%H%M%S%f}.log"
    # Shut before anything is in it: the message of an error may quote a value of a return.
    path.touch(RESTRICTED_FILE)
    path.chmod(RESTRICTED_FILE)
    path.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    return path
