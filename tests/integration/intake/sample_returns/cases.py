"""How a damaged or odd return is described: one defect, and the outcome it must have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.errors import ExitCode
from tests.integration.intake.sample_returns.small import Return


@dataclass(frozen=True)
class Case:
    """`spoil` changes the tables before they are written, `damage` the folder afterwards.

    Outcome: `refused` with the exit kind and words of the message; otherwise rows by reason, and `edits`.
    """

    name: str
    spoil: Callable[[Return], object] | None = None
    damage: Callable[[Path], object] | None = None
    refused: ExitCode | None = None
    says: tuple[str, ...] = ()
    quarantined: dict[str, int] = field(default_factory=dict)
    excluded: dict[str, int] = field(default_factory=dict)
    folded: int = 0
    edits: int = 0
    respondents: int = 16
    sampled: int = 24
