"""The seed rows that a new year needs, each with its evidence, its confidence, and what it was before."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestration.intake.files.header import normal_name
from orchestration.intake.mapping.labels import fingerprint
from orchestration.intake.proposal.columns import ColumnMatch
from orchestration.intake.proposal.evidence import Question
from orchestration.intake.proposal.matching import Confidence, Match
from orchestration.intake.rows.organisation_changes import OrganisationChange
from orchestration.intake.rules import RULE_SEEDS, YearRules

SOURCE = "derived"
# Seeds that a proposal may add rows to: those that decide how a return is read, and accepted mergers.
PROPOSED_SEEDS = (*RULE_SEEDS, "organisation_mergers")


@dataclass(frozen=True)
class ProposedRow:
    """A row to add to a seed. `note` says what a person should look at."""

    seed: str
    values: dict[str, str]
    confidence: Confidence
    evidence: str
    note: str = ""


def propose_year(rules: YearRules, survey_year: int) -> list[ProposedRow]:
    """The row of the year itself: settings and policies of the year before, no published figure."""
    row = dict(rules.rows["survey_years"][0])
    for name in row:
        if name.endswith("_published") or name in ("publication_not_before", "note"):
            row[name] = ""
    row.update(survey_year=str(survey_year), source=f"Proposed from the return of {survey_year}")
    note = "comparability with earlier years, months of discharge, policies and signatures are those of the year before"
    return [ProposedRow("survey_years", row, "likely", f"as {rules.survey_year}", f"{note}: confirm them")]


def propose_mergers(changes: Sequence[OrganisationChange], survey_year: int) -> list[ProposedRow]:
    """Rows of organisation_mergers.csv for organisations that seem to have merged: a person knows, a list does not."""
    note = "look up whether and when it was announced, and say so under source; `no` if it closed or was forgotten"
    return [
        ProposedRow(
            "organisation_mergers",
            {
                "survey_year": str(survey_year),
                "level": change.level,
                "old_code": change.code_before,
                "new_code": change.code_after,
                "change_kind": "merger",
                "source": f"Proposed from the return of {survey_year}",
            },
            "likely" if change.confidence == "likely" else "unsure",
            change.evidence,
            note,
        )
        for change in changes
        if change.change == "merged" and change.code_before and change.code_after
    ]


def propose_questions(matches: Sequence[Match], rules: YearRules, survey_year: int) -> list[ProposedRow]:
    """Rows of questions.csv, in the order of the questionnaire."""
    before = {row["question_id"]: row for row in rules.rows["questions"]}
    concepts = {row["concept_id"] for row in rules.rows["questions"]}
    rows = []
    for match in sorted(matches, key=lambda found: found.new.number):
        if match.old is None:
            rows.append(_new_question(match, survey_year, concepts))
            continue
        row = dict(before[match.old.question_id])
        row.update(survey_year=str(survey_year), question_id=match.new.question_id, source=SOURCE)
        row["question_number"] = match.new.question_id.upper()
        row["question_text"] = match.new.text or row["question_text"]
        note = ""
        if "reworded" in match.changes:
            row["first_comparable_year"] = str(survey_year)
            row["discontinuity_reason"] = f"Reworded in {survey_year}"
            note = f"reworded: not compared with earlier years unless a person decides so; it was {match.old.text!r}"
        if match.suspicion:
            note += f"{'; ' if note else ''}{match.suspicion.words()}: compare the code list with the questionnaire"
        what = ", ".join(match.changes) or "unchanged"
        rows.append(
            ProposedRow("questions", row, match.confidence, f"{match.old.question_id}, {what}: {match.evidence}", note)
        )
    return rows


def _new_question(match: Match, survey_year: int, concepts: set[str]) -> ProposedRow:
    new = match.new
    text = new.text or f"(the text of {new.question_id.upper()} was not delivered)"
    words = re.findall(r"[a-z]+", fingerprint(text))
    concept = "_".join(words[:6]) if new.text else f"{new.question_id}_{survey_year}"
    while concept in concepts:
        concept += f"_{survey_year}"
    concepts.add(concept)
    row = {
        "survey_year": str(survey_year),
        "question_id": new.question_id,
        "question_number": new.question_id.upper(),
        "concept_id": concept,
        "question_text": text,
        "section": "New questions",
        "question_kind": "multiple" if new.is_multiple else "patient_group",
        "is_reverse_scored": "false",
        "is_support_measure": "false",
        "first_comparable_year": str(survey_year),
        "discontinuity_reason": "",
        "source": SOURCE,
    }
    note = "a new question is not scored until a person gives its kind, its section and the roles of its options"
    return ProposedRow("questions", row, match.confidence, f"new: {match.evidence}", note)


def propose_options(matches: Sequence[Match], rules: YearRules, survey_year: int) -> list[ProposedRow]:
    """Rows of response_options.csv: the options of the year before under their new codes, and new ones."""
    roles = {fingerprint(row["option_label"]): row["role"] for row in rules.rows["response_options"]}
    registered = {(row["question_id"], int(row["option_code"])): row for row in rules.rows["response_options"]}
    rows = []
    for match in sorted(matches, key=lambda found: found.new.number):
        old_codes = {old: new for new, old in match.recoded.items()}
        codes: dict[int, ProposedRow] = {}
        for (question_id, code), before in registered.items():
            if match.old is None or question_id != match.old.question_id:
                continue
            if match.new.labels and code not in old_codes:
                continue  # the new list has no such option
            codes[old_codes.get(code, code)] = _kept_option(match, before, old_codes.get(code, code), survey_year)
        fresh = match.new_options if match.old else sorted({*match.new.labels, *match.new.counts})
        for code in fresh:
            codes[code] = _new_option(match, code, roles, rules, survey_year)
        rows += [codes[code] for code in sorted(codes)]
    return rows


def _kept_option(match: Match, before: Mapping[str, str], code: int, survey_year: int) -> ProposedRow:
    row = dict(before)
    evidence = f"as {match.old.question_id if match.old else ''} {row['option_code']}"
    if str(code) != row["option_code"]:
        evidence += ", recoded by its label"
    row.update(survey_year=str(survey_year), question_id=match.new.question_id, option_code=str(code), source=SOURCE)
    row["option_label"] = match.new.labels.get(code, row["option_label"])
    if match.suspicion:
        evidence += " (as registered, though the answers suggest other codes)"
    return ProposedRow("response_options", row, match.confidence, evidence)


def _new_option(match: Match, code: int, roles: dict[str, str], rules: YearRules, survey_year: int) -> ProposedRow:
    label = match.new.labels.get(code, f"(code {code}, no label delivered)")
    kinds = {row["question_id"]: row["question_kind"] for row in rules.rows["questions"]}
    kind = kinds[match.old.question_id] if match.old else "patient_group"
    fixed = {"routing": "routing", "rating": "excluded", "patient_group": "group", "multiple": "group"}.get(kind)
    known = roles.get(fingerprint(label))
    role = fixed or (known if known and known in ("positive", "negative", "excluded") else "negative")
    row = {
        "survey_year": str(survey_year),
        "question_id": match.new.question_id,
        "option_code": str(code),
        "option_label": label,
        "role": role,
        "source": SOURCE,
    }
    given = match.new.counts.get(code, 0)
    why = "its kind of question" if fixed else "the same label elsewhere" if known else "nothing: it counts in the base"
    note = "" if fixed else f"the role {role} follows from {why}; decide it"
    return ProposedRow(
        "response_options", row, "likely" if fixed else "unsure", f"new option, given {given:,} times", note
    )


def propose_routing(matches: Sequence[Match], rules: YearRules, survey_year: int) -> list[ProposedRow]:
    """Rows of routing_rules.csv with the new numbers; a rule without its question, or with nothing to skip, goes."""
    numbers = {match.old.question_id: match.new.question_id for match in matches if match.old}
    by_old = {match.old.question_id: match for match in matches if match.old}
    new_ids = sorted((match.new for match in matches if match.old is None), key=lambda question: question.number)
    rows = []
    for rule in rules.rows["routing_rules"]:
        match = by_old.get(rule["routing_question_id"])
        skipped = [numbers[old] for old in rule["skipped_question_ids"].split("|") if old in numbers]
        if match is None or not skipped:
            continue
        codes = [int(code) for code in rule["skip_option_codes"].split("|")]
        codes = sorted({new for new, old in match.recoded.items() if old in codes} or codes)
        inside = [question.question_id for question in new_ids if _lies_within(question, skipped)]
        row = {**rule, "survey_year": str(survey_year), "routing_question_id": match.new.question_id, "source": SOURCE}
        row["skip_option_codes"] = "|".join(str(code) for code in codes)
        row["skipped_question_ids"] = "|".join(skipped)
        note = f"new questions stand among the skipped ones: {', '.join(inside)}" if inside else ""
        sure: Confidence = "unsure" if inside or {"recoded", "recoded?"} & set(match.changes) else match.confidence
        rows.append(ProposedRow("routing_rules", row, sure, f"as {rules.survey_year}, by the matched questions", note))
    return rows


def _lies_within(question: Question, skipped: Sequence[str]) -> bool:
    numbers = [int(question_id[1:]) for question_id in skipped]
    return min(numbers) < question.number < max(numbers)


def propose_answer_columns(matches: Sequence[Match], rules: YearRules, survey_year: int) -> list[ProposedRow]:
    """Rows of source_columns.csv for the answers, in the order of the file."""
    missing = {
        rule.target_column: "|".join(sorted(rule.missing_codes, key=int))
        for rule in rules.columns["responses"]
        if rule.disposition == "answer"
    }
    usual = max(missing.values(), key=list(missing.values()).count) if missing else ""
    rows = []
    for match in matches:
        old = match.old.columns if match.old else []
        for column in match.new.columns:
            target = normal_name(column).lower()
            codes = missing.get(old[0], usual) if old else usual
            values = _column(survey_year, "responses", column, target, "answer", "true", codes)
            evidence = f"answers of {match.new.question_id}" + (
                f", {match.old.question_id} before" if match.old else ", new"
            )
            rows.append(ProposedRow("source_columns", values, match.confidence, evidence))
    return rows


def propose_other_columns(found: Sequence[ColumnMatch], kind: str, survey_year: int) -> list[ProposedRow]:
    """Rows of source_columns.csv for everything else in a file."""
    rows = []
    for match in found:
        rule = match.rule
        target = rule.target_column if rule else normal_name(match.name).lower()
        required = "true" if rule and rule.is_required else "false"
        codes = "|".join(sorted(rule.missing_codes)) if rule else ""
        values = _column(survey_year, kind, match.name, target, match.disposition, required, codes)
        rows.append(ProposedRow("source_columns", values, match.confidence, match.evidence))
    return rows


def _column(
    survey_year: int, kind: str, source: str, target: str, disposition: str, required: str, missing: str
) -> dict[str, str]:
    return {
        "survey_year": str(survey_year),
        "file_kind": kind,
        "source_column": source,
        "target_column": target,
        "disposition": disposition,
        "is_required": required,
        "missing_codes": missing,
        "source": SOURCE,
    }
