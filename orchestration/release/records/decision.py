"""decision.json: the decision of the gate as it is stored. Publication, report and review read it from the file.

Does not belong here: deciding (`expectations.gate` makes the decision and writes it in this form).
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from expectations.corrections import CorrectionOfRelease
from expectations.gate import Verdict, is_passed
from orchestration.lake import LandedReturn
from orchestration.records import Record, Sha256
from orchestration.registry import Waiver
from orchestration.settings import DataOrigin

DECISION_FILE = "decision.json"

Delivery = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]


class StoredDecision(Record):
    """What was decided, for exactly which inputs and content, and why.

    The fields are those of `expectations.gate.Decision`. The two with a default are missing from decisions of older
    releases: those are still read and verified.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    verdict: Verdict
    release_year: int
    data_origin: DataOrigin
    content_digest: Sha256
    inputs: dict[int, Delivery]
    as_of: date
    checks_sha256: Sha256
    suites_sha256: str = ""
    returns: dict[int, LandedReturn] = Field(default_factory=dict)
    reasons: tuple[str, ...]
    counts: dict[str, int]
    failed_by_severity: dict[str, int]
    waivers_used: tuple[Waiver, ...]
    waivers_ignored: tuple[Waiver, ...]
    corrections: tuple[CorrectionOfRelease, ...]
    publishable_tables: tuple[str, ...]
    blocked_tables: tuple[str, ...]

    @model_validator(mode="after")
    def _only_a_held_release_has_reasons(self) -> Self:
        if (self.verdict == "held") != bool(self.reasons):
            raise ValueError(f"the verdict is {self.verdict}, with {len(self.reasons)} reasons to hold the release")
        return self

    @property
    def is_passed(self) -> bool:
        """True where publication may go on."""
        return is_passed(self.verdict)

    def expired(self, today: date) -> list[str]:
        """The waivers and corrections of this decision that end before a day, each in words with its last day."""
        rows = [(f"waiver of {row.check_id}", row.survey_year, row.expires_on) for row in self.waivers_used]
        rows += [(f"correction {row.correction_id}", row.survey_year, row.expires_on) for row in self.corrections]
        return [f"{name} for {year} on {last_day}" for name, year, last_day in rows if last_day < today]


def read_decision(folder: Path) -> StoredDecision:
    """The decision on a candidate or a release. Raises RecordError where it is missing or damaged."""
    return StoredDecision.read(folder / DECISION_FILE)
