"""Comparing a new return with the registry and the year before, and writing the proposal for review.

Belongs here: the order of the steps. Does not belong here: deciding; a person does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from orchestration.errors import ExitCode
from orchestration.intake.files.open import clear_leftovers, raw_workdir, read_file
from orchestration.intake.files.returns import KIND_COLUMNS, printable, read_kinds, refuse_files_of_other_origins
from orchestration.intake.files.source import HeaderHint, SourceTable
from orchestration.intake.mapping.labels import Codebook, read_codebook
from orchestration.intake.proposal.columns import ColumnMatch, match_columns, unknown_codes
from orchestration.intake.proposal.evidence import (
    Question,
    delivered_organisations,
    landed_counts,
    questions_in_file,
    questions_of_registry,
)
from orchestration.intake.proposal.folder import Proposal, refuse_to_overwrite, write_proposal
from orchestration.intake.proposal.matching import Match, match_questions
from orchestration.intake.proposal.rows import (
    ProposedRow,
    propose_answer_columns,
    propose_mergers,
    propose_options,
    propose_other_column,
    propose_outcomes,
    propose_questions,
    propose_routing,
    propose_source_codes,
    propose_year,
)
from orchestration.intake.refusal import IntakeRefused, Problem, UnreadableFile, shown_name
from orchestration.intake.review.organisation_changes import Organisation, compare_organisations, landed_organisations
from orchestration.intake.rules import YearRules, missing_codes
from orchestration.registry import Registry
from orchestration.settings import Settings


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
        refuse_to_overwrite(folder)
    earlier = [year for year in registry.years if year < survey_year]
    if survey_year in registry.years or not earlier:
        is_known = survey_year in registry.years
        what = f"the registry has {survey_year} already" if is_known else "there is no earlier year"
        step = "put the files into returns/ and load the year; edit the seeds for single changes"
        raise IntakeRefused(survey_year, [Problem(ExitCode.UNKNOWN_YEAR, what, next_step=step)])
    clear_leftovers(settings)
    rules = YearRules(registry, max(earlier))
    with raw_workdir(settings) as workdir:
        tables, codebook = _read_files(settings, rules, files, survey_year, workdir)
        proposal = _compare(rules, tables, codebook, landed_counts(settings, rules), survey_year)
        before = landed_organisations(settings, rules.survey_year)
        if before and "organisations" in tables:
            _compare_organisations(proposal, before, tables, rules)
    if folder is not None:
        write_proposal(proposal, settings.seeds, folder)
    return proposal


def _read_files(
    settings: Settings, rules: YearRules, files: Sequence[Path], survey_year: int, workdir: Path
) -> tuple[dict[str, SourceTable], Codebook]:
    """Tables by file kind, and what codebook and data files say about their columns."""
    problems: list[Problem] = []
    tables: dict[str, SourceTable] = {}
    codebook = Codebook()
    limits = settings.intake
    _, kinds = read_kinds(survey_year, files, problems)
    for path, kind in kinds.items():
        name = printable(path.name)
        if kind is None or kind in tables or not path.is_file():
            what = "not a file whose kind is known, or a second one"
            step = "name it sample_, responses_, organisations_, joined_ or codebook_, or name its kind in the note"
            problems.append(Problem(ExitCode.NO_RETURN, what, name, next_step=step))
            continue
        try:
            if kind == "codebook":
                codebook = read_codebook(path, limits, workdir)
                continue
            hint = HeaderHint(rules.column_names(KIND_COLUMNS[kind]))
            tables[kind] = read_file(path, limits, hint, workdir)
        except UnreadableFile as error:
            problems.append(error.problem(name))
    if not problems and not any("responses" in KIND_COLUMNS[kind] for kind in tables):
        step = "give the response file of the year, and the sample and organisation files"
        problems.append(Problem(ExitCode.NO_RETURN, "no file holds answers", next_step=step))
    if problems:
        raise IntakeRefused(survey_year, problems)
    for table in tables.values():
        codebook.add_file(table)
    return tables, codebook


def _compare(
    rules: YearRules,
    tables: Mapping[str, SourceTable],
    codebook: Codebook,
    counts: Mapping[str, Mapping[int, int]],
    survey_year: int,
) -> Proposal:
    """The proposal for tables by file kind, against the rules and landed answer counts of the year before."""
    missing = frozenset(code for column in rules.columns("responses") for code in missing_codes(column))
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
            f"{kind}: no column for {column.source_column} ({column.target_column})"
            for column in lost
            if column.is_required
        ]
    matches = match_questions(new, old)
    kept = {match.old.question_id for match in matches if match.old}
    dropped = [question for question in old if question.question_id not in kept]
    open_points += unknown_codes(tables, others, rules) + _unknown_columns(others, dropped)
    rows = _all_rows(matches, others, rules, survey_year)
    return Proposal(survey_year, rules.survey_year, matches, dropped, rows, open_points)


def _unknown_columns(others: Mapping[str, Sequence[ColumnMatch]], dropped: Sequence[Question]) -> list[str]:
    """Columns that nothing registered fits: a question under a new name must not be dropped unread."""
    names = [
        shown_name(match.name)
        for found in others.values()
        for match in found
        if match.confidence == "unsure" and match.disposition == "ignored"
    ]
    if not names:
        return []
    gone = ", ".join(question.question_id.upper() for question in dropped)
    ask = f" Is one of them {gone}, for which there is no column?" if gone else ""
    return [f"unknown columns, proposed as ignored: {', '.join(names)}.{ask}"]


def _all_rows(
    matches: list[Match], others: Mapping[str, Sequence[ColumnMatch]], rules: YearRules, survey_year: int
) -> list[ProposedRow]:
    registered = [match.registered for found in others.values() for match in found if match.registered]
    targets = {(column.file_kind, column.target_column) for column in registered}
    return [
        *propose_year(rules, survey_year),
        *propose_questions(matches, rules, survey_year),
        *propose_options(matches, rules, survey_year),
        *propose_routing(matches, rules, survey_year),
        *_other_columns(others, survey_year),
        *propose_answer_columns(matches, rules, survey_year),
        *propose_source_codes(matches, targets, rules, survey_year),
        *propose_outcomes(rules, survey_year),
    ]


def _other_columns(others: Mapping[str, Sequence[ColumnMatch]], survey_year: int) -> list[ProposedRow]:
    """Rows of the columns without answers. The key of a joined file is registered for both of its sides."""
    rows, keys = [], []
    for kind, found in others.items():
        for match in found:
            own = match.registered.file_kind if match.registered else KIND_COLUMNS[kind][0]
            rows.append(propose_other_column(match, own, survey_year))
            if match.registered and match.registered.disposition == "key" and len(KIND_COLUMNS[kind]) > 1:
                keys.append(propose_other_column(match, "responses" if own == "sample" else "sample", survey_year))
    return rows + keys[:1]


def _compare_organisations(
    proposal: Proposal, before: list[Organisation], tables: Mapping[str, SourceTable], rules: YearRules
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
