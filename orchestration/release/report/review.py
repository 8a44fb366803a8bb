"""The verdict of a candidate for the terminal, read from what the load stored.

Belongs here: words on a candidate folder (decision.json, report.json, checks.json). Does not belong here: opening a
browser or choosing a year (the command line does).
"""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

from expectations.results import CheckResult
from orchestration.errors import ExitCode, ProgramError
from orchestration.release.report.render import order_checks
from orchestration.release.report.words import VERDICT_WORDS

WIDTH = 100
_MARKS = {"error": "BROKE", "critical": "FAILED", "warning": "WARNING", "info": "NOTED"}


class NoCandidate(ProgramError):
    """There is nothing to review: no load of the year has come as far as a decision."""

    exit_code = ExitCode.USAGE


def review_text(candidate_folder: Path) -> str:
    """Verdict, reasons, failed checks and where the report is, as plain text.

    Raises NoCandidate, naming the folder and the command to run, where decision or results are missing.
    """
    try:
        decision = json.loads((candidate_folder / "decision.json").read_text(encoding="utf-8"))
        records = _records(candidate_folder)
    except FileNotFoundError as error:
        raise NoCandidate(
            f"{candidate_folder} holds no decision: run `ncpes load {candidate_folder.name}` and review again."
        ) from error
    counts = decision["counts"]
    lines = [
        f"{decision['release_year']} ({decision['data_origin']}): {VERDICT_WORDS[decision['verdict']].upper()}"
        f", judged as of {decision['as_of']}",
        f"{counts['pass']} checks passed, {counts['fail']} failed, {counts['error']} broke, "
        f"{counts['not_applicable']} not applicable",
        "",
    ]
    failed = [
        check for check in order_checks([CheckResult.from_dict(record) for record in records]) if check.has_failed
    ]
    for check in failed:
        lines += _describe(check)
    covered = {check.check_id for check in failed}
    lines += [_wrap(reason) for reason in decision["reasons"] if reason.split()[0] not in covered]
    lines += [
        _wrap(f"waived: {waiver['check_id']} until {waiver['expires_on']}, {waiver['reason']} ({waiver['owner']})")
        for waiver in decision["waivers_used"]
    ]
    lines += [
        _wrap(
            f"corrected: {item['rows']:,} rows of {item['survey_year']} by {item['correction_id']} until "
            f"{item['expires_on']}, {item['reason']}"
        )
        for item in decision.get("corrections", ())
    ]
    lines += ["", f"Report: {candidate_folder / 'report.html'}"]
    return "\n".join(lines) + "\n"


def _records(folder: Path) -> list[dict[str, Any]]:
    """Every figure for the reviewer, from report.json; a load that ended before it has the published form alone."""
    if (full := folder / "report.json").is_file():
        return list(json.loads(full.read_text(encoding="utf-8"))["results"])
    return list(json.loads((folder / "checks.json").read_text(encoding="utf-8")))


def _describe(check: CheckResult) -> list[str]:
    mark = _MARKS["error" if check.status == "error" else check.severity]
    share = "" if check.n_affected is None else f", {check.n_affected:,} of {check.denominator or 0:,}"
    lines = [_wrap(f"{mark}  {check.title}"), _wrap(f"{check.check_id}: observed {check.observed or '-'}{share}", 2)]
    lines += [_wrap(text, 2) for text in (check.message, check.next_step) if text]
    return [*lines, ""]


def _wrap(text: str, indent: int = 0) -> str:
    space = " " * indent
    return textwrap.fill(text, WIDTH, initial_indent=space, subsequent_indent=space + "  ")
