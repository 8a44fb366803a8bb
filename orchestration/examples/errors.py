"""The error of the examples."""

from __future__ import annotations

from orchestration.errors import ExitCode, ProgramError


class ExampleError(ProgramError):
    """Example returns cannot be made as asked; the message names year, question or file, and the next step."""

    exit_code = ExitCode.USAGE
