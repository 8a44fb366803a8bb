"""The seed rows that a new year needs, each with its evidence, its confidence, and what it was before."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from orchestration.intake.files.source import normal_name
from orchestration.intake.mapping.labels import wording
from orchestration.intake.proposal.columns import ColumnMatch
from orchestration.intake.proposal.evidence import Question
from orchestration.intake.proposal.matching import Confidence, Match
from orchestration.intake.review.organisation_changes import OrganisationChange
from orchestration.intake.rules import YearRules
from orchestration.registry import rows as registry_rows
from orchestration.registry.parse import cells_of
from orchestration.registry.seeds import SEEDS

SOURCE = "derived"
# Seeds that a proposal may add rows to: those that shape a landing, and accepted mergers.
PROPOSED_SEEDS = tuple(seed.name for seed in SEEDS if seed.shapes == "landing" or seed.name == "organisation_mergers")
_SEED_OF = {seed.row_type: seed.name for seed in SEEDS}

SeedRow = (
    registry_rows.SurveyYear
    | registry_rows.Question
    | registry_rows.ResponseOption
    | registry_rows.RoutingRule
    | registry_rows.SourceColumn
    | registry_rows.SourceCode
    | registry_rows.OutcomeCode
    | registry_rows.OrganisationMerger
)


@dataclass(frozen=True)
class ProposedRow:
    """A row to add to a seed. `note` says what a person should look at."""

    row: SeedRow
    confidence: Confidence
    evidence: str
    note: str = ""

    @property
    def seed(self) -> str:
        """The seed that the row belongs to."""
        return _SEED_OF[type(self.row)]

    @property
    def values(self) -> dict[str, str]:
        """The cells of the row as its seed holds them."""
        return cells_of(self.row)


def propose_year(rules: YearRules, survey_year: int) -> list[ProposedRow]:
    """The row of the year itself: settings and policies of the year before, no published figure."""
    row = replace(
        rules.year,
        survey_year=survey_year,
        n_respondents_published=None,
        response_rate_published=None,
        mean_rating_published=None,
        publication_not_before=None,
        note=None,
        source=f"Proposed from the return of {survey_year}",
    )
    note = "comparability with earlier years, months of discharge, policies and signatures are those of the year before"
    return [ProposedRow(row, "likely", f"as {rules.survey_year}", f"{note}: confirm them")]


def propose_mergers(changes: Sequence[OrganisationChange], survey_year: int) -> list[ProposedRow]:
    """Rows of organisation_mergers.csv for organisations that seem to have merged: a person knows, a list does not."""
    note = "look up whether and when it was announced, and say so under source; `no` if it closed or was forgotten"
    source = f"Proposed from the return of {survey_year}"
    return [
        ProposedRow(
            registry_rows.OrganisationMerger(
                survey_year, change.level, change.code_before, change.code_after, "merger", source
            ),
            "likely" if change.confidence == "likely" else "unsure",
            change.evidence,
            note,
        )
        for change in changes
        if change.change == "merged" and change.code_before and change.code_after
    ]


def propose_questions(matches: Sequence[Match], rules: YearRules, survey_year: int) -> list[ProposedRow]:
    """Rows of questions.csv, in the order of the questionnaire."""
    before = {row.question_id: row for row in rules.registry.questions_of(rules.survey_year)}
    concepts = {row.concept_id for row in before.values()}
    rows = []
    for match in sorted(matches, key=lambda found: found.new.number):
        if match.old is None:
            rows.append(_new_question(match, survey_year, concepts))
            continue
        old, new = before[match.old.question_id], match.new
        row = replace(
            old,
            survey_year=survey_year,
            question_id=new.question_id,
            question_number=new.question_id.upper(),
            question_text=new.text or old.question_text,
            source=SOURCE,
        )
        notes = []
        if "reworded" in match.changes:
            row = replace(row, first_comparable_year=survey_year, discontinuity_reason=f"Reworded in {survey_year}")
            was = repr(match.old.text)
            notes.append(f"reworded: not compared with earlier years unless a person decides so; it was {was}")
        if match.recoding:
            notes.append(f"{match.recoding.words()}: compare the code list with the questionnaire")
        what = ", ".join(match.changes) or "unchanged"
        evidence = f"{match.old.question_id}, {what}: {match.evidence}"
        rows.append(ProposedRow(row, match.confidence, evidence, "; ".join(notes)))
    return rows


def _new_question(match: Match, survey_year: int, concepts: set[str]) -> ProposedRow:
    new = match.new
    concept = "_".join(re.findall(r"[a-z]+", wording(new.text))[:6]) if new.text else f"{new.question_id}_{survey_year}"
    while concept in concepts:
        concept += f"_{survey_year}"
    concepts.add(concept)
    row = registry_rows.Question(
        survey_year=survey_year,
        question_id=new.question_id,
        question_number=new.question_id.upper(),
        concept_id=concept,
        question_text=new.text or f"(the text of {new.question_id.upper()} was not delivered)",
        section="New questions",
        question_kind="multiple" if new.is_multiple else "patient_group",
        is_reverse_scored=False,
        is_support_measure=False,
        first_comparable_year=survey_year,
        discontinuity_reason=None,
        source=SOURCE,
    )
    note = "a new question is not scored until a person gives its kind, its section and the roles of its options"
    return ProposedRow(row, match.confidence, f"new: {match.evidence}", note)


def propose_options(matches: Sequence[Match], rules: YearRules, survey_year: int) -> list[ProposedRow]:
    """Rows of response_options.csv: the options of the year before under their new codes, and new ones."""
    registered = rules.registry.response_options_of(rules.survey_year)
    roles = {wording(option.option_label): option.role for option in registered}
    rows = []
    for match in sorted(matches, key=lambda found: found.new.number):
        new_codes = {old: new for new, old in match.recoded.items()}
        codes: dict[int, ProposedRow] = {}
        for option in registered if match.old else ():
            # A new list of labels may have no such option.
            is_kept = not match.new.labels or option.option_code in new_codes
            if match.old and option.question_id == match.old.question_id and is_kept:
                code = new_codes.get(option.option_code, option.option_code)
                codes[code] = _kept_option(match, option, code, survey_year)
        fresh = match.new_options if match.old else sorted({*match.new.labels, *match.new.counts})
        for code in fresh:
            codes[code] = _new_option(match, code, roles, rules, survey_year)
        rows += [codes[code] for code in sorted(codes)]
    return rows


def _kept_option(match: Match, before: registry_rows.ResponseOption, code: int, survey_year: int) -> ProposedRow:
    evidence = f"as {before.question_id} {before.option_code}"
    if code != before.option_code:
        evidence += ", recoded by its label"
    if match.recoding:
        evidence += " (as registered, though the answers suggest other codes)"
    row = replace(
        before,
        survey_year=survey_year,
        question_id=match.new.question_id,
        option_code=code,
        option_label=match.new.labels.get(code, before.option_label),
        source=SOURCE,
    )
    return ProposedRow(row, match.confidence, evidence)


def _new_option(match: Match, code: int, roles: Mapping[str, str], rules: YearRules, survey_year: int) -> ProposedRow:
    label = match.new.labels.get(code, f"(code {code}, no label delivered)")
    kind = "patient_group"
    if match.old:
        kind = rules.registry.question(rules.survey_year, match.old.question_id).question_kind
    fixed = {"routing": "routing", "rating": "excluded", "patient_group": "group", "multiple": "group"}.get(kind)
    known = roles.get(wording(label))
    role = fixed or (known if known in ("positive", "negative", "excluded") else "negative")
    row = registry_rows.ResponseOption(survey_year, match.new.question_id, code, label, role, SOURCE)
    given = match.new.counts.get(code, 0)
    why = "its kind of question" if fixed else "the same label elsewhere" if known else "nothing: it counts in the base"
    note = "" if fixed else f"the role {role} follows from {why}; decide it"
    return ProposedRow(row, "likely" if fixed else "unsure", f"new option, given {given:,} times", note)


def propose_routing(matches: Sequence[Match], rules: YearRules, survey_year: int) -> list[ProposedRow]:
    """Rows of routing_rules.csv with the new numbers; a rule without its question, or with nothing to skip, goes."""
    by_old = {match.old.question_id: match for match in matches if match.old}
    new_questions = sorted((match.new for match in matches if match.old is None), key=lambda question: question.number)
    rows = []
    for rule in rules.registry.routing_rules_of(rules.survey_year):
        match = by_old.get(rule.routing_question_id)
        skipped = [by_old[old].new.question_id for old in rule.skipped_question_ids if old in by_old]
        if match is None or not skipped:
            continue
        codes = {new for new, old in match.recoded.items() if old in rule.skip_option_codes}
        row = replace(
            rule,
            survey_year=survey_year,
            routing_question_id=match.new.question_id,
            skip_option_codes=tuple(sorted(codes or rule.skip_option_codes)),
            skipped_question_ids=tuple(skipped),
            source=SOURCE,
        )
        inside = [question.question_id for question in new_questions if _lies_within(question, skipped)]
        note = f"new questions lie among the skipped ones: {', '.join(inside)}" if inside else ""
        sure: Confidence = "unsure" if inside or {"recoded", "recoded?"} & set(match.changes) else match.confidence
        rows.append(ProposedRow(row, sure, f"as {rules.survey_year}, by the matched questions", note))
    return rows


def _lies_within(question: Question, skipped: Sequence[str]) -> bool:
    numbers = [int(question_id[1:]) for question_id in skipped]
    return min(numbers) < question.number < max(numbers)


def propose_answer_columns(matches: Sequence[Match], rules: YearRules, survey_year: int) -> list[ProposedRow]:
    """Rows of source_columns.csv for the answers, in the order of the file."""
    registered = rules.registry.answer_columns_of(rules.survey_year)
    missing = {column.target_column: column.missing_codes for column in registered}
    usual = max(missing.values(), key=list(missing.values()).count) if missing else ()
    rows = []
    for match in matches:
        before = match.old.columns[0] if match.old else ""
        evidence = f"answers of {match.new.question_id}, "
        evidence += f"{match.old.question_id} before" if match.old else "new"
        for name in match.new.columns:
            row = registry_rows.SourceColumn(
                *(survey_year, "responses", name, normal_name(name).lower(), "answer", True),
                *(missing.get(before, usual), SOURCE),
            )
            rows.append(ProposedRow(row, match.confidence, evidence))
    return rows


def propose_other_column(match: ColumnMatch, kind: str, survey_year: int) -> ProposedRow:
    """The row of source_columns.csv for a column that holds no answers."""
    registered = match.registered
    row = registry_rows.SourceColumn(
        *(survey_year, kind, match.name),
        registered.target_column if registered else normal_name(match.name).lower(),
        match.disposition,
        registered is not None and registered.is_required,
        registered.missing_codes if registered else (),
        SOURCE,
    )
    return ProposedRow(row, match.confidence, match.evidence)


def propose_source_codes(
    matches: Sequence[Match], other_targets: Collection[tuple[str, str]], rules: YearRules, survey_year: int
) -> list[ProposedRow]:
    """Rows of source_codes.csv for the targets that the new year still has: `other_targets`, and options by column."""
    new_columns = [
        normal_name(name).lower() for match in matches if match.new.is_multiple for name in match.new.columns
    ]
    renamed = {
        f"{match.old.question_id}_{name.rpartition('_')[2]}": normal_name(name).lower()
        for match in matches
        if match.old and match.new.is_multiple
        for name in match.new.columns
    }
    rows, written = [], set()
    for code in rules.registry.source_codes:
        target = code.target_column if (code.file_kind, code.target_column) in other_targets else None
        if code.file_kind == "responses":
            target = renamed.get(code.target_column)
        if target is None or code.survey_year != rules.survey_year:
            continue
        written.add(target)
        row = replace(code, survey_year=survey_year, target_column=target, source=SOURCE)
        rows.append(ProposedRow(row, "certain", f"as {rules.survey_year}"))
    for column in new_columns:
        for value in () if column in written else ("0", "1"):
            new = registry_rows.SourceCode(survey_year, "responses", column, value, value, SOURCE)
            rows.append(ProposedRow(new, "likely", "0 and 1 for an option column"))
    return rows


def propose_outcomes(rules: YearRules, survey_year: int) -> list[ProposedRow]:
    """Rows of outcome_codes.csv."""
    return [
        ProposedRow(replace(row, survey_year=survey_year, source=SOURCE), "certain", f"as {rules.survey_year}")
        for row in rules.registry.outcome_codes_of(rules.survey_year)
    ]
