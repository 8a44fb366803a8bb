"""Writes the quality report of a stored candidate: page, JSON and CSV; or a plain page where that cannot be made.

Belongs here: which file holds what. Does not belong here: reading (`collect`) or rendering (`render`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

from expectations.results import CheckResult
from orchestration.release.records.checks import read_results
from orchestration.release.records.decision import read_decision
from orchestration.release.records.manifest import REPORT_FILE
from orchestration.release.report.collect import collect_report_inputs
from orchestration.release.report.render import checks_csv, order_checks, render_report, report_json
from orchestration.release.report.words import VERDICT_WORDS
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.intake.landing.receipt import Receipt

JSON_FILE = "report.json"
CSV_FILE = "checks.csv"

_FRAME = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
<h1>{title}</h1>
<p><strong>The quality report could not be made ({error}). This page takes its place: the candidate has no manifest, so
it cannot be signed or published. Repair the fault and load {year} again.</strong></p>
<p>Verdict: <strong>{verdict}</strong>, as of {as_of}. Checks: {counts}.</p>
<h2>Reasons</h2>
{reasons}
<h2>Checks that failed or could not be evaluated</h2>
{checks}
<p>Content {digest}. All results are in checks.json, the decision is in decision.json.</p>
</body>
</html>
"""
_HEAD = "<tr><th>severity</th><th>check</th><th>rule</th><th>observed</th><th>message</th><th>next step</th></tr>"


def write_quality_report(
    settings: Settings, candidate: Path, warehouse: Path, receipts: Mapping[int, Receipt], survey_years: Sequence[int]
) -> None:
    """Write the report of a candidate from its stored records and the warehouse file that it was made from.

    The page, which is published, shows the published form of the check results; report.json and checks.csv, which are
    for the reviewer alone, every figure. Arguments and errors: `collect_report_inputs`.
    """
    inputs = collect_report_inputs(settings, candidate, warehouse, receipts, survey_years)
    published = replace(inputs, results=tuple(read_results(candidate)))
    (candidate / REPORT_FILE).write_text(render_report(published), encoding="utf-8")
    (candidate / JSON_FILE).write_text(report_json(inputs), encoding="utf-8")
    (candidate / CSV_FILE).write_text(checks_csv(inputs), encoding="utf-8")


def write_plain_report(candidate: Path, error: str) -> None:
    """Write a page in place of the report: why the release is held, and every failed check. `error` names the fault.

    A candidate with this page gets no manifest, so it can be neither signed nor published.
    """
    decision = read_decision(candidate)
    verdict, year = VERDICT_WORDS[decision.verdict].lower(), decision.release_year
    failed = [result for result in order_checks(read_results(candidate)) if result.has_failed]
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in decision.reasons)
    page = _FRAME.format(
        title=escape(f"NCPES {year} ({decision.data_origin} data): {verdict}"),
        error=escape(error),
        year=year,
        verdict=verdict,
        as_of=decision.as_of,
        counts=escape(", ".join(f"{n} {status.replace('_', ' ')}" for status, n in decision.counts.items() if n)),
        reasons=f"<ul>{reasons}</ul>" if reasons else "<p>none</p>",
        checks=f"<table>{_HEAD}{''.join(map(_row, failed))}</table>" if failed else "<p>none</p>",
        digest=decision.content_digest,
    )
    (candidate / REPORT_FILE).write_text(page, encoding="utf-8")


def _row(result: CheckResult) -> str:
    cells = (result.severity, result.check_id, result.title, result.observed, result.message, result.next_step)
    return f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in cells)}</tr>"
