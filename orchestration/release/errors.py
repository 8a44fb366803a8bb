"""What can go wrong between a built warehouse and a published release; every message ends with the next step."""

from __future__ import annotations

from orchestration.errors import ExitCode, ProgramError


class ReleaseError(ProgramError):
    """Anything of this package that stops."""

    exit_code = ExitCode.NOT_PUBLISHED


class CandidateError(ReleaseError):
    """The publication tables cannot become a candidate."""

    exit_code = ExitCode.BUILD_FAILED


class FilesDiffer(ReleaseError):
    """A written file, read back, does not hold what the candidate holds."""

    exit_code = ExitCode.BUILD_FAILED


class PublicationRefused(ReleaseError):
    """The release may not go out, or not yet. `reason` and `next_step` are whole sentences."""

    def __init__(self, reason: str, next_step: str) -> None:
        super().__init__(f"{reason} {next_step}")
        self.reason = reason
        self.next_step = next_step


class CandidateHeld(PublicationRefused):
    """The gate held this candidate: it waits for nobody, and only another load can make another."""

    exit_code = ExitCode.HELD


class NothingToWithdraw(ReleaseError):
    """The withdrawal that was asked for cannot be: no such version, withdrawn already, or no reason given."""

    exit_code = ExitCode.USAGE
