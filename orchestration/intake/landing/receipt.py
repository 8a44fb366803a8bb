"""The delivery receipt: what came, what became of every row, and what intake did to it. Holds no value of a person."""

from __future__ import annotations

from pathlib import Path

from pydantic import BaseModel, ConfigDict

from orchestration.settings import DataOrigin

RECEIPT_FILE = "receipt.json"


class FileReceipt(BaseModel):
    """A file of the delivery. Law 1: received = accepted + folded + quarantined + excluded, a reason for each."""

    model_config = ConfigDict(frozen=True)

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
    exclusions: dict[str, int] = {}
    quarantine: dict[str, int] = {}
    columns: int

    def balances(self) -> bool:
        """Law 1, with a reason on every row that was not accepted."""
        parts = self.rows_accepted + self.rows_folded + self.rows_quarantined + self.rows_excluded
        return (
            parts == self.rows_received
            and sum(self.exclusions.values()) == self.rows_excluded
            and sum(self.quarantine.values()) == self.rows_quarantined
        )


class AnswerCounts(BaseModel):
    """What became of one answer column over the landed respondents; the parts sum to `n_respondents`."""

    model_config = ConfigDict(frozen=True)

    answered: int
    blank: int = 0
    missing_code: int = 0
    declared_missing: int = 0
    skipped_by_routing: int = 0
    set_aside: int = 0


class AppliedCorrection(BaseModel):
    """A correction that was applied; the gate judges its expiry by the decision's own date."""

    model_config = ConfigDict(frozen=True)

    correction_id: str
    rows: int
    expires_on: str


class Receipt(BaseModel):
    """Everything intake has to say about a delivery. Two intakes of the same bytes and rules give equal receipts.

    `identities` and `birth_years_by_trust` are counts of `witnesses`; empty where the return has no such column.
    """

    model_config = ConfigDict(frozen=True)

    survey_year: int
    delivery: str
    intake_fingerprint: str
    data_origin: DataOrigin
    form: str
    files: tuple[FileReceipt, ...]
    n_sampled: int
    n_respondents: int
    edits: dict[str, int] = {}
    contradictions: dict[str, int] = {}
    missing: dict[str, int] = {}
    answers: dict[str, AnswerCounts] = {}
    missing_covariates: dict[str, int] = {}
    quarantine: dict[str, int] = {}
    quarantined_share_of_file: dict[str, float] = {}
    quarantined_share_by_trust: dict[str, float] = {}
    identities: dict[str, int] = {}
    birth_years_by_trust: dict[str, dict[str, int]] = {}
    corrections: tuple[AppliedCorrection, ...] = ()
    notices: tuple[str, ...] = ()

    def write(self, folder: Path) -> None:
        """Write the receipt into a landing folder."""
        (folder / RECEIPT_FILE).write_text(self.model_dump_json(indent=1) + "\n", encoding="utf-8")


def read_receipt(folder: Path) -> Receipt | None:
    """The receipt of a landing folder; None when there is none or it is of an older form (then it is landed again)."""
    try:
        return Receipt.model_validate_json((folder / RECEIPT_FILE).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
