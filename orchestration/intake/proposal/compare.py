"""Comparing a new return with the registry and the year before, and writing the proposal for review.

The proposal is a folder: a page to read, the rows of each seed as CSV with `accept`, `confidence`, `evidence` and
`review_note` in front, and a patch of the seeds as it would be with everything accepted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from orchestration.intake.files.header import HeaderHint
from orchestration.intake.files.open import read_file
from orchestration.intake.files.returns import KIND_COLUMNS, kinds_of_files, printable, refuse_files_of_other_origins
from orchestration.intake.files.source import SourceTable
from orchestration.intake.mapping.codebook import Codebook, read_codebook
from orchestration.intake.proposal.codes import propose_outcomes, propose_source_codes, unknown_codes
from orchestration.intake.proposal.columns import ColumnMatch, match_columns
from orchestration.intake.proposal.errors import refuse_standing_proposal
from orchestration.intake.proposal.evidence import (
    Question,
    delivered_organisations,
    landed_counts,
    questions_in_file,
    questions_of_registry,
)
from orchestration.intake.proposal.matching import Match, match_questions
from orchestration.intake.proposal.rows import (
    ProposedRow,
    propose_answer_columns,
    propose_mergers,
    propose_options,
    propose_other_columns,
    propose_questions,
    propose_routing,
    propose_year,
)
from orchestration.intake.receive import clear_leftovers, raw_workdir
from orchestration.intake.refusal import IntakeRefused, Problem, RefusalKind, UnreadableFile, shown_name
from orchestration.intake.rows.organisation_changes import (
    Organisation,
    OrganisationChange,
    compare_organisations,
    landed_organisations,
)
from orchestration.intake.rules import YearRules
from orchestration.registry import Registry
from orchestration.settings import Settings


@dataclass
class Proposal:
    """What a new year needs. `matches` in the order of the file, `dropped` questions of the year before, `open_points`
    what no row can be proposed for, `rows` of all seeds.
    """

    survey_year: int
    base_year: int
    matches: list[Match]
    dropped: list[Question]
    rows: list[ProposedRow]
    open_points: list[str] = field(default_factory=list)
    organisations: list[OrganisationChange] = field(default_factory=list)
    folder: Path | None = None

    def count(self, confidence: str) -> int:
        """Rows of a confidence."""
        return sum(1 for row in self.rows if row.confidence == confidence)


def propose(
    settings: Settings,
    registry: Registry,
    files: Sequence[Path],
    survey_year: int,
    folder: Path | None = None,
    *,
    replace: bool = False,
) -> Proposal:
    """Compare the files of a new year with the latest earlier year; write the proposal if `folder` is given.

    Files are known by the delivery note where it is among them, else by name (sample_, responses_, organisations_,
    joined_, codebook_...). The seeds stay as they are. The caller holds the writer lock.

    Raises:
        IntakeRefused: the year is registered already, there is no earlier year, a file cannot be read or is of
            another origin.
        ProposalError: `folder` holds a proposal, perhaps reviewed, and `replace` is false.
    """
    refuse_files_of_other_origins(settings, survey_year, files)
    if folder is not None and not replace:
        refuse_standing_proposal(folder)
    earlier = [year for year in registry.years if year < survey_year]
    if survey_year in registry.years or not earlier:
        what = (
            f"the registry has {survey_year} already" if survey_year in registry.years else "there is no earlier year"
        )
        step = "put the files into returns/ and load the year; edit the seeds for single changes"
        raise IntakeRefused(survey_year, [Problem(RefusalKind.UNKNOWN_YEAR, what, next_step=step)])
    clear_leftovers(settings)
    rules = YearRules.from_seeds(max(earlier), registry.seed_rows)
    with raw_workdir(settings) as workdir:
        tables, codebook = _read_files(settings, rules, files, survey_year, workdir)
        proposal = make_proposal(rules, tables, codebook, landed_counts(settings, rules), survey_year)
        before = landed_organisations(settings, rules.survey_year)
        if before and "organisations" in tables:
            _compare_organisations(proposal, before, tables, rules)
    if folder is not None:
        from orchestration.intake.proposal.write import write_proposal

        write_proposal(proposal, rules, registry, folder)
        proposal.folder = folder
    return proposal


def _compare_organisations(
    proposal: Proposal, before: list[Organisation], tables: dict[str, SourceTable], rules: YearRules
) -> None:
    """Adds the changes of organisations, and a row for each that seems to have merged."""
    sample = next((table for kind, table in tables.items() if "sample" in KIND_COLUMNS[kind]), None)
    after = delivered_organisations(tables["organisations"], rules, sample)
    if not after:
        what = "organisations: its columns are not those of the year before, so no organisation was compared"
        proposal.open_points.append(what)
        return
    proposal.organisations = compare_organisations(before, after)
    proposal.rows += propose_mergers(proposal.organisations, proposal.survey_year)


def make_proposal(
    rules: YearRules,
    tables: dict[str, SourceTable],
    codebook: Codebook,
    counts: dict[str, dict[int, int]],
    survey_year: int,
) -> Proposal:
    """The proposal for tables by file kind, against the rules and landed answer counts of the year before."""
    missing = frozenset(code for rule in rules.columns["responses"] for code in rule.missing_codes)
    old = questions_of_registry(rules, counts)
    new: list[Question] = []
    others: dict[str, list[ColumnMatch]] = {}
    open_points = [] if codebook.texts else ["no question texts were delivered: without them no match is certain"]
    for kind, table in tables.items():
        kinds = KIND_COLUMNS[kind]
        found = questions_in_file(table, codebook, missing) if "responses" in kinds else []
        # An identifier named like a question (a birth year) holds no option codes; it is matched as a column.
        taken = {column for question in found for column in question.columns}
        new += found
        left = [position for position, name in enumerate(table.names) if name not in taken]
        others[kind], lost = match_columns(table, left, rules, kinds)
        open_points += [
            f"{kind}: no column for {rule.source_column} ({rule.target_column})" for rule in lost if rule.is_required
        ]
    matches = match_questions(new, old)
    kept = {match.old.question_id for match in matches if match.old}
    dropped = [question for question in old if question.question_id not in kept]
    rows = _all_rows(matches, others, rules, survey_year)
    open_points += unknown_codes(tables, others, rules) + _unknown_columns(rows, dropped)
    return Proposal(survey_year, rules.survey_year, matches, dropped, rows, open_points)


def _unknown_columns(rows: Sequence[ProposedRow], dropped: Sequence[Question]) -> list[str]:
    """Columns that nothing registered fits: a question under a new name must not be dropped unread."""
    names = [
        shown_name(row.values["source_column"])
        for row in rows
        if row.seed == "source_columns" and row.confidence == "unsure" and row.values["disposition"] == "ignored"
    ]
    if not names:
        return []
    gone = ", ".join(question.question_id.upper() for question in dropped)
    ask = f" Is one of them {gone}, for which there is no column?" if gone else ""
    return [f"columns that nobody knows, proposed as ignored: {', '.join(names)}.{ask}"]


def _all_rows(
    matches: list[Match], others: dict[str, list[ColumnMatch]], rules: YearRules, survey_year: int
) -> list[ProposedRow]:
    columns: list[ProposedRow] = []
    targets: set[tuple[str, str]] = set()
    for kind, found in others.items():
        for match in found:
            target = (match.rule.file_kind if match.rule else KIND_COLUMNS[kind][0], match.name)
            columns += propose_other_columns([match], target[0], survey_year)
            if match.rule:
                targets.add((match.rule.file_kind, match.rule.target_column))
    columns = _with_keys_of_both_sides(columns, others, survey_year)
    return [
        *propose_year(rules, survey_year),
        *propose_questions(matches, rules, survey_year),
        *propose_options(matches, rules, survey_year),
        *propose_routing(matches, rules, survey_year),
        *columns,
        *propose_answer_columns(matches, rules, survey_year),
        *propose_source_codes(matches, targets, rules, survey_year),
        *propose_outcomes(rules, survey_year),
    ]


def _with_keys_of_both_sides(
    rows: list[ProposedRow], others: dict[str, list[ColumnMatch]], survey_year: int
) -> list[ProposedRow]:
    """A joined file has one key column; the registry wants it for the sample and for the responses."""
    joined = next((kind for kind in others if len(KIND_COLUMNS[kind]) > 1), None)
    if joined is None:
        return rows
    key = next((match for match in others[joined] if match.rule and match.rule.disposition == "key"), None)
    if key is None or key.rule is None:
        return rows
    other = "responses" if key.rule.file_kind == "sample" else "sample"
    return rows + propose_other_columns([key], other, survey_year)


def _read_files(
    settings: Settings, rules: YearRules, files: Sequence[Path], survey_year: int, workdir: Path
) -> tuple[dict[str, SourceTable], Codebook]:
    problems: list[Problem] = []
    tables: dict[str, SourceTable] = {}
    codebook = Codebook()
    limits = settings.intake
    for path, kind in kinds_of_files(survey_year, files, problems).items():
        name = printable(path.name)
        if kind is None or kind in tables or not path.is_file():
            step = "name it sample_, responses_, organisations_, joined_ or codebook_, or name its kind in the note"
            problems.append(
                Problem(RefusalKind.NO_RETURN, "not a file whose kind is known, or a second one", name, next_step=step)
            )
            continue
        try:
            if kind == "codebook":
                codebook = read_codebook(path, limits, workdir)
                continue
            tables[kind] = read_file(path, limits, HeaderHint(rules.expected_names(KIND_COLUMNS[kind])), workdir)
        except UnreadableFile as error:
            problems.append(error.problem(name))
    if not problems and not any("responses" in KIND_COLUMNS[kind] for kind in tables):
        step = "give the response file of the year, and the sample and organisation files"
        problems.append(Problem(RefusalKind.NO_RETURN, "no file holds answers", next_step=step))
    if problems:
        raise IntakeRefused(survey_year, problems)
    for table in tables.values():
        codebook.add_file(table)
    return tables, codebook
