"""Whether the seeds fit one another: keys, references, and the rules of the questionnaire.

Belongs here: what must hold between rows. Does not belong here: whether a cell can be read (`parse`); checks of data.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from orchestration.registry.errors import Problem
from orchestration.registry.parse import LIST_SEPARATOR, ParsedSeed
from orchestration.registry.seeds import FILE_KINDS, GROUP_KINDS, PERCENTAGE_TABLE_KINDS, Reference

Parsed = Mapping[str, ParsedSeed]

# Roles that the options of a kind of question may have.
ROLES_OF_KIND: Final[Mapping[str, tuple[str, ...]]] = {
    "scored": ("positive", "negative", "excluded"),
    "rating": ("rating", "excluded"),
    "routing": ("routing",),
    "patient_group": ("group",),
    "multiple": ("group",),
}
CLAIM_PLACEHOLDERS: Final = ("{value}", "{base_year}", "{release_year}")


def find_problems(parsed: Parsed) -> list[Problem]:
    """Everything that does not fit. Rules between rows wait until every row can be read: one fault, one problem."""
    problems = [problem for seed in parsed.values() for problem in _doubled_keys(seed)]
    for seed in parsed.values():
        for reference in seed.seed.references:
            problems += _dangling(seed, reference, parsed[reference.target])
    if all(seed.is_complete for seed in parsed.values()):
        problems += [problem for rule in _RULES for problem in rule(parsed)]
    return problems


def _with_lines(parsed: Parsed, seed: str) -> Iterator[tuple[Any, int]]:
    return zip(parsed[seed].rows, parsed[seed].lines, strict=True)


def _doubled_keys(parsed: ParsedSeed) -> Iterator[Problem]:
    seen: dict[tuple[str, ...], int] = {}
    key = parsed.seed.key
    for line, texts in parsed.line_texts.items():
        values = tuple(texts[column] for column in key)
        if values in seen:
            fault = f"{' '.join(values)} is on line {seen[values]} already"
            yield Problem(parsed.seed.name, line, ", ".join(key), fault, "Keep one of the two rows")
        seen.setdefault(values, line)


def _dangling(parsed: ParsedSeed, reference: Reference, target: ParsedSeed) -> Iterator[Problem]:
    if not target.is_readable:
        return
    known = {tuple(texts[column] for column in reference.target_columns) for texts in target.line_texts.values()}
    for line in parsed.lines:
        *fixed, last = (parsed.line_texts[line][column] for column in reference.columns)
        for part in last.split(LIST_SEPARATOR) if last else ():
            if (*fixed, part) not in known:
                fault = f"{' '.join((*fixed, part))} is not a row of {target.seed.name}.csv"
                step = f"Add it there, or correct it; {target.seed.name}.csv is looked up by " + ", ".join(
                    reference.target_columns
                )
                yield Problem(parsed.seed.name, line, reference.columns[-1], fault, step)


def _survey_months(parsed: Parsed) -> Iterator[Problem]:
    """The discharges of a survey year lie in months of that one year, the first not after the last."""
    for year, line in _with_lines(parsed, "survey_years"):
        months = {name: getattr(year, name) for name in ("first_discharge_month", "last_discharge_month")}
        wrong = [name for name, month in months.items() if not 1 <= month <= 12]
        for name in wrong:
            fault = f"{months[name]} is no month"
            yield Problem("survey_years", line, name, fault, "Give 1 (January) to 12 (December)")
        if not wrong and year.first_discharge_month > year.last_discharge_month:
            fault = f"{year.last_discharge_month} comes before the first month {year.first_discharge_month}"
            step = "Give the first month or a later one; the months do not run on into another year"
            yield Problem("survey_years", line, "last_discharge_month", fault, step)


def _questions(parsed: Parsed) -> Iterator[Problem]:
    """Numbers, concepts and breaks: a break names its reason, and nothing reaches back over an earlier break."""
    concepts: dict[tuple[int, str], int] = {}
    asked: dict[str, list[Any]] = defaultdict(list)
    for question, line in sorted(_with_lines(parsed, "questions"), key=lambda found: (found[0].survey_year, found[1])):
        if question.question_number.lower() != question.question_id:
            fault = f"{question.question_number} is not the number of {question.question_id}"
            yield Problem("questions", line, "question_number", fault, "The id is the number in lower case")
        other = concepts.setdefault((question.survey_year, question.concept_id), line)
        if other != line:
            fault = f"{question.concept_id} is asked on line {other} of {question.survey_year} already"
            yield Problem("questions", line, "concept_id", fault, "Give each question of a year its own concept")
        if question.first_comparable_year > question.survey_year:
            fault = f"{question.first_comparable_year} is later than the survey year {question.survey_year}"
            yield Problem(
                "questions", line, "first_comparable_year", fault, "It is the survey year itself at the latest"
            )
        earlier = [before for before in asked[question.concept_id] if before.survey_year < question.survey_year]
        has_break = any(before.survey_year < question.first_comparable_year for before in earlier)
        if has_break != (question.discontinuity_reason is not None):
            fault = "a break without its reason" if has_break else "a reason without a break"
            step = "Give a reason exactly where an earlier year of the concept may not be compared"
            yield Problem("questions", line, "discontinuity_reason", fault, step)
        if earlier and question.first_comparable_year < earlier[-1].first_comparable_year:
            fault = f"{question.first_comparable_year} reaches back over the break of {earlier[-1].survey_year}"
            step = f"Give {earlier[-1].first_comparable_year} or later"
            yield Problem("questions", line, "first_comparable_year", fault, step)
        asked[question.concept_id].append(question)


def _options(parsed: Parsed) -> Iterator[Problem]:
    """Roles fit the kind of question, and a scored question can be scored."""
    roles: dict[tuple[int, str], Counter[str]] = defaultdict(Counter)
    kinds = {(row.survey_year, row.question_id): row.question_kind for row in parsed["questions"].rows}
    for option, line in _with_lines(parsed, "response_options"):
        key = (option.survey_year, option.question_id)
        roles[key][option.role] += 1
        kind = kinds.get(key)
        if kind and option.role not in ROLES_OF_KIND[kind]:
            fault = f"{option.role} is no role of an option of a {kind} question"
            yield Problem("response_options", line, "role", fault, f"Choose from {', '.join(ROLES_OF_KIND[kind])}")
    answered = _answered_questions(parsed)
    for question, line in _with_lines(parsed, "questions"):
        key = (question.survey_year, question.question_id)
        needed = {"scored": ("positive", "negative"), "rating": ("rating",)}.get(question.question_kind, ())
        missing = [role for role in needed if not roles[key][role]]
        if missing or (key in answered and not roles[key]):
            fault = f"{key[0]} {key[1]} has no {' and no '.join(missing) or 'response'} option"
            yield Problem("questions", line, "question_id", fault, "Add its rows to response_options.csv")
        if question.question_kind in ("scored", "rating", "routing") and key not in answered:
            fault = f"{key[0]} {key[1]} is read from no column"
            step = "Add its answer column to source_columns.csv, file_kind responses"
            yield Problem("questions", line, "question_id", fault, step)


def _answered_questions(parsed: Parsed) -> set[tuple[int, str]]:
    return {(row.survey_year, row.question_id) for row in parsed["source_columns"].rows if row.disposition == "answer"}


def _routing(parsed: Parsed) -> Iterator[Problem]:
    """A rule names options of its question, and skips only what comes after it in the questionnaire."""
    options = {(row.survey_year, row.question_id, row.option_code) for row in parsed["response_options"].rows}
    order = {(row.survey_year, row.question_id): place for place, row in enumerate(parsed["questions"].rows)}
    for rule, line in _with_lines(parsed, "routing_rules"):
        for column in ("skip_option_codes", "skipped_question_ids"):
            if not getattr(rule, column):
                yield Problem("routing_rules", line, column, "the list is empty", "Name at least one, separated by |")
        routing = (rule.survey_year, rule.routing_question_id)
        for code in rule.skip_option_codes:
            if (*routing, code) not in options:
                fault = f"{rule.routing_question_id} has no option {code} in {rule.survey_year}"
                yield Problem("routing_rules", line, "skip_option_codes", fault, "Add it to response_options.csv")
        for question_id in rule.skipped_question_ids:
            skipped = (rule.survey_year, question_id)
            if skipped in order and routing in order and order[skipped] <= order[routing]:
                fault = f"{question_id} does not come after {rule.routing_question_id}"
                yield Problem("routing_rules", line, "skipped_question_ids", fault, "Name only later questions")


def _columns(parsed: Parsed) -> Iterator[Problem]:
    """Each file has one key, each target one column, each answer column its question or option, each code its group."""
    targets: dict[tuple[int, str, str], int] = {}
    keys: Counter[tuple[int, str]] = Counter()
    kinds = {(row.survey_year, row.question_id): row.question_kind for row in parsed["questions"].rows}
    options = {(row.survey_year, row.question_id, row.option_code) for row in parsed["response_options"].rows}
    for column, line in _with_lines(parsed, "source_columns"):
        keys[column.survey_year, column.file_kind] += column.disposition == "key"
        target = (column.survey_year, column.file_kind, column.target_column)
        other = targets.setdefault(target, line)
        if other != line and column.disposition != "ignored":
            fault = f"{column.target_column} is filled by line {other} already"
            yield Problem("source_columns", line, "target_column", fault, "Give each target one source column")
        if column.disposition == "answer":
            question = (column.survey_year, column.question_id)
            is_multiple = kinds.get(question) == "multiple"
            fits = (*question, column.option_code) in options if is_multiple else column.option_code is None
            if question not in kinds or not fits:
                fault = f"{column.target_column} is no question and no option of a multiple question of {question[0]}"
                yield Problem("source_columns", line, "target_column", fault, "Name q22, or q62_1 for an option")
    for year in (row.survey_year for row in parsed["survey_years"].rows):
        for file_kind in FILE_KINDS:
            if keys[year, file_kind] != 1:
                fault = f"the {file_kind} file of {year} has {keys[year, file_kind]} key columns"
                step = "Give exactly one row the disposition key"
                yield Problem("source_columns", None, "disposition", fault, step)


def _groups(parsed: Parsed) -> Iterator[Problem]:
    """One reference level a kind, ages without gap or overlap, and codes that mean a group which exists."""
    rows = parsed["demographic_groups"].rows
    groups = {(row.group_kind, row.group_code) for row in rows}
    for kind in GROUP_KINDS:
        references = sum(row.is_case_mix_reference for row in rows if row.group_kind == kind)
        if references != (kind != "all"):
            fault = f"{kind} has {references} reference levels"
            step = "Mark one group of the kind" if kind != "all" else "Mark none of kind all"
            yield Problem("demographic_groups", None, "is_case_mix_reference", fault, step)
    ages = sorted(
        (found for found in _with_lines(parsed, "demographic_groups") if found[0].group_kind == "age_group"),
        key=lambda found: found[0].age_from or 0,
    )
    for place, (row, line) in enumerate(ages):
        following = ages[place + 1][0].age_from if place + 1 < len(ages) else None
        expected = following - 1 if following is not None else None
        if row.age_from is None or row.age_to != expected:
            fault = f"{row.group_code} ends at {row.age_to}, the next group begins at {following}"
            yield Problem(
                "demographic_groups", line, "age_to", fault, "Age groups follow one another; the last is open"
            )
    for icd, line in _with_lines(parsed, "icd10_tumour_groups"):
        if ("tumour_group", icd.tumour_group) not in groups:
            fault = f"{icd.tumour_group} is not a tumour group"
            yield Problem("icd10_tumour_groups", line, "tumour_group", fault, "Name one of demographic_groups.csv")
    for code, line in _with_lines(parsed, "source_codes"):
        if code.target_column in GROUP_KINDS and (code.target_column, code.target_code) not in groups:
            fault = f"{code.target_code} is not a group of kind {code.target_column}"
            yield Problem("source_codes", line, "target_code", fault, "Name one of demographic_groups.csv")


def _policies(parsed: Parsed) -> Iterator[Problem]:
    """A display policy prints every kind of table; shares are shares; claims are complete."""
    printed: dict[str, set[str]] = defaultdict(set)
    for row in parsed["display_policies"].rows:
        printed[row.policy_id].add(row.table_kind)
    for policy_id, kinds in printed.items():
        missing = [kind for kind in (*PERCENTAGE_TABLE_KINDS, "rating") if kind not in kinds]
        if missing:
            fault = f"{policy_id} does not say how to print {', '.join(missing)}"
            yield Problem("display_policies", None, "table_kind", fault, "Add a row for each kind of table")
    for policy, line in _with_lines(parsed, "suppression_policies"):
        if not policy.shows_base:
            fault = "bases of hidden scores cannot be hidden yet: they would be printed all the same"
            yield Problem("suppression_policies", line, "shows_base", fault, "Write true")
    for policy, line in _with_lines(parsed, "case_mix_policies"):
        if not 0 <= policy.winsorise_share < 0.5:
            fault = f"{policy.winsorise_share} is not a share of one tail"
            yield Problem("case_mix_policies", line, "winsorise_share", fault, "Give 0 or more and less than 0.5")
    for claim, line in _with_lines(parsed, "headline_claims"):
        yield from _claim(claim, line)
    for seed in ("waivers", "corrections"):
        for row, line in _with_lines(parsed, seed):
            if row.expires_on < row.raised_on:
                fault = f"it expires on {row.expires_on}, before it was raised"
                yield Problem(seed, line, "expires_on", fault, "Give a later day")
    for merger, line in _with_lines(parsed, "organisation_mergers"):
        if merger.old_code == merger.new_code:
            fault = f"{merger.old_code} cannot have been taken over by itself"
            yield Problem("organisation_mergers", line, "new_code", fault, "Name the code that took it over")
    for correction, line in _with_lines(parsed, "corrections"):
        yield from _correction(parsed, correction, line)


def _claim(claim: Any, line: int) -> Iterator[Problem]:
    if (claim.published_value is None) == (claim.published_statement is None):
        fault = "a claim is either a number or a statement"
        yield Problem("headline_claims", line, "published_value", fault, "Fill one of the two columns")
    for column in ("base_year", "multiplier", "published_value") if claim.claim_kind == "more_patients" else ():
        if getattr(claim, column) is None:
            step = "A claim of more patients needs it"
            yield Problem("headline_claims", line, column, "the cell is empty and must not be", step)
    rest = claim.sentence
    for placeholder in CLAIM_PLACEHOLDERS:
        rest = rest.replace(placeholder, "")
    if "{" in rest or "}" in rest:
        step = f"Use only {', '.join(CLAIM_PLACEHOLDERS)}"
        yield Problem("headline_claims", line, "sentence", "an unknown placeholder", step)


def _correction(parsed: Parsed, correction: Any, line: int) -> Iterator[Problem]:
    for column in parsed["source_columns"].rows:
        same_file = (column.survey_year, column.file_kind) == (correction.survey_year, correction.file_kind)
        if same_file and column.source_column == correction.match_column:
            personal = column.disposition == "identifier" or (
                column.disposition == "key" and column.file_kind != "organisations"
            )
            if personal:
                fault = f"{correction.match_column} picks a person"
                yield Problem("corrections", line, "match_column", fault, "Pick rows by an organisation or a code")


_RULES: Final[tuple[Callable[[Parsed], Iterator[Problem]], ...]] = (
    _survey_months,
    _questions,
    _options,
    _routing,
    _columns,
    _groups,
    _policies,
)
