"""The stored decision of the gate, read strictly: publication trusts this file, not what a load remembers.

Belongs here: the form that publication needs and the check that the decision is about these very results. Does not
belong here: deciding (expectations/gate.py writes the file; it may say more than is read here).
"""

from __future__ import annotations

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from expectations.results import CheckResult
from orchestration.lake import LandedReturn
from orchestration.records import Record, RecordError, Sha256
from orchestration.settings import DataOrigin


class Leave(Record):
    """A waiver or a correction that the decision rests on; it holds to the end of `expires_on`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    expires_on: date
    check_id: str = ""
    correction_id: str = ""
    survey_year: int

    @property
    def name(self) -> str:
        """In words, for messages."""
        what = f"waiver of {self.check_id}" if self.check_id else f"correction {self.correction_id}"
        return f"{what} for {self.survey_year}"


class StoredDecision(Record):
    """What publication reads of decision.json. Types are exact; further keys are the gate's own."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    verdict: Literal["passed", "passed_with_waivers", "held"]
    release_year: int
    data_origin: DataOrigin
    content_digest: Sha256
    inputs: dict[int, Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{12}$")]]
    as_of: date
    checks_sha256: Sha256
    reasons: tuple[str, ...]
    counts: dict[str, int] = Field(default_factory=dict)
    waivers_used: tuple[Leave, ...]
    corrections: tuple[Leave, ...]
    # Decisions of older releases lack these two; a candidate with such a decision is not published.
    returns: dict[int, LandedReturn] = Field(default_factory=dict)
    suites_sha256: str = ""

    @model_validator(mode="after")
    def _reasons_hold(self) -> Self:
        if (self.verdict == "held") != bool(self.reasons):
            raise ValueError(f"the verdict is {self.verdict}, with {len(self.reasons)} reasons to hold the release")
        return self

    def expired(self, today: date) -> tuple[Leave, ...]:
        """Waivers and corrections that the decision rests on and that are over on a day."""
        return tuple(leave for leave in (*self.waivers_used, *self.corrections) if leave.expires_on < today)

    @property
    def is_passed(self) -> bool:
        """True where publication may go on."""
        return self.verdict in ("passed", "passed_with_waivers")


def read_results(path: Path) -> list[CheckResult]:
    """The stored check results. Raises RecordError where the file is not a list of whole results."""
    try:
        return [CheckResult.from_dict(record) for record in json.loads(path.read_bytes())]
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise RecordError(f"{path} is not a list of check results ({error}).") from error


def checks_digest(path: Path) -> str:
    """SHA-256 over the stored check results without their durations, as the gate computes it.

    Raises RecordError where the file cannot be read or is not a list of results.
    """
    try:
        results: Any = json.loads(path.read_bytes())
        if not isinstance(results, list):
            raise TypeError(f"it holds a {type(results).__name__}")
        without_times = [{key: value for key, value in result.items() if key != "seconds"} for result in results]
        without_times.sort(key=lambda result: (result["layer"], result["check_id"]))
    except (OSError, ValueError, AttributeError, KeyError, TypeError) as error:
        raise RecordError(f"{path} is not a list of check results ({error}).") from error
    text = json.dumps(without_times, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
