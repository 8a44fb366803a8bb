"""What can go wrong between a built warehouse and a published release; every message ends with the next step."""

from __future__ import annotations


class ReleaseError(Exception):
    """Anything of this package that stops."""


class CandidateError(ReleaseError):
    """The publication tables cannot become a candidate."""


class FilesDiffer(ReleaseError):
    """A written file, read back, does not hold what the candidate holds."""


class PublicationRefused(ReleaseError):
    """The release may not go out, or not yet. `reason` and `next_step` are whole sentences."""

    def __init__(self, reason: str, next_step: str) -> None:
        super().__init__(f"{reason} {next_step}")
        self.reason = reason
        self.next_step = next_step


class RecordError(PublicationRefused):
    """A stored record (decision, manifest, catalogue ...) is missing, unreadable or not of the agreed form."""

    def __init__(self, reason: str, next_step: str = "Run the load again.") -> None:
        super().__init__(reason, next_step)


class CandidateHeld(PublicationRefused):
    """The gate held this candidate: it waits for nobody, and only another load can make another."""


class NothingToWithdraw(ReleaseError):
    """The withdrawal that was asked for cannot be: no such version, withdrawn already, or no reason given."""
