"""What intake says when it refuses a return: every problem of the year in one message, and an exit code.

A problem never carries a value that could be a person's: codes are shown only when they look like codes
(`shown_codes`), and column names only when they look like names (`shown_name`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from orchestration.errors import ExitCode, ProgramError

NOT_A_NAME = "(not a name)"
# Three letters may be somebody's name, letters with digits half a postcode.
CODE_LIKE = re.compile(r"-?[0-9]{1,4}|[A-Za-z]{1,2}")
ORGANISATION_LIKE = re.compile(r"[A-Za-z0-9]{1,6}")
# What programs and people write where there is no value: never somebody's.
MISSING_LIKE = re.compile(
    r"#?N/?A|#(?:REF!|DIV/0!|VALUE!|NAME\?|NUM!|NULL!)|NULL|NONE|NAN|MISSING|UNKNOWN|BLANK|[.*?-]+|-9+|-[1-9]|9{2,4}",
    re.IGNORECASE,
)
_NAME_LIKE = re.compile(r"[A-Za-z_][A-Za-z0-9_ .\-]{0,39}")
_MAX_SHOWN_CODES = 6
_MAX_DIGITS_OF_A_NAME = 4


@dataclass(frozen=True)
class Problem:
    """One reason to refuse, with the exit code of its kind (20 to 27).

    `count` is rows, columns or files, as `what` says; `next_step` is what to do about it.
    """

    kind: ExitCode
    what: str
    file: str | None = None
    column: str | None = None
    count: int | None = None
    next_step: str = ""

    def line(self) -> str:
        """The problem on one line: file, column, what, count; the next step below."""
        place = ", ".join(part for part in (self.file, f"column {self.column}" if self.column else None) if part)
        counted = f" ({self.count:,})" if self.count is not None else ""
        step = f"\n      next: {self.next_step}" if self.next_step else ""
        return f"{place + ': ' if place else ''}{self.what}{counted}{step}"


class IntakeRefused(ProgramError):
    """The return of a year was refused and nothing was landed; `exit_code` is the lowest kind among `problems`."""

    def __init__(self, survey_year: int, problems: Iterable[Problem]) -> None:
        self.survey_year = survey_year
        self.problems = tuple(problems)
        self.exit_code = min(problem.kind for problem in self.problems)
        lines = [f"  {number}. {problem.line()}" for number, problem in enumerate(self.problems, start=1)]
        noun = "problem" if len(lines) == 1 else "problems"
        super().__init__(
            f"the return of {survey_year} was refused, {len(lines)} {noun}; nothing was changed\n" + "\n".join(lines)
        )


class ReturnsRefused(ProgramError):
    """The returns of several years of one load were refused: all their problems, the exit code of the lowest kind."""

    def __init__(self, refusals: Sequence[IntakeRefused]) -> None:
        self.refusals = tuple(refusals)
        self.exit_code = min(refusal.exit_code for refusal in self.refusals)
        super().__init__("\n".join(map(str, self.refusals)))


class UnreadableFile(Exception):
    """A reader could not make a table of a file. The message is fit for users and holds no value of the file."""

    def __init__(self, what: str, *, kind: ExitCode = ExitCode.UNREADABLE_FILE, next_step: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.kind = kind
        self.next_step = next_step

    def problem(self, file: str) -> Problem:
        """The same as a problem of a named file."""
        return Problem(self.kind, self.what, file=file, next_step=self.next_step)


def shown_codes(codes: Iterable[str], like: re.Pattern[str] = CODE_LIKE) -> str:
    """Codes for a message; all that do not look like codes are only counted: a shifted column may hold names."""
    found = sorted(set(codes))
    short = [code for code in found if like.fullmatch(code) or MISSING_LIKE.fullmatch(code)]
    shown = ", ".join(repr(code) for code in short[:_MAX_SHOWN_CODES])
    hidden = len(found) - min(len(short), _MAX_SHOWN_CODES)
    if not hidden:
        return shown
    more = f"{hidden} {'more' if shown else 'unlike a code'} not shown"
    return f"{shown} and {more}" if shown else f"({more})"


def step_for_missing(codes: Iterable[str], column: str) -> str | None:
    """The next step where unknown codes all look like a way to write "no value"; None where any does not."""
    if not all(MISSING_LIKE.fullmatch(code) for code in codes):
        return None
    return (
        f"if this means that there is no value, add it to missing_codes of {column} in source_columns.csv, codes "
        "parted by |; otherwise ask the supplier what it means"
    )


def shown_name(name: str) -> str:
    """A column name for a message; anything that does not look like a name is hidden (a file without its header)."""
    digits = sum(character.isdigit() for character in name)
    return name if _NAME_LIKE.fullmatch(name) and digits <= _MAX_DIGITS_OF_A_NAME else NOT_A_NAME
