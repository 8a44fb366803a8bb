"""The one-page intake report: a receipt in words, for the engineer who delivered the files."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from orchestration.intake.landing.receipt import Receipt
from orchestration.intake.review.organisation_changes import (
    OrganisationChange,
    compare_organisations,
    landed_organisations,
)
from orchestration.intake.rows.sample import COVARIATES
from orchestration.lake import landed_years, landing_folder
from orchestration.registry import Registry
from orchestration.settings import Settings

REPORT_FILE = "intake_report.md"
_WORST_COLUMNS = 10

# What a reason means and what to do about its rows; every reason that intake gives is listed.
REASONS = {
    "exact_duplicate": "an exact duplicate of another row; kept once",
    "duplicate_with_other_content": "one record number, different rows: ask the supplier which is right",
    "unreadable_row": "another number of cells than the header: look at the row and ask for the file again",
    "no_record_number": "no record number",
    "unreadable_record_number": "a record number that lost precision, as it was stored as a number: ask for it as text",
    "no_sample_row": "a response of nobody in the sample: check the record number",
    "sample_row_quarantined": "a response whose sample row is in quarantine: it follows that row",
    "sample_row_excluded": "a response of someone who does not belong to the survey",
    "outcome_contradicts_response": "a response although the outcome is not `returned`: correct the outcome",
    "impossible_outcome": "no outcome",
    "unknown_trust": "a trust that is not in the organisation file: add it there or correct the code",
    "unknown_ccg": "a CCG that is not in the organisation file: add it there or correct the code",
    "no_trust": "no trust",
    "unknown_icd10": "a diagnosis that is no registered cancer: register its prefix or correct it",
    "impossible_date": "an impossible date",
    "outside_survey_months": "discharged in another year or month than the survey's: day and month exchanged, or "
    "the list of another quarter",
    "under_16": "younger than 16 at discharge: not in the survey",
    "not_useable": "fewer scored answers than a useable return needs",
    "in_two_files": "in the file of respondents and in that of non-respondents",
    "no_organisation": "an organisation without level or code",
    "no_name": "an organisation without a name",
}


def write_report(settings: Settings, registry: Registry, receipt: Receipt) -> None:
    """Write the report beside the landed tables, organisations compared with the latest earlier landed year.

    It is written for a stored landing too: the year before or the accepted mergers may have changed since.
    """
    earlier = [year for year in reversed(landed_years(settings)) if year < receipt.survey_year]
    landings = ((year, landed_organisations(settings, year)) for year in earlier)
    year_before, before = next((found for found in landings if found[1]), (receipt.survey_year, []))
    after = landed_organisations(settings, receipt.survey_year, receipt.delivery) if before else []
    accepted = registry.mergers_between(year_before, receipt.survey_year)
    changes = compare_organisations(before, after, accepted)
    report = _render(receipt, settings, registry, changes)
    path = landing_folder(settings, receipt.survey_year, receipt.delivery) / REPORT_FILE
    if not path.exists() or path.read_text(encoding="utf-8") != report:
        path.write_text(report, encoding="utf-8")


def _render(receipt: Receipt, settings: Settings, registry: Registry, changes: Sequence[OrganisationChange]) -> str:
    """The report as Markdown. `changes` are those of the organisations against the year before, if one is landed."""
    rules = [rule.rule_id for rule in registry.routing_rules_of(receipt.survey_year)]
    columns = [column.target_column for column in registry.answer_columns_of(receipt.survey_year)]
    parts = [
        f"# Intake of {receipt.survey_year}, delivery {receipt.delivery}",
        f"Origin **{receipt.data_origin}**; {receipt.form}. {receipt.n_sampled:,} people sampled, "
        f"{receipt.n_respondents:,} useable responses. {_verdict(receipt, settings)}",
        "## Files",
        *_files(receipt),
        *_not_accepted(receipt),
        *_identifiers(receipt),
        *_edits(receipt, rules),
        *_missing(receipt, columns),
        *_corrections(receipt),
        *_organisations(changes),
    ]
    return "\n\n".join(parts) + "\n"


def _verdict(receipt: Receipt, settings: Settings) -> str:
    files = [
        f"{name} {share:.2%}"
        for name, share in sorted(receipt.quarantined_share_of_file.items())
        if share > settings.max_quarantined_share_of_file
    ]
    trusts = [
        f"{code} {share:.1%}"
        for code, share in receipt.quarantined_share_by_trust.items()
        if share > settings.max_quarantined_share_of_organisation
    ]
    if not files and not trusts:
        return "Quarantined shares are within the limits."
    return f"**Too many rows are in quarantine; the gate will hold the release:** {', '.join([*files, *trusts])}."


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [f"| {' | '.join(header)} |", "|" + "---|" * len(header)]
    lines += [f"| {' | '.join(str(cell) for cell in row)} |" for row in rows]
    return "\n".join(lines)


def _files(receipt: Receipt) -> list[str]:
    outcomes = ("received", "accepted", "folded", "quarantined", "excluded")
    rows = []
    for file in receipt.files:
        written = [file.file_format, file.encoding, file.compression, f"sheet {file.sheet}" if file.sheet else None]
        if file.delimiter:
            written.append(f"delimiter {'tab' if file.delimiter == chr(9) else file.delimiter}".replace("|", "bar"))
        counts = [f"{getattr(file, f'rows_{outcome}'):,}" for outcome in outcomes]
        name, written_as = file.name.replace("|", "/"), ", ".join(part for part in written if part)
        rows.append((name, file.kind, written_as, f"{file.bytes:,}", file.columns, *counts))
    # A file of two sides stands twice in the receipt.
    notes = dict.fromkeys(f"- {file.name}: {note}" for file in receipt.files for note in file.notes)
    table = _table(("file", "kind", "written as", "bytes", "columns", *outcomes), rows)
    return [table, *(["\n".join(notes)] if notes else [])]


def _not_accepted(receipt: Receipt) -> list[str]:
    rows = [
        (file.name, outcome, reason, f"{n:,}", REASONS.get(reason, ""))
        for file in receipt.files
        for outcome, reasons in (("quarantined", file.quarantine), ("excluded", file.exclusions))
        for reason, n in sorted(reasons.items())
    ]
    header = ("file", "outcome", "reason", "rows", "what it means")
    unknown = [
        f"- unknown {level}: " + ", ".join(f"`{code}` {n:,}" for code, n in codes.items())
        for level, codes in receipt.unknown_organisations.items()
    ]
    parts = ["## Rows not accepted", _table(header, rows) if rows else "None."]
    return [*parts, "\n".join(unknown)] if unknown else parts


def _identifiers(receipt: Receipt) -> list[str]:
    """Counts of identifiers; nothing where the return has none."""
    lines = []
    if receipt.identities:
        given, invalid, shared = (receipt.identities[f"nhs_number_{name}"] for name in ("given", "invalid", "repeated"))
        lines.append(f"- NHS numbers: {given:,} given, {invalid:,} invalid, {shared:,} shared by two record numbers.")
    if receipt.birth_years_by_trust:
        lines.append(f"- {_birth_years(receipt.birth_years_by_trust)}")
    return ["## Counts of identifiers", "\n".join(lines)] if lines else []


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


def _edits(receipt: Receipt, rules: Sequence[str]) -> list[str]:
    rows = [
        (
            rule,
            f"{receipt.edits[rule]:,}",
            f"{receipt.contradictions.get(f'{rule}:unrouted', 0):,}",
            f"{receipt.contradictions.get(f'{rule}:no_routing_answer', 0):,}",
        )
        for rule in rules
        if rule in receipt.edits
    ]
    header = ("routing rule", "answers removed", "people who gave them", "people without the routing answer (kept)")
    return ["## Answers edited by routing", _table(header, rows) if rows else "No rule."]


def _missing(receipt: Receipt, columns: Sequence[str]) -> list[str]:
    delivered = [name for name in columns if name in receipt.missing]
    rows = []
    for name in sorted(delivered, key=lambda name: -receipt.missing[name])[:_WORST_COLUMNS]:
        counts = receipt.answers[name]
        kinds = (counts.blank, counts.missing_code, counts.declared_missing, counts.skipped_by_routing)
        rows.append((name, *(f"{n:,}" for n in (receipt.missing[name], *kinds))))
    header = ("column", "missing", "blank", "missing code", "declared missing", "skipped by routing (not missing)")
    missing = [f"{name} {n:,}" for name in COVARIATES if (n := receipt.missing_covariates.get(name))]
    return [
        f"## Missing answers ({_WORST_COLUMNS} columns with most)",
        _table(header, rows),
        f"Respondents without a covariate: {', '.join(missing) or 'none'}.",
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
    step = "Register a merger by a row of organisation_mergers.csv; then it is no longer asked about."
    return ["## Organisations against the year before", _table(header, rows), *([step] if likely else [])]
