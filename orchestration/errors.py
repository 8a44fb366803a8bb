"""Exit codes of `ncpes` and the base class of every error that is shown to the user.

The README's table is made from this enumeration. Belongs here: what all errors share. Does not belong here: the errors
themselves, which are defined where they are raised.
"""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Codes 20 to 27 say why a return was refused; where there are several reasons, the lowest code is given."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    HELD = 3
    NOT_PUBLISHED = 4
    BUSY = 5
    BUILD_FAILED = 6
    DIFFERENT = 7
    NO_RETURN = 20
    WRONG_ORIGIN = 21
    LIMIT_EXCEEDED = 22
    UNREADABLE_FILE = 23
    UNKNOWN_YEAR = 24
    WRONG_STRUCTURE = 25
    UNKNOWN_CODE = 26
    WRONG_CORRECTION = 27

    @property
    def meaning(self) -> str:
        """The code in words."""
        return _MEANINGS[self]


_MEANINGS = {
    ExitCode.OK: "done, or there was nothing to do",
    ExitCode.UNEXPECTED: "a fault of the program: the message names the log with its details",
    ExitCode.USAGE: "the command or its arguments were wrong",
    ExitCode.HELD: "the gate held the release (`load`, `review`, `sign`, `publish`): the report says why, the current "
    "release is unchanged",
    ExitCode.NOT_PUBLISHED: "publication was refused (signature, time, audit, a record that does not fit), or the "
    "candidate is incomplete; the current release is unchanged",
    ExitCode.BUSY: "another process was writing and did not finish in time",
    ExitCode.BUILD_FAILED: "a model, the candidate or its files could not be made: a fault of the project, not of the "
    "return",
    ExitCode.DIFFERENT: "a comparison or verification found differences, or a record is missing or damaged",
    ExitCode.NO_RETURN: "return refused: files missing, duplicated or unknown, or a wrong delivery note",
    ExitCode.WRONG_ORIGIN: "return refused: its data are of another origin than the folder",
    ExitCode.LIMIT_EXCEEDED: "return refused: a file is beyond a limit of size, memory or time",
    ExitCode.UNREADABLE_FILE: "return refused: a file cannot be read, or changed while it was read",
    ExitCode.UNKNOWN_YEAR: "return refused: the registry does not have the survey year",
    ExitCode.WRONG_STRUCTURE: "return refused: columns, question texts or organisations do not fit the registry, or no "
    "response can be accepted",
    ExitCode.UNKNOWN_CODE: "return refused: a code that the registry does not have",
    ExitCode.WRONG_CORRECTION: "return refused: a registered correction does not fit the files",
}


class ProgramError(Exception):
    """An expected end: the message is for the person who must act, and ends with the next step.

    A class has one meaning and so one exit code; instances override it only where a class has several kinds of
    refusal (`IntakeRefused`).
    """

    exit_code: int = ExitCode.UNEXPECTED
