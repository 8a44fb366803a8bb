"""A new year's return compared with the registry and the year before: the rows to add, each with evidence.

Belongs here: finding out and proposing. Does not belong here: deciding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestration.intake.proposal.accept import accept_proposal
    from orchestration.intake.proposal.compare import Proposal, propose

__all__ = ["Proposal", "accept_proposal", "propose"]
_HOMES = {"Proposal": "compare", "accept_proposal": "accept", "propose": "compare"}


def __getattr__(name: str) -> Any:
    # Imported on first use, as in the package above.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
