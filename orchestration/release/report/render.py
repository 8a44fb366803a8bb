"""Turns report records into one self-contained HTML page, JSON and CSV. Equal records give equal bytes.

Belongs here: order and grouping. Does not belong here: the figures (`collect`), what must be decided (`decide`), number
formats and names (`words`), how it looks (`templates`).
"""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from expectations.results import LAYERS, SEVERITIES, CheckResult
from orchestration.release.report import charts, words
from orchestration.release.report.decide import (
    most_named,
    movements_outside,
    what_to_decide,
    what_to_know,
    years_without_results,
)
from orchestration.release.report.inputs import Difference, Reconciliation, ReportInputs, ResponseRate, Suppression
from orchestration.release.report.words import ORIGIN_WORDS, VERDICT_WORDS

if TYPE_CHECKING:
    from jinja2 import Environment

TEMPLATES = Path(__file__).parent / "templates"
# Rows that are shown at once; the rest of a list can be opened below them, and rows not on the page are counted.
MOVEMENTS_OPEN = 12
MISSINGNESS_OPEN = 8
TRUSTS_SHOWN = 12
_OfTable = TypeVar("_OfTable", Difference, Suppression)
_STATUS_ORDER = {"error": 0, "fail": 1, "pass": 2, "not_applicable": 3}


class FailedGroup(NamedTuple):
    """Failed checks that ask the same of a reviewer."""

    name: str
    title: str
    meaning: str
    checks: list[CheckResult]


class ReconciledSet(NamedTuple):
    """Published figures of one survey year and base, and how many are reproduced."""

    survey_year: int
    base_kind: str
    n: int
    n_equal: int
    largest: float


def render_report(inputs: ReportInputs) -> str:
    """The quality report as one HTML page: no request to any network, readable without JavaScript, prints to A4."""
    from markupsafe import Markup

    page = _environment().get_template("report.html.j2")
    return page.render(
        report=inputs,
        decision=inputs.decision,
        style=Markup((TEMPLATES / "report.css").read_text(encoding="utf-8")),
        verdict=VERDICT_WORDS[inputs.decision.verdict],
        origin_words=ORIGIN_WORDS[inputs.data_origin],
        to_decide=what_to_decide(inputs),
        to_know=what_to_know(inputs),
        n_movements_outside=len(movements_outside(inputs)),
        movements_open=max(MOVEMENTS_OPEN, len(movements_outside(inputs))),
        strips={m.question_id: Markup(charts.movement_strip(m)) for m in inputs.movements},
        claim_charts={claim.claim_id: Markup(charts.claim_chart(claim)) for claim in inputs.claims},
        reconciled=reconciled_sets(inputs.reconciliation),
        missingness_open=MISSINGNESS_OPEN,
        difference_groups=group_by_table(inputs.differences),
        suppression_groups=group_by_table(inputs.suppression),
        statuses=_statuses(inputs),
        **_of_checks(inputs),
        **_of_response(inputs),
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
    """Not evaluated, failed, passed, not applicable; within each by severity, layer and id."""
    return sorted(
        results,
        key=lambda result: (
            _STATUS_ORDER[result.status],
            SEVERITIES.index(result.severity),
            LAYERS.index(result.layer) if result.layer in LAYERS else len(LAYERS),
            result.check_id,
        ),
    )


def group_failed(checks: Sequence[CheckResult]) -> list[FailedGroup]:
    """Failed checks by what they ask of a reviewer: repair the check, correct the data, decide, or nothing."""
    kinds = (
        (
            "error",
            "Could not be evaluated",
            "The check itself did not run to its end: nobody knows what it would find.",
        ),
        ("critical", "Failed, critical", "The data break a rule without which a published table is wrong."),
        ("warning", "Warnings", "The data break a rule that a real change can break too: you decide which it is."),
        ("info", "Noted", "Worth knowing; nothing to decide."),
    )
    groups = []
    for name, title, meaning in kinds:
        found = [c for c in checks if c.has_failed and name == ("error" if c.status == "error" else c.severity)]
        if found:
            groups.append(FailedGroup(name, title, meaning, found))
    return groups


def group_by_table(rows: Sequence[_OfTable]) -> list[tuple[str, list[_OfTable]]]:
    """Rows by their table, in the order in which the tables come."""
    groups: dict[str, list[_OfTable]] = {}
    for row in rows:
        groups.setdefault(row.table, []).append(row)
    return list(groups.items())


def reconciled_sets(rows: Sequence[Reconciliation]) -> list[ReconciledSet]:
    """Published figures by survey year and base, the latest year first."""
    sets: dict[tuple[int, str], list[Reconciliation]] = {}
    for row in rows:
        sets.setdefault((row.survey_year, row.base_kind), []).append(row)
    return [
        ReconciledSet(*key, len(found), sum(r.is_equal for r in found), max(abs(r.ours - r.published) for r in found))
        for key, found in sorted(sets.items(), key=lambda item: (-item[0][0], item[0][1]))
    ]


def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    formats = (
        words.count,
        words.percent,
        words.number,
        words.points,
        words.figure,
        words.observed,
        words.signed,
        words.words,
    )
    environment.filters |= {function.__name__: function for function in formats}
    return environment


def _of_checks(inputs: ReportInputs) -> dict[str, Any]:
    """What the sections on checks show, by its name in the templates."""
    checks = order_checks(inputs.results)
    return {
        "failed_groups": group_failed(checks),
        "passed_by_layer": [
            (layer, [c for c in checks if c.status == "pass" and c.layer == layer]) for layer in LAYERS
        ],
        "not_applicable": [check for check in checks if check.status == "not_applicable"],
        "layer_counts": _layer_counts(inputs.results),
        "most_named": {key: most_named(inputs.results, key) for key in ("question_id", "trust_code")},
        "names": words.names_of_groups(inputs),
        "years_without_results": years_without_results(inputs),
    }


def _of_response(inputs: ReportInputs) -> dict[str, Any]:
    """What the section on response shows, by its name in the templates."""
    from markupsafe import Markup

    outside = _trusts_outside(inputs)
    return {
        "response_chart": Markup(charts.response_chart(inputs.response_rates)),
        "nation": _nation(inputs),
        "groups_by_kind": _groups_by_kind(inputs),
        "trusts_outside": outside,
        "trusts": outside or _extreme_trusts(inputs),
        "n_trusts": sum(rate.level == "trust" for rate in inputs.response_rates),
    }


def _layer_counts(results: Sequence[CheckResult]) -> list[tuple[str, Counter[str]]]:
    counts: dict[str, Counter[str]] = {layer: Counter() for layer in LAYERS}
    for result in results:
        counts.setdefault(result.layer, Counter())[result.status] += 1
    return [(layer, count) for layer, count in counts.items() if count]


def _nation(inputs: ReportInputs) -> ResponseRate | None:
    return next((r for r in inputs.response_rates if r.level == "national" and r.group_kind == "all"), None)


def _groups_by_kind(inputs: ReportInputs) -> list[tuple[str, list[ResponseRate]]]:
    groups: dict[str, list[ResponseRate]] = {}
    for rate in inputs.response_rates:
        if rate.level == "national" and rate.group_kind != "all":
            groups.setdefault(rate.group_kind, []).append(rate)
    return list(groups.items())


def _trusts_outside(inputs: ReportInputs) -> list[ResponseRate]:
    """Trusts whose response rate is outside the funnel, the lowest first."""
    nation = _nation(inputs)
    trusts = [rate for rate in inputs.response_rates if rate.level == "trust" and rate.n_eligible > 0]
    if nation is None:
        return []
    return sorted((r for r in trusts if charts.is_outside_funnel(r, nation.rate)), key=lambda r: (r.rate, r.code))


def _extreme_trusts(inputs: ReportInputs) -> list[ResponseRate]:
    trusts = sorted((rate for rate in inputs.response_rates if rate.level == "trust"), key=lambda r: (r.rate, r.code))
    if len(trusts) <= TRUSTS_SHOWN:
        return trusts
    return trusts[: TRUSTS_SHOWN // 2] + trusts[-TRUSTS_SHOWN // 2 :]


def _statuses(inputs: ReportInputs) -> list[str]:
    return sorted(
        {status for row in inputs.suppression for status in row.n_by_status}, key=lambda s: (s != "published", s)
    )
