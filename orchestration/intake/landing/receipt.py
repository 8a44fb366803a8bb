"""The delivery receipt: what came, what became of every row, and what intake did to it. Holds no value of a person."""

from __future__ import annotations

from pathlib import Path

from pydantic import ConfigDict, Field

from orchestration.lake import RECEIPT_FILE
from orchestration.records import Record, RecordError
from orchestration.settings import DataOrigin


class FileReceipt(Record):
    """A file of the delivery. Law 1: received = accepted + folded + quarantined + excluded, a reason for each.

    A file that holds sample and responses has two of these, one a side: a row of it is a sampled person, and where
    somebody answered a response as well. Name and `kind` together say which.
    """

    name: str
    kind: str
    sha256: str
    bytes: int
    file_format: str
    encoding: str | None = None
    delimiter: str | None = None
    compression: str | None = None
    sheet: str | None = None
    header_row: int = 1
    notes: tuple[str, ...] = ()
    rows_received: int
    rows_accepted: int
    rows_folded: int
    rows_quarantined: int
    rows_excluded: int
    exclusions: dict[str, int] = Field(default_factory=dict)
    quarantine: dict[str, int] = Field(default_factory=dict)
    columns: int

    @property
    def title(self) -> str:
        """The file for people, with the side where it has two: no two entries of a receipt have one title."""
        return f"{self.name} ({self.kind.partition(':')[2]})" if ":" in self.kind else self.name

    def balances(self) -> bool:
        """Law 1, with a reason on every row that was not accepted."""
        parts = self.rows_accepted + self.rows_folded + self.rows_quarantined + self.rows_excluded
        return (
            parts == self.rows_received
            and sum(self.exclusions.values()) == self.rows_excluded
            and sum(self.quarantine.values()) == self.rows_quarantined
        )


class AnswerCounts(Record):
    """What became of one answer column over the landed respondents; the parts sum to `n_respondents`."""

    answered: int
    blank: int = 0
    missing_code: int = 0
    declared_missing: int = 0
    skipped_by_routing: int = 0
    set_aside: int = 0


class AppliedCorrection(Record):
    """A correction that was applied; whether it has expired is for the gate, by the decision's own date."""

    correction_id: str
    rows: int
    expires_on: str


class Receipt(Record):
    """All that intake counted of a delivery. Two intakes of the same bytes and rules give equal receipts.

    `unknown_organisations` are rows by level and code (`rows.organisations.unknown_codes`). `identities` and
    `birth_years_by_trust` are counts of identifiers (`counts`); empty where the return has no such column. A receipt of
    older code may hold fields that are no longer written: they are left out.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    survey_year: int
    delivery: str
    intake_fingerprint: str
    key_identity: str = ""
    data_origin: DataOrigin
    form: str
    files: tuple[FileReceipt, ...]
    n_sampled: int
    n_respondents: int
    edits: dict[str, int] = Field(default_factory=dict)
    contradictions: dict[str, int] = Field(default_factory=dict)
    missing: dict[str, int] = Field(default_factory=dict)
    answers: dict[str, AnswerCounts] = Field(default_factory=dict)
    missing_covariates: dict[str, int] = Field(default_factory=dict)
    quarantine: dict[str, int] = Field(default_factory=dict)
    quarantined_share_of_file: dict[str, float] = Field(default_factory=dict)
    quarantined_share_by_trust: dict[str, float] = Field(default_factory=dict)
    identities: dict[str, int] = Field(default_factory=dict)
    birth_years_by_trust: dict[str, dict[str, int]] = Field(default_factory=dict)
    unknown_organisations: dict[str, dict[str, int]] = Field(default_factory=dict)
    corrections: tuple[AppliedCorrection, ...] = ()


def read_receipt(folder: Path) -> Receipt | None:
    """The receipt of a landing folder; None when there is none or it is of an older form (then it is landed again)."""
    try:
        return Receipt.read(folder / RECEIPT_FILE)
    except RecordError:
        return None
