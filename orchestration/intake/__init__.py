"""Intake: files as received become typed landing tables, with nothing lost and every problem said at once.

Belongs here: readers, the column map, codes, routing edits, quarantine, receipts, the proposal for a new year. Does not
belong here: which delivery of a year is active, and whether a landed return is good enough (the checks).
"""

from __future__ import annotations

from orchestration.intake.receipt import Receipt
from orchestration.intake.receive import receive_return
from orchestration.intake.refusal import IntakeRefused

__all__ = ["IntakeRefused", "Receipt", "receive_return"]
