"""What the quality report shows, as plain records: the page, the JSON and the CSV are made from the same ones.

Does not belong here: reading them from a warehouse (`collect`) or drawing them (`render`, `charts`). Shares are 0-1;
nothing here depends on the clock, the host or a duration, so equal loads give equal reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from expectations.results import CheckResult, without_times
from orchestration.release.records.decision import StoredDecision


@dataclass(frozen=True)
class Claim:
    """A headline claim: its sentence, how the published method reaches it, and what it does not mean.

    `parts` are (label, growth of the survey, better scores) for each order of decomposition; `other_methods` are
    (label, value); `holds` is null where the claim could not be computed, `status` says why.
    """

    claim_id: str
    sentence: str
    status: str
    value: float | None
    published_value: float | None
    decimals: int
    holds: bool | None
    verdict: str
    reached_by: str
    does_not_mean: str
    parts: tuple[tuple[str, float, float], ...] = ()
    other_methods: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class FileBalance:
    """Row balance of one file of a delivery: received = accepted + folded + quarantined + excluded."""

    survey_year: int
    file: str
    kind: str
    sha256: str
    n_received: int
    n_accepted: int
    n_folded: int
    n_quarantined: int
    n_excluded: int
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True)
class ResponseRate:
    """Response of one organisation or patient group; the previous year's rate where loaded."""

    level: str
    code: str
    label: str
    n_eligible: int
    n_responded: int
    rate: float
    previous_rate: float | None = None
    group_kind: str = "all"


@dataclass(frozen=True)
class Movement:
    """How a national score moved since the year before, ranked by size against what years usually differ by.

    `limit` is the half-width of the control limit around no change, in the unit of the score (null: too few years).
    `break_reason` labels a break in the series; then `difference` is null.
    """

    question_id: str
    question_number: str
    label: str
    is_rating: bool
    score_from: float | None
    score_to: float | None
    difference: float | None
    limit: float | None
    break_reason: str = ""

    @property
    def times_limit(self) -> float | None:
        """The difference as a multiple of its limit, with its sign; null where either is not known."""
        return self.difference / self.limit if self.difference is not None and self.limit else None

    @property
    def is_outside(self) -> bool:
        """True beyond the control limit."""
        return self.times_limit is not None and abs(self.times_limit) > 1


@dataclass(frozen=True)
class SeriesBreak:
    """A question whose series begins later than the release's: no trend crosses this year."""

    question_number: str
    label: str
    first_comparable_year: int
    reason: str


@dataclass(frozen=True)
class QuestionChange:
    """A change of the questionnaire since the year before.

    `kind` is removed, break, added, options, renumbered or reworded; of a removed question `note` is the notice that
    users are given.
    """

    question: str
    kind: str
    note: str


@dataclass(frozen=True)
class Reconciliation:
    """A published national figure and ours in percent (rating: points); equal as far as the published one is known."""

    survey_year: int
    question_number: str
    base_kind: str
    published: float
    ours: float
    decimals: int
    is_equal: bool


@dataclass(frozen=True)
class Missingness:
    """Share of respondents without an answer to a question that was put to everyone, this year and last."""

    question_number: str
    label: str
    share: float
    previous_share: float | None


@dataclass(frozen=True)
class Suppression:
    """How many rows of one published table and level have each status."""

    table: str
    level: str
    group_kind: str
    n_rows: int
    n_by_status: Mapping[str, int]


@dataclass(frozen=True)
class TwoBases:
    """Cells (an organisation x a question) published on both bases, and those whose bases differ by few people.

    Few are 1 to `threshold`; the difference of the two scores then gives information on people without complete
    case-mix data.
    """

    n_cells: int
    n_close: int
    threshold: int


@dataclass(frozen=True)
class NotCompared:
    """Comparisons of two years at a level that were not made, and why."""

    what: str
    reason: str
    n_rows: int
    level: str = ""
    status: str = ""


@dataclass(frozen=True)
class MethodDiagnostic:
    """One level's case-mix adjustment: organisations outside their ranges and reliability of their scores."""

    level: str
    n_cells: int
    n_above: int
    n_below: int
    n_expected_by_chance: float
    n_zero_tau2: int
    n_questions: int
    share_reliable: float | None
    n_flagged: int
    flags: str = ""
    reliability_target: float = 0.7


@dataclass(frozen=True)
class Difference:
    """A row that differs from the previous release: `key` is its place and, after a colon, the column that changed.

    `size` is in the unit of the column; null where it is no measure, or where the row is gone or new.
    """

    table: str
    key: str
    before: str
    after: str
    size: float | None
    n_base: int | None
    n_alike: int = 0
    """How many rows of the table differ in the same column, where that was counted."""

    @property
    def column(self) -> str:
        """The column that changed; empty where the row, the column or the table came or went as such."""
        return self.key.rpartition(": ")[2] if ": " in self.key else ""


@dataclass(frozen=True)
class EarlierResult:
    """The result of a check in the last load of an earlier survey year."""

    survey_year: int
    status: str
    observed: str


@dataclass(frozen=True)
class Delivery:
    """The delivery of a survey year that is in this release."""

    survey_year: int
    delivery: str
    data_origin: str
    n_sampled: int
    n_respondents: int


@dataclass(frozen=True)
class DetectionSummary:
    """How many planted faults the checks noticed: sentences, and the titles of the faults that they missed."""

    measured_on: str
    is_of_these_checks: bool
    sentences: tuple[str, ...]
    missed: tuple[str, ...]


@dataclass(frozen=True)
class ReportInputs:
    """Everything the report shows. `results` are all check results: published on the page, in full for the reviewer.

    `survey_years` are those that were loaded together, the release year last; `files` are theirs.
    `earlier_results` are the results of each check in earlier survey years, by check id, the latest year first;
    `differences` are the largest of `n_differences`; `previous_problem` says why the current release,
    `previous_version`, could not be read. An empty tuple means that there is nothing to show in that section, and the
    page says so.
    """

    decision: StoredDecision
    results: tuple[CheckResult, ...]
    survey_years: tuple[int, ...] = ()
    disclosure_audit: str = "not_audited"
    required_signatures: tuple[str, ...] = ()
    claims: tuple[Claim, ...] = ()
    files: tuple[FileBalance, ...] = ()
    response_rates: tuple[ResponseRate, ...] = ()
    movements: tuple[Movement, ...] = ()
    reconciliation: tuple[Reconciliation, ...] = ()
    missingness: tuple[Missingness, ...] = ()
    suppression: tuple[Suppression, ...] = ()
    two_bases: TwoBases | None = None
    not_compared: tuple[NotCompared, ...] = ()
    diagnostics: tuple[MethodDiagnostic, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    schema_drift: tuple[QuestionChange, ...] = ()
    series_breaks: tuple[SeriesBreak, ...] = ()
    differences: tuple[Difference, ...] = ()
    n_differences: int = 0
    previous_version: str = ""
    previous_problem: str = ""
    earlier_results: Mapping[str, tuple[EarlierResult, ...]] = field(default_factory=dict)
    assumptions: tuple[str, ...] = ()
    versions: Mapping[str, str] | None = None
    lock_sha256: str = ""
    suites_sha256: str = ""
    detection: DetectionSummary | None = None

    @property
    def release_year(self) -> int:
        """Latest survey year in the release."""
        return self.decision.release_year

    @property
    def data_origin(self) -> str:
        """Origin of the data: actual, synthetic or reconstructed."""
        return self.decision.data_origin

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form: the machine-readable report."""
        decision = self.decision.model_dump(mode="json")
        return asdict(self) | {"decision": decision, "results": without_times(self.results)}
