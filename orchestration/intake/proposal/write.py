"""Writing a proposal: a page, a CSV a seed with a column `accept`, and a patch of the seeds."""

from __future__ import annotations

import csv
import difflib
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from orchestration.intake.proposal.compare import Proposal
from orchestration.intake.proposal.errors import PAGE
from orchestration.intake.proposal.rows import PROPOSED_SEEDS, ProposedRow
from orchestration.intake.rows.organisation_changes import OrganisationChange
from orchestration.intake.rules import YearRules
from orchestration.registry import Registry

REVIEW_COLUMNS = ("accept", "confidence", "evidence", "review_note")
PATCH, ORGANISATIONS = "seeds.patch", "organisation_changes.csv"


def write_proposal(proposal: Proposal, rules: YearRules, registry: Registry, folder: Path) -> None:
    """Write the proposal into a folder, replacing files of the same names.

    `accept` is filled with `yes` where the confidence is certain and left empty elsewhere: a person writes yes or no.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # What an earlier proposal had and this one has not must not be accepted with it.
    for name in (*(f"{seed}.csv" for seed in PROPOSED_SEEDS), ORGANISATIONS):
        (folder / name).unlink(missing_ok=True)
    for seed in PROPOSED_SEEDS:
        rows = [row for row in proposal.rows if row.seed == seed]
        if rows:
            (folder / f"{seed}.csv").write_text(_review_csv(rows), encoding="utf-8")
    if proposal.organisations:
        lines = [asdict(change) for change in proposal.organisations]
        (folder / ORGANISATIONS).write_text(csv_text(list(lines[0]), lines), encoding="utf-8")
    (folder / PATCH).write_text(make_patch(proposal.rows, registry.seed_rows), encoding="utf-8")
    (folder / PAGE).write_text(render_page(proposal), encoding="utf-8")


def _review_csv(rows: Sequence[ProposedRow]) -> str:
    columns = [*REVIEW_COLUMNS, *rows[0].values]
    return csv_text(
        columns,
        (
            {
                "accept": "yes" if row.confidence == "certain" else "",
                "confidence": row.confidence,
                "evidence": row.evidence,
                "review_note": row.note,
                **row.values,
            }
            for row in rows
        ),
    )


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, str]], header: bool = True) -> str:
    """Rows as CSV with LF line ends, as the seeds are written."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    if header:
        writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def make_patch(rows: Sequence[ProposedRow], seeds: Mapping[str, Sequence[Mapping[str, str]]]) -> str:
    """Unified diff of the seeds with all rows accepted, for `git apply`."""
    parts = []
    for seed in PROPOSED_SEEDS:
        added = [row.values for row in rows if row.seed == seed]
        if not added:
            continue
        columns = list(added[0])
        before = csv_text(columns, seeds[seed])
        after = before + csv_text(columns, added, header=False)
        path = f"dbt_project/seeds/{seed}.csv"
        diff = difflib.unified_diff(before.splitlines(True), after.splitlines(True), f"a/{path}", f"b/{path}")
        parts.append("".join(diff))
    return "".join(parts)


def render_page(proposal: Proposal) -> str:
    """The page a reviewer reads first."""
    year, base = proposal.survey_year, proposal.base_year
    counts = ", ".join(f"{proposal.count(sure):,} {sure}" for sure in ("certain", "likely", "unsure"))
    lines = [
        f"# Proposed registry rows for {year}, compared with {base}",
        "",
        f"{len(proposal.rows):,} rows: {counts}. Nothing is accepted yet: write `yes` or `no` under `accept` in the "
        "CSV files beside this page (certain rows have `yes`), correct what is wrong, and accept the folder.",
        "",
    ]
    if proposal.open_points:
        lines += ["## For a person to find out", "", *(f"- {point}" for point in proposal.open_points), ""]
    lines += [
        "## Questions that changed",
        "",
        "| new | before | change | confidence | evidence |",
        "|---|---|---|---|---|",
    ]
    for match in proposal.matches:
        if match.old is None or match.changes:
            before = match.old.question_id.upper() if match.old else "(new)"
            change = ", ".join(match.changes) or "new"
            lines.append(
                f"| {match.new.question_id.upper()} | {before} | {change} | {match.confidence} | {match.evidence} |"
            )
    same = sum(1 for match in proposal.matches if match.old and not match.changes)
    lines += ["", f"{same} questions are unchanged.", "", f"## Questions of {base} that are no longer asked", ""]
    lines += [f"- {question.question_id.upper()}: {question.text}" for question in proposal.dropped] or ["- none"]
    lines += ["", f"## Organisations against {base}", ""]
    lines += [_organisation_line(change) for change in proposal.organisations] or [
        "- no change, or no file of either year"
    ]
    notes = [row for row in proposal.rows if row.note or row.confidence == "unsure"]
    lines += ["", "## Rows to look at", "", *(_note_line(row) for row in notes)]
    return "\n".join(lines) + "\n"


def _organisation_line(change: OrganisationChange) -> str:
    codes = " into ".join(code for code in (change.code_before, change.code_after) if code)
    return f"- {change.level} {codes} {change.change} ({change.confidence}): {change.evidence}"


def _note_line(row: ProposedRow) -> str:
    keys = ("question_id", "option_code", "rule_id", "source_column", "level", "old_code")
    named = " ".join(row.values[key] for key in keys if key in row.values)
    return f"- {row.seed} {named or row.values['survey_year']} ({row.confidence}): {row.note or row.evidence}"
