"""What the registry says about one survey year, in the form intake works with.

Belongs here: typed views of registry rows. Does not belong here: anything read from a return.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from orchestration.intake.files.header import normal_name
from orchestration.intake.files.source import clean_text

# Seeds that decide how a return is read: their rows enter the fingerprint of a landing.
RULE_SEEDS = (
    "survey_years",
    "questions",
    "response_options",
    "routing_rules",
    "source_columns",
    "source_codes",
    "outcome_codes",
    "icd10_tumour_groups",
    "demographic_groups",
    "organisation_levels",
    "corrections",
)
FILE_KINDS = ("sample", "responses", "organisations")
SeedRows = Mapping[str, Sequence[Mapping[str, str]]]


@dataclass(frozen=True)
class ColumnRule:
    """A column of a file kind: its name in the source, what it becomes, and the codes that mean "missing"."""

    file_kind: str
    source_column: str
    target_column: str
    disposition: str
    is_required: bool
    missing_codes: frozenset[str]


@dataclass(frozen=True)
class RoutingRule:
    """Who gave a skip code to the routing question should not have answered the skipped ones."""

    rule_id: str
    routing_question_id: str
    skip_option_codes: frozenset[int]
    skipped_question_ids: tuple[str, ...]


@dataclass(frozen=True)
class LevelRule:
    """A level of organisations and the level of its parents."""

    level: str
    parent_level: str | None
    is_parent_required: bool


@dataclass(frozen=True)
class Correction:
    """A registered repair of a value in a return; it must match something and find what it expects."""

    correction_id: str
    file_kind: str
    source_column: str
    match_column: str
    match_value: str
    expected_value: str
    corrected_value: str
    reason: str
    owner: str
    expires_on: str


@dataclass(frozen=True)
class YearRules:
    """All that the registry says about reading one survey year. `digest` identifies these rows."""

    survey_year: int
    rows: SeedRows
    digest: str

    @classmethod
    def from_seeds(cls, survey_year: int, seeds: SeedRows) -> YearRules:
        """Rules of a year out of whole seeds; rows of seeds without a survey year hold for every year."""
        own = {
            name: [row for row in seeds.get(name, ()) if row.get("survey_year", str(survey_year)) == str(survey_year)]
            for name in RULE_SEEDS
        }
        canonical = json.dumps(
            {name: sorted(sorted(row.items()) for row in rows) for name, rows in own.items()}, ensure_ascii=True
        )
        return cls(survey_year, own, hashlib.sha256(canonical.encode()).hexdigest())

    @property
    def is_known(self) -> bool:
        """Whether the registry has this year at all."""
        return bool(self.rows["survey_years"]) and bool(self.rows["source_columns"])

    @cached_property
    def columns(self) -> dict[str, tuple[ColumnRule, ...]]:
        """Column rules by file kind, in the order of the registry."""
        found: dict[str, list[ColumnRule]] = {kind: [] for kind in FILE_KINDS}
        for row in self.rows["source_columns"]:
            found.setdefault(row["file_kind"], []).append(
                ColumnRule(
                    row["file_kind"],
                    row["source_column"],
                    row["target_column"],
                    row["disposition"],
                    row["is_required"] == "true",
                    frozenset(code_text(code) for code in row["missing_codes"].split("|") if code),
                )
            )
        return {kind: tuple(rules) for kind, rules in found.items()}

    @cached_property
    def answer_columns(self) -> tuple[str, ...]:
        """Target names of answer columns, in the order of the registry: the columns of the landed responses."""
        return tuple(rule.target_column for rule in self.columns["responses"] if rule.disposition == "answer")

    @cached_property
    def codes(self) -> dict[tuple[str, str], dict[str, str]]:
        """Registered source codes by (file kind, target column): normal source code to target code."""
        found: dict[tuple[str, str], dict[str, str]] = {}
        for row in self.rows["source_codes"]:
            key = (row["file_kind"], row["target_column"])
            found.setdefault(key, {})[code_text(row["source_code"])] = row["target_code"]
        return found

    @cached_property
    def options(self) -> dict[str, dict[int, str]]:
        """Labels of the response options by question."""
        found: dict[str, dict[int, str]] = {}
        for row in self.rows["response_options"]:
            found.setdefault(row["question_id"], {})[int(row["option_code"])] = row["option_label"]
        return found

    @cached_property
    def question_texts(self) -> dict[str, str]:
        """Question text by question."""
        return {row["question_id"]: row["question_text"] for row in self.rows["questions"]}

    @cached_property
    def scored_columns(self) -> frozenset[str]:
        """Answer columns that make a return useable: scored questions and the rating."""
        kinds = {row["question_id"]: row["question_kind"] for row in self.rows["questions"]}
        return frozenset(column for column in self.answer_columns if kinds.get(column) in ("scored", "rating"))

    @cached_property
    def routing(self) -> tuple[RoutingRule, ...]:
        """Routing rules in the order of the registry, which is the order of the questionnaire."""
        return tuple(
            RoutingRule(
                row["rule_id"],
                row["routing_question_id"],
                frozenset(int(code) for code in row["skip_option_codes"].split("|")),
                tuple(row["skipped_question_ids"].split("|")),
            )
            for row in self.rows["routing_rules"]
        )

    @cached_property
    def outcomes(self) -> dict[str, tuple[str, bool]]:
        """Outcome and whether it is in the denominator of the response rate, by outcome code."""
        return {
            code_text(row["outcome_code"]): (row["outcome"], row["is_mailed_eligible"] == "true")
            for row in self.rows["outcome_codes"]
        }

    @cached_property
    def tumour_groups(self) -> dict[str, str]:
        """Tumour group by ICD-10 prefix."""
        return {row["icd10_prefix"]: row["tumour_group"] for row in self.rows["icd10_tumour_groups"]}

    @cached_property
    def age_groups(self) -> tuple[tuple[int, str], ...]:
        """(lowest age, code) of the age groups, youngest first; codes read `16-24` or `85+`."""
        codes = [row["group_code"] for row in self.rows["demographic_groups"] if row["group_kind"] == "age_group"]
        return tuple(sorted((int(code.rstrip("+").split("-")[0]), code) for code in codes))

    @cached_property
    def levels(self) -> dict[str, LevelRule]:
        """Levels of organisations that a file may hold (the nation is not delivered)."""
        return {
            row["level"]: LevelRule(row["level"], row["parent_level"] or None, row["is_parent_required"] == "true")
            for row in self.rows["organisation_levels"]
            if not row["national_code"]
        }

    @property
    def useable_minimum_answers(self) -> int:
        """Scored answers that make a return useable."""
        return int(self.rows["survey_years"][0]["useable_minimum_answers"] or 1)

    @property
    def discharge_months(self) -> tuple[int, int]:
        """First and last month of the survey year in which its patients were discharged."""
        row = self.rows["survey_years"][0]
        return int(row["first_discharge_month"]), int(row["last_discharge_month"])

    @cached_property
    def corrections(self) -> tuple[Correction, ...]:
        """Registered corrections of the year."""
        names = Correction.__dataclass_fields__
        return tuple(Correction(**{name: row[name] for name in names}) for row in self.rows["corrections"])

    def expected_names(self, kinds: Sequence[str]) -> frozenset[str]:
        """Normal names of all registered columns of some file kinds."""
        return frozenset(normal_name(rule.source_column) for kind in kinds for rule in self.columns[kind])


def code_text(text: str) -> str:
    """Normal form of a code: clean, upper case, whole numbers without sign, zeros in front or a zero fraction."""
    text = clean_text(text).upper()
    whole, _, fraction = text.partition(".")
    if whole.isascii() and whole.isdigit() and not fraction.strip("0"):
        return whole.lstrip("0") or "0"  # not by int(), which refuses thousands of digits
    return text
