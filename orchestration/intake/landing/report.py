"""The one-page intake report: a receipt in words, for the engineer who dropped the files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from orchestration.intake.landing.receipt import Receipt
from orchestration.intake.rows.organisation_changes import OrganisationChange
from orchestration.settings import Settings

REPORT_FILE = "intake_report.md"
_WORST_COLUMNS = 10

# What a reason means and what to do about its rows; every reason that intake gives stands here.
REASONS = {
    "exact_duplicate": "the same row again, folded",
    "duplicate_with_other_content": "one record number, different rows: ask the supplier which is right",
    "unreadable_row": "another number of cells than the header: look at the row and ask for the file again",
    "no_record_number": "no record number",
    "unreadable_record_number": "a record number that a spreadsheet rounded: ask for the file as CSV",
    "no_sample_row": "a response of nobody in the sample: check the record number",
    "sample_row_quarantined": "a response whose sample row is in quarantine: it follows that row",
    "sample_row_excluded": "a response of someone who does not belong to the survey",
    "outcome_contradicts_response": "a response although the outcome is not `returned`: correct the outcome",
    "impossible_outcome": "no outcome",
    "unknown_trust": "a trust that is not in the organisation file: add it there or correct the code",
    "unknown_ccg": "a CCG that is not in the organisation file: add it there or correct the code",
    "no_trust": "no trust",
    "unknown_icd10": "a diagnosis that is no registered cancer: register its prefix or correct it",
    "impossible_date": "a date that cannot be",
    "outside_survey_months": "discharged in another year or month than the survey's: day and month exchanged, or "
    "the list of another quarter",
    "under_16": "younger than 16 at discharge: not in the survey",
    "not_useable": "fewer scored answers than a useable return needs",
    "in_two_files": "in the file of respondents and in that of non-respondents",
    "no_organisation": "an organisation without level or code",
    "no_name": "an organisation without a name",
}


def render_report(receipt: Receipt, settings: Settings, changes: Sequence[OrganisationChange] = ()) -> str:
    """The report as Markdown. `changes` are those of the organisations against the year before, if one is landed."""
    parts = [
        f"# Intake of {receipt.survey_year}, delivery {receipt.delivery}",
        f"Origin **{receipt.data_origin}**; {receipt.form}. {receipt.n_sampled:,} people sampled, "
        f"{receipt.n_respondents:,} useable responses. {_verdict(receipt, settings)}",
        "## Files",
        *_files(receipt),
        *_set_apart(receipt),
        *_witnesses(receipt),
        *_edits(receipt),
        *_missing(receipt),
        *_corrections(receipt),
        *_organisations(changes),
    ]
    return "\n\n".join(parts) + "\n"


def _verdict(receipt: Receipt, settings: Settings) -> str:
    files = [
        f"{name} {share:.2%}"
        for name, share in receipt.quarantined_share_of_file.items()
        if share > settings.max_quarantined_share_of_file
    ]
    trusts = [
        f"{code} {share:.1%}"
        for code, share in receipt.quarantined_share_by_trust.items()
        if share > settings.max_quarantined_share_of_organisation
    ]
    if not files and not trusts:
        return "Quarantined shares are within the limits."
    return f"**Too much is in quarantine, the gate will hold:** {', '.join([*files, *trusts])}."


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(header)} |", "|" + "---|" * len(header)]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def _files(receipt: Receipt) -> list[str]:
    header = (
        "file",
        "kind",
        "written as",
        "bytes",
        "columns",
        "received",
        "accepted",
        "folded",
        "quarantined",
        "excluded",
    )
    rows = []
    for file in receipt.files:
        written = [file.file_format, file.encoding, file.compression, f"sheet {file.sheet}" if file.sheet else None]
        if file.delimiter:
            written.append(f"delimiter {'tab' if file.delimiter == chr(9) else file.delimiter}".replace("|", "bar"))
        rows.append(
            (
                file.name.replace("|", "/"),
                file.kind,
                ", ".join(part for part in written if part),
                f"{file.bytes:,}",
                file.columns,
                *(f"{n:,}" for n in (file.rows_received, file.rows_accepted, file.rows_folded)),
                *(f"{n:,}" for n in (file.rows_quarantined, file.rows_excluded)),
            )
        )
    notes = [f"- {file.name}: {note}" for file in receipt.files for note in file.notes]
    return [_table(header, rows), *(["\n".join(notes)] if notes else [])]


def _set_apart(receipt: Receipt) -> list[str]:
    rows = []
    for file in receipt.files:
        for fate, reasons in (("quarantined", file.quarantine), ("excluded", file.exclusions)):
            rows += [(file.name, fate, reason, f"{n:,}", REASONS.get(reason, "")) for reason, n in reasons.items()]
    if not rows:
        return ["## Rows set apart", "None."]
    return ["## Rows set apart", _table(("file", "fate", "reason", "rows", "what it means"), rows)]


def _witnesses(receipt: Receipt) -> list[str]:
    """What identifiers say of the return; nothing where it has none."""
    lines = []
    if receipt.identities:
        given, invalid, shared = (receipt.identities[f"nhs_number_{name}"] for name in ("given", "invalid", "repeated"))
        lines.append(f"- NHS numbers: {given:,} given, {invalid:,} invalid, {shared:,} shared by two record numbers.")
    if receipt.birth_years_by_trust:
        lines.append(f"- {_birth_years(receipt.birth_years_by_trust)}")
    return ["## Identifiers as witnesses", "\n".join(lines)] if lines else []


def _birth_years(trusts: Mapping[str, Mapping[str, int]]) -> str:
    compared, differing = (sum(counts[name] for counts in trusts.values()) for name in ("compared", "differing"))
    words = (
        f"Year of birth on the form differs by more than a year from the patient list for {differing / compared:.1%}"
    )
    words += f" of {compared:,}"
    if not differing:
        return f"{words}."
    # Most beyond what the share of all would give it: not the largest trust, nor one of three people.
    expected = {code: counts["compared"] * differing / compared for code, counts in trusts.items()}
    worst = max(trusts, key=lambda code: trusts[code]["differing"] - expected[code])
    own = trusts[worst]
    return f"{words}; most in {worst} ({own['differing'] / own['compared']:.1%} of {own['compared']:,})."


def _edits(receipt: Receipt) -> list[str]:
    rows = [
        (
            rule,
            f"{edits:,}",
            f"{receipt.contradictions.get(f'{rule}:unrouted', 0):,}",
            f"{receipt.contradictions.get(f'{rule}:no_routing_answer', 0):,}",
        )
        for rule, edits in receipt.edits.items()
    ]
    header = ("routing rule", "answers set aside", "people who gave them", "people without the routing answer (kept)")
    return ["## Answers edited by routing", _table(header, rows) if rows else "No rule."]


def _missing(receipt: Receipt) -> list[str]:
    worst = sorted(receipt.missing.items(), key=lambda item: -item[1])[:_WORST_COLUMNS]
    rows = []
    for name, n_missing in worst:
        counts = receipt.answers[name]
        kinds = (counts.blank, counts.missing_code, counts.declared_missing, counts.skipped_by_routing)
        rows.append((name, f"{n_missing:,}", *(f"{n:,}" for n in kinds)))
    header = ("column", "missing", "blank", "missing code", "declared missing", "skipped by routing (not missing)")
    covariates = ", ".join(f"{name} {n:,}" for name, n in receipt.missing_covariates.items()) or "none"
    return [
        f"## Missing answers ({_WORST_COLUMNS} columns with most)",
        _table(header, rows),
        f"Respondents without a covariate: {covariates}.",
    ]


def _corrections(receipt: Receipt) -> list[str]:
    rows = [(item.correction_id, f"{item.rows:,}", item.expires_on) for item in receipt.corrections]
    return ["## Corrections applied", _table(("correction", "rows", "expires"), rows)] if rows else []


def _organisations(changes: Sequence[OrganisationChange]) -> list[str]:
    rows = [
        (item.change, item.level, item.code_before or "", item.code_after or "", item.confidence, item.evidence)
        for item in changes
    ]
    header = ("change", "level", "before", "after", "confidence", "evidence")
    if not rows:
        return []
    likely = any(item.change == "merged" and item.confidence != "certain" for item in changes)
    step = "A merger is registered by a row of organisation_mergers.csv; then it is no longer in question."
    return ["## Organisations against the year before", _table(header, rows), *([step] if likely else [])]
