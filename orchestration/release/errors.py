"""What can go wrong between a built warehouse and a published release; every message ends with the next step."""

from __future__ import annotations

from orchestration.errors import ExitCode, ProgramError


class ReleaseError(ProgramError):
    """An error of this package; raised as one of the classes below."""

    exit_code = ExitCode.NOT_PUBLISHED


class CandidateError(ReleaseError):
    """The publication tables cannot become a candidate, or the candidate has defects that no file may hold."""

    exit_code = ExitCode.BUILD_FAILED


class FilesDiffer(ReleaseError):
    """A written file, read back, does not hold what the candidate holds."""

    exit_code = ExitCode.BUILD_FAILED


class CannotBeSigned(ReleaseError):
    """The candidate is not what its manifest says, so there is nothing that could be signed."""


class CatalogueMissing(ReleaseError):
    """There are releases without the catalogue that says which of them are public."""


class PublicationRefused(ReleaseError):
    """The release may not be published, or not yet. `reason` and `next_step` are whole sentences."""

    def __init__(self, reason: str, next_step: str) -> None:
        super().__init__(f"{reason} {next_step}")
        self.reason = reason
        self.next_step = next_step


class CandidateHeld(PublicationRefused):
    """The gate held this candidate; only another load can make one that is published."""

    exit_code = ExitCode.HELD


class NothingToWithdraw(ReleaseError):
    """The withdrawal cannot be made: no such version, withdrawn already, or no reason given."""

    exit_code = ExitCode.USAGE
