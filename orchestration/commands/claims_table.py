"""The headline claims of a published release, for a terminal and as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from orchestration.commands.console import console
from orchestration.release.records.decision import read_decision
from orchestration.release.records.manifest import read_manifest

NOT_MEANT = (
    "It is not a count of patients: a percentage of those to whom a question applies is applied to everybody who "
    "returned a form, and growth of the survey counts as improvement. The other methods show what follows without that."
)

_SHOWN = (
    "claim_id", "claim_kind", "question_id", "base_year", "method", "status", "reason", "value", "value_printed",
    "published_value", "ci_lower", "ci_upper", "growth_part", "improvement_part", "growth_part_other_order",
    "improvement_part_other_order", "growth_part_printed", "improvement_part_printed", "verdict", "holds", "sentence",
)  # fmt: skip


def claims_of_release(folder: Path) -> dict[str, Any]:
    """Claims as the release's files hold them: the published method first, every other method under it."""
    import pyarrow.parquet as pq

    manifest = read_manifest(folder)
    (path,) = manifest.paths("parquet", "pub_headline_claims")
    rows = pq.ParquetFile(folder / path).read().to_pylist()
    published = [row for row in rows if row["is_published_method"]]
    return {
        "version": manifest.version,
        "release_year": manifest.release_year,
        "data_origin": manifest.data_origin,
        "gate": read_decision(folder).verdict,
        "what_it_does_not_mean": NOT_MEANT,
        "claims": [
            _claim(row, [other for other in rows if other["claim_id"] == row["claim_id"] and other is not row])
            for row in sorted(published, key=lambda row: (row["claim_kind"] == "more_patients", -(row["value"] or 0)))
        ],
    }


def _claim(row: dict[str, Any], others: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        **{name: row[name] for name in _SHOWN},
        "inputs": json.loads(row["inputs"]),
        "other_methods": [
            {name: other[name] for name in ("method", "value", "value_printed", "verdict", "ci_lower", "ci_upper")}
            for other in others
        ],
    }


def print_claims(found: dict[str, Any]) -> None:
    """A table of the claims with their decomposition, the other methods, and what they do not mean."""
    from rich.table import Table

    out = console()
    if not found["claims"]:
        out.print(f"Release {found['version']} makes no headline claims.")
        return
    origin = "" if found["data_origin"] == "actual" else f", {found['data_origin']} data"
    table = Table(title=f"Headline claims of {found['release_year']} (release {found['version']}{origin})")
    for name in ("statement", "value", "announced", "more people", "better scores", "holds"):
        table.add_column(name, justify="left" if name == "statement" else "right")
    for claim in found["claims"]:
        table.add_row(
            claim["sentence"] or f"{claim['claim_id']}: {claim['status'].replace('_', ' ')} ({claim['reason']})",
            _number(claim["value_printed"], claim),
            _number(claim["published_value"], claim),
            _number(claim["growth_part_printed"], claim),
            _number(claim["improvement_part_printed"], claim),
            {True: "yes", False: "NO", None: ""}[claim["holds"]],
        )
    out.print(table)
    for claim in found["claims"]:
        others = [f"{o['method'].replace('_', ' ')}: {_other(o, claim)}" for o in claim["other_methods"]]
        if others:
            out.print(f"By other methods, {claim['sentence'] or claim['claim_id']}: {'; '.join(others)}", style="dim")
    out.print(f"What it does not mean: {found['what_it_does_not_mean']}", style="dim")


def _other(other: dict[str, Any], claim: dict[str, Any]) -> str:
    if claim["claim_kind"] == "record_high":
        lower, upper = other["ci_lower"], other["ci_upper"]
        is_chance = lower is not None and upper is not None and lower <= 0 <= upper
        return f"{other['verdict']}{' (the difference is within chance)' if is_chance else ''}"
    if claim["claim_kind"] == "more_patients" or other["value"] is None:
        return _number(other["value_printed"], claim)
    return f"{other['value']:.3f}"


def _number(value: float | None, claim: dict[str, Any]) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if claim["claim_kind"] == "more_patients" else f"{value:.1f}"
