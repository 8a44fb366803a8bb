"""A page in place of the quality report, for a load whose report could not be made: the verdict and every failed check.

Belongs here: the plainest page that says why a release is held. Does not belong here: what a reviewer signs; a
candidate with this page has no manifest, so it can be neither signed nor published.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from expectations.gate import Decision
from expectations.results import CheckResult

_FRAME = """<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>{title}</title></head>
<body>
<h1>{title}</h1>
<p><strong>The quality report could not be made ({fault}). This page stands in its place; the candidate is not
sealed, and nothing of it can be signed or published. Repair the fault and load {year} again.</strong></p>
<p>Verdict: <strong>{verdict}</strong>, judged as of {as_of}. Checks: {counts}.</p>
<h2>Reasons</h2>
{reasons}
<h2>Checks that failed or broke</h2>
{checks}
<p>Content {digest}. All results stand in checks.json, the decision in decision.json.</p>
</body>
</html>
"""
_HEAD = "<tr><th>severity</th><th>check</th><th>rule</th><th>observed</th><th>what broke</th><th>next step</th></tr>"


def plain_report(decision: Decision, results: Sequence[CheckResult], fault: str) -> str:
    """The page of a decision and of results in published form; `fault` is the kind of error of the report."""
    failed = sorted((r for r in results if r.has_failed), key=lambda r: (r.severity, r.layer, r.check_id))
    title = f"NCPES {decision.release_year} ({decision.data_origin} data): {decision.verdict.replace('_', ' ')}"
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in decision.reasons)
    return _FRAME.format(
        title=escape(title),
        fault=escape(fault),
        year=decision.release_year,
        verdict=escape(decision.verdict.replace("_", " ")),
        as_of=escape(decision.as_of),
        counts=escape(", ".join(f"{n} {status.replace('_', ' ')}" for status, n in decision.counts.items() if n)),
        reasons=f"<ul>{reasons}</ul>" if reasons else "<p>none</p>",
        checks=f"<table>{_HEAD}{''.join(map(_row, failed))}</table>" if failed else "<p>none</p>",
        digest=escape(decision.content_digest),
    )


def _row(result: CheckResult) -> str:
    cells = (result.severity, result.check_id, result.title, result.observed, result.message, result.next_step)
    return f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in cells)}</tr>"
