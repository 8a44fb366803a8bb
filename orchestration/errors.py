"""How a command of `ncpes` may end: exit codes, and the base of every error that a person is told of.

The README's table is made from this enumeration. Belongs here: what all errors share. Does not belong here: the errors
themselves, which stand where they are raised.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Codes 20 to 27 are those of a refused return (`orchestration.intake.refusal.RefusalKind`)."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    HELD = 3
    NOT_PUBLISHED = 4
    BUSY = 5
    BUILD_FAILED = 6
    DIFFERENT = 7

    @property
    def meaning(self) -> str:
        """The code in words."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "done; also where nothing was to be done",
    ExitCode.UNEXPECTED: "a fault of the program: the message names the log with its details",
    ExitCode.USAGE: "the command or its arguments were wrong",
    ExitCode.HELD: "the gate held the release (`load`, `review`, `sign`, `publish`): the report says why, the current "
    "release is unchanged",
    ExitCode.NOT_PUBLISHED: "publication was refused (signature, time, audit, a record that does not fit), or the "
    "candidate is not sealed; the current release is unchanged",
    ExitCode.BUSY: "another process was writing and did not finish in time",
    ExitCode.BUILD_FAILED: "a model, the candidate or its files could not be made: a fault of the project, not of the "
    "return",
    ExitCode.DIFFERENT: "a comparison or verification found differences, or a record missing or damaged",
}


class ProgramError(Exception):
    """An expected end: the message is for the person who must act, and ends with the next step.

    A class has one meaning and so one exit code; instances override it only where a class stands for several kinds of
    refusal (`IntakeRefused`).
    """

    exit_code: int = ExitCode.UNEXPECTED
