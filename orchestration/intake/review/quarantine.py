"""The rows that were not accepted, for the people who look after them: counts, rows one by one, and the way back.

`quarantine_show` gives rows with their content: it is for people who may see the raw area, and its output must stay
there.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from orchestration.errors import ExitCode, ProgramError
from orchestration.intake.files.returns import find_return
from orchestration.intake.landing.receipt import Receipt, read_receipt
from orchestration.intake.receive import receive_return
from orchestration.intake.rows.outcomes import quarantine_folder, read_quarantine
from orchestration.lake import landing_folder
from orchestration.registry import Registry
from orchestration.settings import Settings


class NotReceived(ProgramError):
    """A delivery whose rows are asked for, and which was never received."""

    exit_code = ExitCode.USAGE


@dataclass(frozen=True)
class QuarantineCount:
    """Rows of a delivery that were not accepted, by file, outcome and reason."""

    survey_year: int
    delivery: str
    file: str
    row_outcome: str
    reason: str
    rows: int


@dataclass(frozen=True)
class QuarantinedRow:
    """A row that was not accepted; `record` is its content as JSON (quarantined rows only)."""

    file: str
    row: int
    row_outcome: str
    reason: str
    record: str | None


@dataclass(frozen=True)
class Replay:
    """A delivery received again after a correction. `before` is None when it had not been landed; reasons by rows."""

    before: Receipt | None
    after: Receipt

    @property
    def recovered(self) -> dict[str, int]:
        """Rows that left the quarantine, by their former reason (negative: rows that entered it)."""
        former = self.before.quarantine if self.before else {}
        reasons = sorted({*former, *self.after.quarantine})
        changes = {reason: former.get(reason, 0) - self.after.quarantine.get(reason, 0) for reason in reasons}
        return {reason: change for reason, change in changes.items() if change}


def quarantine_list(settings: Settings, survey_year: int | None = None) -> list[QuarantineCount]:
    """Rows not accepted of a year, or of all years; counts only."""
    pattern = f"survey_year={survey_year if survey_year is not None else '*'}/delivery=*"
    found = []
    for folder in sorted(settings.quarantine.glob(pattern)):
        year = int(folder.parent.name.removeprefix("survey_year="))
        delivery = folder.name.removeprefix("delivery=")
        rows = read_quarantine(settings, year, delivery).to_pylist()
        counts = Counter((row["file"], row["row_outcome"], row["reason"]) for row in rows)
        found += [QuarantineCount(year, delivery, *key, count) for key, count in sorted(counts.items())]
    return found


def quarantine_show(
    settings: Settings, survey_year: int, *, delivery: str | None = None, reason: str | None = None, limit: int = 50
) -> list[QuarantinedRow]:
    """Rows of a delivery (default: the files now in returns/) that were not accepted, in file order.

    Raises:
        IntakeRefused: no delivery is named and there is no return to identify.
        NotReceived: the delivery was never received.
    """
    delivery = delivery or find_return(settings, survey_year).delivery
    if not quarantine_folder(settings, survey_year, delivery).exists():
        deliveries = sorted({row.delivery for row in quarantine_list(settings, survey_year)})
        known = f"; rows are kept of {', '.join(deliveries)}" if deliveries else ""
        raise NotReceived(
            f"delivery {delivery} of {survey_year} has not been received{known}. Next: `ncpes load {survey_year}`, or "
            f"`ncpes quarantine list {survey_year}`"
        )
    rows = read_quarantine(settings, survey_year, delivery).drop_columns(["kind"]).to_pylist()
    return [QuarantinedRow(**row) for row in rows if reason in (None, row["reason"])][:limit]


def quarantine_replay(settings: Settings, registry: Registry, survey_year: int) -> Replay:
    """Receive the same files again under the registry and the corrections as they are now.

    Errors as in `receive_return`. The caller holds the writer lock and rebuilds the year if anything changed.
    """
    delivery = find_return(settings, survey_year).delivery
    before = read_receipt(landing_folder(settings, survey_year, delivery))
    return Replay(before, receive_return(settings, registry, survey_year))
