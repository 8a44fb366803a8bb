"""The gate: results, waivers, corrections and a date in, a decision out. Pure: no file, no clock, no database.

Belongs here: when a release may go out and why not. Does not belong here: running checks (`runner`), storing the
decision or acting on it (release and publication read the stored JSON form).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal, get_args

from expectations.corrections import CorrectionOfRelease, check_corrections
from expectations.results import ALL_TABLES, LAYERS, SEVERITIES, STATUSES, CheckResult, results_digest
from orchestration.registry.rows import Waiver

Verdict = Literal["passed", "passed_with_waivers", "held"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True)
class CheckedRelease:
    """What was checked. `checked_years` are the survey years whose return was checked, the release's included.

    `deliveries` and `returns` are by survey year: the delivery, and the digests of what was landed and by which rules.
    `tables` are the publication tables of the candidate; `suites_sha256` says by which check suites they were checked.
    All is stored in the decision, so that publication can see whether it still holds.
    """

    release_year: int
    data_origin: str
    content_digest: str
    deliveries: Mapping[int, str]
    returns: Mapping[int, Mapping[str, str]]
    suites_sha256: str
    checked_years: Collection[int]
    tables: Sequence[str]


@dataclass(frozen=True)
class Decision:
    """What was decided, for exactly which inputs and content, and why. `to_json` is what is stored and obeyed."""

    verdict: Verdict
    release_year: int
    data_origin: str
    content_digest: str
    inputs: Mapping[str, str]
    as_of: str
    checks_sha256: str
    suites_sha256: str
    returns: Mapping[str, Mapping[str, str]]
    reasons: tuple[str, ...]
    counts: Mapping[str, int]
    failed_by_severity: Mapping[str, int]
    waivers_used: tuple[Mapping[str, Any], ...]
    waivers_ignored: tuple[Mapping[str, Any], ...]
    corrections: tuple[Mapping[str, Any], ...]
    publishable_tables: tuple[str, ...]
    blocked_tables: tuple[str, ...]

    @property
    def is_passed(self) -> bool:
        """True where publication may go on."""
        return is_passed(self.verdict)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form with every field."""
        return asdict(self)

    def to_json(self) -> str:
        """Canonical text: sorted keys, two spaces, newline at the end; equal decisions give equal bytes."""
        return json.dumps(self.to_dict(), sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def is_passed(verdict: str) -> bool:
    """Whether publication may go on after a verdict; an unknown one has not passed."""
    return verdict in VERDICTS and verdict != "held"


def decide(
    checked: CheckedRelease,
    results: Sequence[CheckResult],
    *,
    as_of: date,
    required_checks: Iterable[str] = (),
    waivers: Iterable[Waiver] = (),
    corrections: Iterable[CorrectionOfRelease] = (),
) -> Decision:
    """Decide on a load, at the date `as_of`.

    Held if a critical check failed without a valid waiver or could not be evaluated, a layer or a required check has no
    result, a check has two results, a waiver of a checked year is expired, doubled, or matches no failed check, or a
    correction of a year of the release is expired, doubled, or changed no row. A waiver is of one check and one survey
    year: a check that failed for two years needs two.
    """
    reasons = missing_results(results, required_checks)
    valid, ignored, waiver_reasons = _check_waivers(checked, results, waivers, as_of)
    of_release, correction_reasons = check_corrections(corrections, as_of, checked.release_year)
    reasons += waiver_reasons + correction_reasons
    waived = {(waiver.check_id, waiver.survey_year) for waiver in valid}
    blocking = blocking_results(results, waived, checked.release_year)
    reasons += [_reason(result) for result in sorted(blocking, key=lambda r: (r.layer, r.check_id))]
    blocked = _blocked(blocking, checked.tables)
    counts = Counter(result.status for result in results)
    failed = Counter(result.severity for result in results if result.has_failed)
    return Decision(
        verdict="held" if reasons else "passed_with_waivers" if valid else "passed",
        release_year=checked.release_year,
        data_origin=checked.data_origin,
        content_digest=checked.content_digest,
        inputs={str(year): delivery for year, delivery in sorted(checked.deliveries.items())},
        as_of=as_of.isoformat(),
        checks_sha256=results_digest(results),
        suites_sha256=checked.suites_sha256,
        returns={str(year): dict(parts) for year, parts in sorted(checked.returns.items())},
        reasons=tuple(reasons),
        counts={status: counts[status] for status in STATUSES},
        failed_by_severity={severity: failed[severity] for severity in SEVERITIES},
        waivers_used=tuple(_record(waiver) for waiver in valid),
        waivers_ignored=tuple(_record(waiver) for waiver in ignored),
        corrections=tuple(_record(correction) for correction in of_release),
        publishable_tables=tuple(table for table in checked.tables if table not in blocked),
        blocked_tables=tuple(table for table in checked.tables if table in blocked),
    )


def blocking_results(
    results: Sequence[CheckResult], waived: Collection[tuple[str, int]], release_year: int
) -> list[CheckResult]:
    """Results that hold a release: not passed, not of lesser severity, and not waived for every year that failed.

    Only a failure can be waived: nobody knows what a check would have found that could not be evaluated. `waived` are
    pairs of check and survey year.
    """
    return [
        result
        for result in results
        if result.has_failed
        and result.severity not in ("warning", "info")
        and not (
            result.status == "fail"
            and result.is_waivable
            and {(result.check_id, year) for year in _failed_years(result, release_year)} <= set(waived)
        )
    ]


def missing_results(results: Sequence[CheckResult], required_checks: Iterable[str] = ()) -> list[str]:
    """Reasons to hold a release whose results are not whole: a layer or a required check without one, or two of one."""
    counted = Counter(result.check_id for result in results)
    layers = {result.layer for result in results if result.status != "not_applicable"}
    reasons = [
        f"no check of the {layer} layer gave a result: run the checks again" for layer in LAYERS if layer not in layers
    ]
    reasons += [
        f"check {check} has no result: run the checks again" for check in sorted(set(required_checks) - set(counted))
    ]
    doubled = sorted(check for check, count in counted.items() if count > 1)
    return reasons + [f"check {check} has {counted[check]} results: its id is used twice" for check in doubled]


def _check_waivers(
    checked: CheckedRelease, results: Sequence[CheckResult], waivers: Iterable[Waiver], as_of: date
) -> tuple[list[Waiver], list[Waiver], list[str]]:
    """(valid waivers, waivers that are not of this decision, reasons to hold)."""
    by_id = {result.check_id: result for result in results}
    years = {checked.release_year, *checked.checked_years}
    valid: list[Waiver] = []
    ignored: list[Waiver] = []
    reasons: list[str] = []
    for waiver in waivers:
        result = by_id.get(waiver.check_id)
        failed_years = _failed_years(result, checked.release_year) if result else set()
        if waiver.survey_year not in years or waiver.raised_on > as_of:
            ignored.append(waiver)
        elif problem := _waiver_problem(waiver, result, failed_years, as_of, valid):
            reasons.append(problem)
        else:
            valid.append(waiver)
    return valid, ignored, reasons


def _failed_years(result: CheckResult, release_year: int) -> set[int]:
    """The years for which a check failed; the release's, where the check is about the release."""
    return set(result.survey_years) or ({release_year} if result.has_failed else set())


def _waiver_problem(
    waiver: Waiver, result: CheckResult | None, failed_years: set[int], as_of: date, valid: Sequence[Waiver]
) -> str:
    name = f"waiver of {waiver.check_id} for {waiver.survey_year} (owner {waiver.owner})"
    if waiver.expires_on < as_of:
        return f"{name} expired on {waiver.expires_on}: correct the fault or raise a new waiver"
    if any((other.check_id, other.survey_year) == (waiver.check_id, waiver.survey_year) for other in valid):
        return f"{name} occurs twice in waivers.csv: keep one row"
    if result is None or waiver.survey_year not in failed_years:
        return f"{name} matches no failed check: remove it"
    if not result.is_waivable:
        return f"{name}: this check cannot be waived"
    if result.status != "fail":
        return f"{name}: the check could not be evaluated, and only a known failure can be waived; repair the check"
    return ""


def _record(row: Waiver | CorrectionOfRelease) -> Mapping[str, Any]:
    """A row as it is stored in the decision: dates as text."""
    return {key: str(value) if isinstance(value, date) else value for key, value in asdict(row).items()}


def _reason(result: CheckResult) -> str:
    if result.status == "error":
        return f"{result.check_id} could not be evaluated and counts as failed: {result.message or result.title}"
    is_counted = result.n_affected is not None and result.denominator
    share = f" ({result.n_affected} of {result.denominator})" if is_counted else ""
    return f"{result.check_id} failed{share}: {result.title}"


def _blocked(blocking: Sequence[CheckResult], tables: Sequence[str]) -> set[str]:
    blocked: set[str] = set()
    for result in blocking:
        blocked |= set(tables) if ALL_TABLES in result.affects else set(result.affects)
    return blocked
