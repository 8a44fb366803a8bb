"""The gate: results, waivers, corrections and a date in, a decision out. Pure: no file, no clock, no database.

Belongs here: when a release may go out and why not. Does not belong here: running checks (`runner`), storing the
decision or acting on it (release and publication read the stored JSON form).
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Literal

from expectations.corrections import CorrectionInForce, judge_corrections
from expectations.results import ALL_TABLES, LAYERS, SEVERITIES, STATUSES, CheckResult, without_times

Verdict = Literal["passed", "passed_with_waivers", "held"]
PUBLICATION_TABLES = (
    "pub_question_scores", "pub_adjusted_scores", "pub_year_on_year", "pub_trends", "pub_response_rates",
    "pub_headline_claims", "pub_support_measures", "pub_questions", "pub_organisations", "pub_patient_groups",
    "pub_methods", "pub_comparability", "pub_coefficients", "pub_status_codes",
)  # fmt: skip


@dataclass(frozen=True)
class Waiver:
    """A known failure that somebody answers for until a date. One row of the waivers seed."""

    check_id: str
    survey_year: int
    reason: str
    owner: str
    raised_on: date
    expires_on: date

    @classmethod
    def from_row(cls, row: Mapping[str, Any]) -> Waiver:
        """A waiver from a seed row; ValueError where a field is missing or a date cannot be read."""
        for key in ("check_id", "survey_year", "reason", "owner", "raised_on", "expires_on"):
            if row.get(key) in (None, ""):
                raise ValueError(
                    f"waiver of {row.get('check_id') or '(no check)'}: {key} is missing; fill it or remove the row"
                )
        return cls(
            check_id=str(row["check_id"]),
            survey_year=int(row["survey_year"]),
            reason=str(row["reason"]),
            owner=str(row["owner"]),
            raised_on=_as_date(row["raised_on"]),
            expires_on=_as_date(row["expires_on"]),
        )


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
        return self.verdict != "held"

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form with every field."""
        return asdict(self)

    def to_json(self) -> str:
        """Canonical text: sorted keys, two spaces, newline at the end; equal decisions give equal bytes."""
        return json.dumps(self.to_dict(), sort_keys=True, indent=2, ensure_ascii=False) + "\n"


def decide(
    results: Sequence[CheckResult],
    waivers: Iterable[Waiver | Mapping[str, Any]],
    as_of: date | str,
    release_year: int,
    data_origin: str,
    content_digest: str,
    inputs: Mapping[int, str] | Mapping[str, str],
    required_checks: Iterable[str] = (),
    tables: Sequence[str] = PUBLICATION_TABLES,
    corrections: Iterable[CorrectionInForce | Mapping[str, Any]] = (),
    judged_years: Iterable[int] = (),
    returns: Mapping[int, Mapping[str, str]] | None = None,
    suites_sha256: str = "",
) -> Decision:
    """Judge a load.

    `judged_years` are survey years whose return the checks judged besides that of the release year. A waiver is of one
    check and one such year: a check that failed for two years needs two.

    Held if a critical check failed without a valid waiver or broke, a layer or a required check has no result, a
    check has two results, a waiver of this year is expired at `as_of`, malformed, doubled, or matches no failed check,
    or a correction of a year of the release is expired at `as_of`, malformed, doubled, or changed no row. `inputs` maps
    survey year to delivery, `returns` to the digests of what was landed and by which rules, and `suites_sha256` says
    which check suites were asked: they are stored, so that publication can see whether they still hold.
    """
    today = _as_date(as_of)
    reasons = missing_results(results, required_checks)
    years = {release_year, *judged_years}
    in_force, ignored, used, waiver_reasons = _judge_waivers(results, waivers, today, release_year, years)
    judged_corrections, correction_reasons = judge_corrections(corrections, today, release_year)
    reasons += waiver_reasons + correction_reasons
    blocking = blocking_results(results, in_force, release_year)
    reasons += [_reason(result) for result in sorted(blocking, key=lambda r: (r.layer, r.check_id))]
    blocked = _blocked(blocking, tables)
    verdict: Verdict = "held" if reasons else "passed_with_waivers" if used else "passed"
    counts = Counter(result.status for result in results)
    failed = Counter(result.severity for result in results if result.has_failed)
    return Decision(
        verdict=verdict,
        release_year=release_year,
        data_origin=data_origin,
        content_digest=content_digest,
        inputs={str(year): delivery for year, delivery in sorted(inputs.items(), key=lambda item: str(item[0]))},
        as_of=today.isoformat(),
        checks_sha256=results_digest(results),
        suites_sha256=suites_sha256,
        returns={str(year): dict(parts) for year, parts in sorted((returns or {}).items())},
        reasons=tuple(reasons),
        counts={status: counts[status] for status in STATUSES},
        failed_by_severity={severity: failed[severity] for severity in SEVERITIES},
        waivers_used=used,
        waivers_ignored=ignored,
        corrections=judged_corrections,
        publishable_tables=tuple(table for table in tables if table not in blocked),
        blocked_tables=tuple(table for table in tables if table in blocked),
    )


def results_digest(results: Sequence[CheckResult]) -> str:
    """SHA-256 over the results without their durations."""
    text = json.dumps(without_times(results), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def blocking_results(
    results: Sequence[CheckResult], waived: Collection[tuple[str, int]], release_year: int
) -> list[CheckResult]:
    """Results that hold a release: not passed, not of lesser severity, and not waived for every year that failed.

    Only a failure can be waived: what a check would have found that broke is known to nobody. `waived` are pairs of
    check and survey year.
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
    judged = {result.layer for result in results if result.status != "not_applicable"}
    reasons = [
        f"no check of the {layer} layer gave a result: run the checks again" for layer in LAYERS if layer not in judged
    ]
    reasons += [
        f"check {check} has no result: run the checks again" for check in sorted(set(required_checks) - set(counted))
    ]
    doubled = sorted(check for check, count in counted.items() if count > 1)
    return reasons + [f"check {check} has {counted[check]} results: its id is used twice" for check in doubled]


def _judge_waivers(
    results: Sequence[CheckResult],
    waivers: Iterable[Waiver | Mapping[str, Any]],
    today: date,
    release_year: int,
    years: set[int],
) -> tuple[set[tuple[str, int]], tuple[Mapping[str, Any], ...], tuple[Mapping[str, Any], ...], list[str]]:
    """(check and year in force, waivers not of this decision, waivers used, reasons to hold)."""
    by_id = {result.check_id: result for result in results}
    in_force: set[tuple[str, int]] = set()
    ignored: list[Mapping[str, Any]] = []
    used: list[Mapping[str, Any]] = []
    reasons: list[str] = []
    for row in waivers:
        try:
            waiver = row if isinstance(row, Waiver) else Waiver.from_row(row)
        except ValueError as error:
            reasons.append(str(error))
            continue
        result = by_id.get(waiver.check_id)
        failed_years = _failed_years(result, release_year) if result else set()
        if waiver.survey_year not in years or waiver.raised_on > today:
            ignored.append(_waiver_record(waiver))
        elif problem := _waiver_problem(waiver, result, failed_years, today, in_force):
            reasons.append(problem)
        else:
            in_force.add((waiver.check_id, waiver.survey_year))
            used.append(_waiver_record(waiver))
    return in_force, tuple(ignored), tuple(used), reasons


def _failed_years(result: CheckResult, release_year: int) -> set[int]:
    """The years for which a check failed; the release's, where it speaks of no year's return."""
    return set(result.survey_years) or ({release_year} if result.has_failed else set())


def _waiver_problem(
    waiver: Waiver, result: CheckResult | None, failed_years: set[int], today: date, in_force: set[tuple[str, int]]
) -> str:
    name = f"waiver of {waiver.check_id} for {waiver.survey_year} (owner {waiver.owner})"
    if waiver.expires_on < today:
        return f"{name} expired on {waiver.expires_on}: settle the fault or raise a new waiver"
    if (waiver.check_id, waiver.survey_year) in in_force:
        return f"{name} stands twice: keep one row"
    if result is None or waiver.survey_year not in failed_years:
        return f"{name} matches no failed check: remove it"
    if not result.is_waivable:
        return f"{name}: this check cannot be waived"
    if result.status != "fail":
        return f"{name}: the check broke, and only a known failure can be waived; repair the check"
    return ""


def _waiver_record(waiver: Waiver) -> Mapping[str, Any]:
    return asdict(waiver) | {"raised_on": waiver.raised_on.isoformat(), "expires_on": waiver.expires_on.isoformat()}


def _reason(result: CheckResult) -> str:
    if result.status == "error":
        return f"{result.check_id} broke and counts as failed: {result.message or result.title}"
    share = (
        f" ({result.n_affected} of {result.denominator})"
        if result.n_affected is not None and result.denominator
        else ""
    )
    return f"{result.check_id} failed{share}: {result.title}"


def _blocked(blocking: Sequence[CheckResult], tables: Sequence[str]) -> set[str]:
    blocked: set[str] = set()
    for result in blocking:
        blocked |= set(tables) if ALL_TABLES in result.affects else set(result.affects)
    return blocked


def _as_date(value: object) -> date:
    """A date from a date or an ISO text; ValueError otherwise."""
    return date.fromisoformat(str(value)[:10])
