"""Intake: files as received become typed landing tables, with nothing lost and every problem said at once.

Belongs here: readers, the column map, codes, routing edits, quarantine, receipts, the proposal for a new year. Does not
belong here: which delivery of a year is active, and whether a landed return is good enough (the checks).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestration.intake.landing.receipt import Receipt
    from orchestration.intake.receive import receive_return
    from orchestration.intake.refusal import IntakeRefused

__all__ = ["IntakeRefused", "Receipt", "receive_return"]
_HOMES = {"IntakeRefused": "refusal", "Receipt": "landing.receipt", "receive_return": "receive"}


def __getattr__(name: str) -> Any:
    # Imported on first use: the reader processes start from this package and need only a few of its modules.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
