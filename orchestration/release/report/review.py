"""The verdict on a candidate for the terminal, read from what the load stored.

Does not belong here: signatures, opening a browser or choosing a year (the command line does that).
"""

from __future__ import annotations

import textwrap
from pathlib import Path

from expectations.results import CheckResult
from orchestration.release.records.checks import read_full_results
from orchestration.release.records.decision import read_decision
from orchestration.release.records.manifest import REPORT_FILE
from orchestration.release.report.render import order_checks
from orchestration.release.report.words import VERDICT_WORDS

WIDTH = 100
_MARKS = {"error": "ERROR", "critical": "FAILED", "warning": "WARNING", "info": "NOTED"}


def review_text(candidate: Path) -> str:
    """Verdict, failed checks, reasons, waivers, corrections and where the report is, as plain text.

    Raises RecordError where decision or check results are missing or damaged.
    """
    decision = read_decision(candidate)
    failed = [check for check in order_checks(read_full_results(candidate)) if check.has_failed]
    counts, verdict = decision.counts, VERDICT_WORDS[decision.verdict].upper()
    lines = [
        f"{decision.release_year} ({decision.data_origin}): {verdict}, as of {decision.as_of}",
        f"{counts['pass']} checks passed, {counts['fail']} failed, {counts['error']} could not be evaluated, "
        f"{counts['not_applicable']} not applicable\n",
    ]
    for check in failed:
        lines += _describe(check)
    described = {check.check_id for check in failed}
    lines += [_wrap(reason) for reason in decision.reasons if reason.split()[0] not in described]
    lines += [
        _wrap(f"waived: {waiver.check_id} until {waiver.expires_on}, {waiver.reason} ({waiver.owner})")
        for waiver in decision.waivers_used
    ]
    lines += [
        _wrap(
            f"corrected: {row.rows:,} rows of {row.survey_year} by {row.correction_id} until {row.expires_on}, "
            f"{row.reason}"
        )
        for row in decision.corrections
    ]
    report = candidate / REPORT_FILE
    return "\n".join(lines).rstrip() + f"\n\nReport: {report if report.is_file() else 'missing'}\n"


def _describe(check: CheckResult) -> list[str]:
    mark = _MARKS["error" if check.status == "error" else check.severity]
    share = "" if check.n_affected is None else f", {check.n_affected:,} of {check.denominator or 0:,}"
    lines = [_wrap(f"{mark}  {check.title}"), _wrap(f"{check.check_id}: observed {check.observed or '-'}{share}", 2)]
    lines += [_wrap(text, 2) for text in (check.message, check.next_step) if text]
    return [*lines, ""]


def _wrap(text: str, indent: int = 0) -> str:
    space = " " * indent
    return textwrap.fill(text, WIDTH, initial_indent=space, subsequent_indent=space + "  ")
