"""What is wrong with a folder of proposed rows; each message says what to do about it."""

from __future__ import annotations

from pathlib import Path

from orchestration.errors import ExitCode, ProgramError

PAGE = "proposal.md"


class ProposalError(ProgramError):
    """A proposal cannot be written or accepted as asked; nothing was changed."""

    exit_code = ExitCode.USAGE


class Undecided(ProposalError):
    """Rows of a proposal that nobody has decided on."""


def refuse_standing_proposal(folder: Path) -> None:
    """Raises ProposalError where a folder holds a proposal: a person's decisions may stand in it."""
    if (folder / PAGE).exists():
        raise ProposalError(
            f"{folder} holds a proposal already, perhaps a reviewed one: accept it, write to another folder (--out), "
            "or throw it away (--replace)"
        )
