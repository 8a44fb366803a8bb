"""Turns report records into one self-contained HTML page, JSON and CSV. Equal records give equal bytes.

Belongs here: order, grouping and number formats. Does not belong here: what is true (`collect`), how it looks
(`templates`).
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from expectations.results import LAYERS, SEVERITIES, CheckResult
from orchestration.release.report import charts
from orchestration.release.report.inputs import ReportInputs

TEMPLATES = Path(__file__).parent / "templates"
# A page of reasonable length: what is cut is counted on the page and stands in full in the JSON and CSV beside it.
MOVEMENTS_SHOWN = 25
DIFFERENCES_SHOWN = 50
TRUSTS_SHOWN = 12
MISSING = "\N{EN DASH}"

VERDICT_WORDS = {
    "passed": "Passed",
    "passed_with_waivers": "Passed with waivers",
    "held": "Held",
}
ORIGIN_WORDS = {
    "synthetic": (
        "SYNTHETIC: example data made by a computer. No patient is in it and no figure is a result of the survey."
    ),
    "reconstructed": "RECONSTRUCTED: rebuilt from published tables for rehearsal. Never to be published.",
    "actual": "",
}
_STATUS_ORDER = {"error": 0, "fail": 1, "pass": 2, "not_applicable": 3}


def render_report(inputs: ReportInputs) -> str:
    """The quality report as one HTML page: no request to any network, readable without JavaScript, prints to A4."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
    from markupsafe import Markup

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"count": _count, "percent": _percent, "number": _number, "words": _words, "points": _points}
    checks = order_checks(inputs.results)
    return environment.get_template("report.html.j2").render(
        report=inputs,
        decision=inputs.decision,
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
        verdict=VERDICT_WORDS[inputs.decision["verdict"]],
        origin_words=ORIGIN_WORDS[inputs.data_origin],
        to_decide=what_to_decide(inputs),
        failed=[check for check in checks if check.has_failed],
        not_applicable=[check for check in checks if check.status == "not_applicable"],
        passed_by_layer=[(layer, [c for c in checks if c.status == "pass" and c.layer == layer]) for layer in LAYERS],
        layer_counts=_layer_counts(inputs.results),
        movements=inputs.movements[:MOVEMENTS_SHOWN],
        movements_chart=Markup(charts.movements_chart(inputs.movements[:MOVEMENTS_SHOWN])),
        response_chart=Markup(charts.response_chart(inputs.response_rates)),
        claim_charts={claim.claim_id: Markup(charts.claim_chart(claim)) for claim in inputs.claims},
        groups=[rate for rate in inputs.response_rates if rate.level == "national"],
        extreme_trusts=_extreme_trusts(inputs),
        differences=inputs.differences[:DIFFERENCES_SHOWN],
        statuses=_statuses(inputs),
        years_without_results=_years_without_results(inputs),
    )


def report_json(inputs: ReportInputs) -> str:
    """The report in full as JSON, keys sorted."""
    return json.dumps(inputs.to_dict(), sort_keys=True, indent=1, ensure_ascii=False, default=str) + "\n"


def checks_csv(inputs: ReportInputs) -> str:
    """Every check as a row, failed first; groups and durations are left to the JSON and run.json."""
    columns = [
        "check_id", "layer", "engine", "severity", "status", "title", "expected", "observed", "n_affected",
        "denominator", "affects", "message", "next_step", "why",
    ]  # fmt: skip
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for result in order_checks(inputs.results):
        record = result.to_dict() | {"affects": "|".join(result.affects)}
        writer.writerow(["" if record[column] is None else record[column] for column in columns])
    return out.getvalue()


def order_checks(results: Sequence[CheckResult]) -> list[CheckResult]:
    """Broken, failed, passed, not applicable; within each by severity, layer and id."""
    return sorted(
        results,
        key=lambda result: (
            _STATUS_ORDER[result.status],
            SEVERITIES.index(result.severity),
            LAYERS.index(result.layer) if result.layer in LAYERS else len(LAYERS),
            result.check_id,
        ),
    )


def what_to_decide(inputs: ReportInputs) -> list[str]:
    """What a reviewer has to settle before this release can go out, most pressing first."""
    decision = inputs.decision
    held = decision["verdict"] == "held"
    items = [f"Settle or waive: {reason}" for reason in decision["reasons"]]
    warnings = [r for r in inputs.results if r.has_failed and r.severity == "warning"]
    if warnings:
        items.append(f"Judge {len(warnings)} warning{'s' if len(warnings) > 1 else ''}: a real change, or a fault?")
    items += [
        f"Confirm the waiver of {waiver['check_id']}: {waiver['reason']} ({waiver['owner']}, to {waiver['expires_on']})"
        for waiver in decision["waivers_used"]
    ]
    items += [
        f"Confirm the correction {item['correction_id']} of {item['survey_year']}: {item['rows']:,} rows, "
        f"{item['reason']} (to {item['expires_on']})"
        for item in decision["corrections"]
        if item["rows"] and item["expires_on"] >= decision["as_of"]
    ]
    if inputs.previous_problem:
        items.append(
            f"Settle the damage of the release that stands, {inputs.previous_version}: it cannot be read, so nothing "
            f"could be compared with it; `ncpes verify {inputs.previous_version}` tells more"
        )
    broken = [claim.claim_id for claim in inputs.claims if claim.holds is False]
    if broken:
        items.append(f"Do not repeat the claims that these tables do not bear out: {', '.join(broken)}")
    if inputs.disclosure_audit == "not_audited":
        items.append("No disclosure audit has been made: actual returns must not be published on this report alone")
    if inputs.required_signatures and not held:
        items.append(f"Sign as {', '.join(_words(role) for role in inputs.required_signatures)}")
    return items


def _layer_counts(results: Sequence[CheckResult]) -> list[tuple[str, Counter[str]]]:
    counts: dict[str, Counter[str]] = {layer: Counter() for layer in LAYERS}
    for result in results:
        counts.setdefault(result.layer, Counter())[result.status] += 1
    return [(layer, count) for layer, count in counts.items() if count]


def _extreme_trusts(inputs: ReportInputs) -> list[Any]:
    trusts = sorted((rate for rate in inputs.response_rates if rate.level == "trust"), key=lambda r: (r.rate, r.code))
    if len(trusts) <= TRUSTS_SHOWN:
        return trusts
    return trusts[: TRUSTS_SHOWN // 2] + trusts[-TRUSTS_SHOWN // 2 :]


def _statuses(inputs: ReportInputs) -> list[str]:
    return sorted(
        {status for row in inputs.suppression for status in row.n_by_status}, key=lambda s: (s != "published", s)
    )


def _years_without_results(inputs: ReportInputs) -> list[int]:
    """Earlier survey years of the release of whose own loads no check results are left."""
    known = {earlier.survey_year for results in inputs.earlier_results.values() for earlier in results}
    return sorted({row.survey_year for row in inputs.deliveries if row.survey_year < inputs.release_year} - known)


def _count(value: float | None) -> str:
    return MISSING if value is None else f"{value:,.0f}"


def _percent(value: float | None, decimals: int = 1) -> str:
    return MISSING if value is None else f"{value * 100:.{decimals}f}%"


def _number(value: float | None, decimals: int = 2) -> str:
    return MISSING if value is None else f"{value:,.{decimals}f}"


def _points(value: float | None, is_rating: bool = False) -> str:
    if value is None:
        return MISSING
    return f"{value:+.2f}" if is_rating else f"{value * 100:+.1f}"


def _words(name: str) -> str:
    return name.replace("_", " ")
