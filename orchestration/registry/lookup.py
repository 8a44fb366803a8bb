"""The registry as one object: every seed as a table, its rows of a year, and lookups that fail with the next step.

Belongs here: finding rows. Does not belong here: reading and checking them (`parse`, `validate`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, Protocol, TypeVar, cast

from orchestration.registry import rows
from orchestration.registry.comparability import Comparability, compare_years
from orchestration.registry.errors import RegistryError, UnknownRow, UnknownSurveyYear
from orchestration.registry.parse import cells_of, read_seed, rows_of_records
from orchestration.registry.seeds import SEEDS, Shaped
from orchestration.registry.validate import find_problems


class _Policy(Protocol):
    @property
    def policy_id(self) -> str: ...


class _Yearly(Protocol):
    @property
    def survey_year(self) -> int: ...


Row = TypeVar("Row")
Key = TypeVar("Key", bound=Hashable)
YearlyRow = TypeVar("YearlyRow", bound=_Yearly)
PolicyRow = TypeVar("PolicyRow", bound=_Policy)


def load_registry(seeds: Path) -> Registry:
    """Read and check the seeds of a folder (`settings.seeds`).

    Raises RegistryError naming file, line, column and next step of every problem there is, not only the first.
    """
    parsed, problems = {}, []
    for seed in SEEDS:
        parsed[seed.name], faults = read_seed(seeds, seed)
        problems += faults
    problems += find_problems(parsed)
    if problems:
        raise RegistryError.from_problems(problems)
    return Registry(**{name: seed.rows for name, seed in parsed.items()})


def registry_of_seeds(seeds: Mapping[str, Iterable[Mapping[str, Any]]]) -> Registry:
    """A registry of the seeds that are given as records by name, for those who need no other.

    A lookup that needs a seed which was not given raises RegistryError naming it. Raises RegistryError for a name that
    is no seed, and for a value that cannot be read.
    """
    by_name = {seed.name: seed for seed in SEEDS}
    if unknown := sorted(seeds.keys() - by_name.keys()):
        raise RegistryError(f"{', '.join(unknown)} is no seed of the registry; there are {', '.join(by_name)}.")
    given = {
        name: rows_of_records(seed, seeds[name]) if name in seeds else _SeedNotGiven(name)
        for name, seed in by_name.items()
    }
    return Registry(**cast("dict[str, Any]", given))


@dataclass(frozen=True)
class _SeedNotGiven:
    """The place holder, in a registry of some seeds, for a seed that it does not hold."""

    name: str

    def __iter__(self) -> NoReturn:
        raise RegistryError(f"The seed {self.name} was not given: name it by dbt.ref in the model that needs it.")


@dataclass(frozen=True)
class Registry:
    """All registry rows. An attribute named like a seed is its whole table, a method `..._of` its rows of a year.

    Every method that takes a survey year raises UnknownSurveyYear for one that is not there; lookups of one row raise
    UnknownRow. Rows are in the order of their files.
    """

    survey_years: tuple[rows.SurveyYear, ...]
    questions: tuple[rows.Question, ...]
    response_options: tuple[rows.ResponseOption, ...]
    routing_rules: tuple[rows.RoutingRule, ...]
    source_columns: tuple[rows.SourceColumn, ...]
    source_codes: tuple[rows.SourceCode, ...]
    outcome_codes: tuple[rows.OutcomeCode, ...]
    demographic_groups: tuple[rows.DemographicGroup, ...]
    icd10_tumour_groups: tuple[rows.Icd10TumourGroup, ...]
    organisation_levels: tuple[rows.OrganisationLevel, ...]
    case_mix_policies: tuple[rows.CaseMixPolicy, ...]
    suppression_policies: tuple[rows.SuppressionPolicy, ...]
    display_policies: tuple[rows.DisplayPolicy, ...]
    publication_cells: tuple[rows.PublicationCell, ...]
    headline_claims: tuple[rows.HeadlineClaim, ...]
    published_scores: tuple[rows.PublishedScore, ...]
    organisation_mergers: tuple[rows.OrganisationMerger, ...]
    status_codes: tuple[rows.StatusCode, ...]
    waivers: tuple[rows.Waiver, ...]
    corrections: tuple[rows.Correction, ...]

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Known survey years, earliest first."""
        return tuple(sorted(row.survey_year for row in self.survey_years))

    def survey_year(self, survey_year: int) -> rows.SurveyYear:
        """Facts and settings of a year."""
        for row in self.survey_years:
            if row.survey_year == survey_year:
                return row
        raise UnknownSurveyYear(survey_year, self.years)

    def questions_of(self, survey_year: int) -> tuple[rows.Question, ...]:
        """Questions of a year in questionnaire order."""
        return self._of_year(self._questions_by_year, survey_year)

    def question(self, survey_year: int, question_id: str) -> rows.Question:
        """A question of a year, by id (q22)."""
        questions = self.questions_of(survey_year)
        if (found := self._question_by_id.get((survey_year, question_id))) is not None:
            return found
        raise UnknownRow("questions", f"{survey_year} {question_id}", (row.question_id for row in questions))

    def question_of_concept(self, survey_year: int, concept_id: str) -> rows.Question | None:
        """The question that asked a concept in a year; None where none did."""
        return next((row for row in self.questions_of(survey_year) if row.concept_id == concept_id), None)

    def response_options_of(self, survey_year: int) -> tuple[rows.ResponseOption, ...]:
        """Response options of a year, by question."""
        return self._of_year(self._options_by_year, survey_year)

    def options(self, survey_year: int, question_id: str) -> tuple[rows.ResponseOption, ...]:
        """Options of one question; empty where it takes free numbers."""
        self.question(survey_year, question_id)
        return self._options_by_question.get((survey_year, question_id), ())

    def routing_rules_of(self, survey_year: int) -> tuple[rows.RoutingRule, ...]:
        """Routing rules of a year in the order they are applied."""
        return self._of_year(_by_year(self.routing_rules), survey_year)

    def source_columns_of(self, survey_year: int, file_kind: str) -> tuple[rows.SourceColumn, ...]:
        """Columns of a file in the order of the file."""
        self.survey_year(survey_year)
        return self._columns_by_file.get((survey_year, file_kind), ())

    def answer_columns_of(self, survey_year: int) -> tuple[rows.SourceColumn, ...]:
        """Columns of the responses that hold answers, in the order of the file."""
        return tuple(row for row in self.source_columns_of(survey_year, "responses") if row.disposition == "answer")

    def source_codes_of(self, survey_year: int, file_kind: str, target_column: str) -> dict[str, str]:
        """Our code by code in the file; empty where the column takes its values as they are."""
        self.survey_year(survey_year)
        codes = self._codes_by_column.get((survey_year, file_kind, target_column), ())
        return {row.source_code: row.target_code for row in codes}

    def groups(self, group_kind: str) -> tuple[rows.DemographicGroup, ...]:
        """Groups of a kind in display order."""
        found = [row for row in self.demographic_groups if row.group_kind == group_kind]
        if not found:
            kinds = dict.fromkeys(row.group_kind for row in self.demographic_groups)
            raise UnknownRow("demographic_groups", f"kind {group_kind}", kinds)
        return tuple(sorted(found, key=lambda row: row.display_order))

    def tumour_group_of_icd10(self, code: str) -> str | None:
        """Tumour group of an ICD-10 code in any spelling (C50.9, c509); None for a category without a row."""
        return self._tumour_group_by_prefix.get(code.strip().upper()[:3])

    def outcome_codes_of(self, survey_year: int) -> tuple[rows.OutcomeCode, ...]:
        """Outcome codes of a year."""
        return self._of_year(_by_year(self.outcome_codes), survey_year)

    def published_scores_of(self, survey_year: int, base_kind: str | None = None) -> tuple[rows.PublishedScore, ...]:
        """Published national figures of a year, of one base or of both."""
        scores = self._of_year(_by_year(self.published_scores), survey_year)
        return tuple(row for row in scores if base_kind in (None, row.base_kind))

    def suppression_policy_of(self, survey_year: int) -> rows.SuppressionPolicy:
        """The suppression policy of a year."""
        return self.suppression_policy(self.survey_year(survey_year).suppression_policy_id)

    def suppression_policy(self, policy_id: str) -> rows.SuppressionPolicy:
        """A suppression policy by name."""
        return _policy("suppression_policies", self.suppression_policies, policy_id)

    def case_mix_policy_of(self, survey_year: int) -> rows.CaseMixPolicy:
        """The policy of adjustment, ranges, change and reliability of a year."""
        return self.case_mix_policy(self.survey_year(survey_year).case_mix_policy_id)

    def case_mix_policy(self, policy_id: str) -> rows.CaseMixPolicy:
        """A case-mix policy by name."""
        return _policy("case_mix_policies", self.case_mix_policies, policy_id)

    def display_policies_of(self, survey_year: int) -> tuple[rows.DisplayPolicy, ...]:
        """The display policy of a year, a row a kind of table."""
        policy_id = self.survey_year(survey_year).display_policy_id
        return tuple(row for row in self.display_policies if row.policy_id == policy_id)

    def display_policy_of(self, survey_year: int, table_kind: str) -> rows.DisplayPolicy:
        """How a year prints one kind of table."""
        policies = self.display_policies_of(survey_year)
        for row in policies:
            if row.table_kind == table_kind:
                return row
        raise UnknownRow("display_policies", f"table kind {table_kind}", (row.table_kind for row in policies))

    def corrections_of(self, survey_year: int) -> tuple[rows.Correction, ...]:
        """Corrections of a year, expired ones included."""
        return self._of_year(_by_year(self.corrections), survey_year)

    def mergers_between(self, survey_year_from: int, survey_year_to: int) -> tuple[rows.OrganisationMerger, ...]:
        """Mergers after one survey year, up to and including another."""
        return tuple(row for row in self.organisation_mergers if survey_year_from < row.survey_year <= survey_year_to)

    def comparable(self, survey_year_from: int, survey_year_to: int, concept_id: str) -> Comparability:
        """Whether a concept may be compared between two years (from before to), and why not."""
        first, last = self.survey_year(survey_year_from), self.survey_year(survey_year_to)
        # A year that is compared with no other is left out, so its own breaks do not count.
        trend = {row.survey_year for row in self.survey_years if row.is_trend_comparable}
        questions = {year: found for year, found in self._questions_by_year.items() if year in trend}
        return compare_years(first, last, concept_id, questions)

    def digest_of_year(self, survey_year: int, shaped: tuple[Shaped, ...] = ("landing", "tables")) -> str:
        """SHA-256 (hex) of the rows that shape something of a year: its own rows and those without a year.

        Rows that shape only the decision (claims, published figures, waivers, status codes) are left out by default:
        every load reads them again.
        """
        self.survey_year(survey_year)
        content = {
            seed.name: [
                list(cells_of(row).values())
                for row in getattr(self, seed.name)
                if getattr(row, "survey_year", survey_year) == survey_year
            ]
            for seed in SEEDS
            if seed.shapes in shaped
        }
        text = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def _of_year(self, by_year: Mapping[int, tuple[Row, ...]], survey_year: int) -> tuple[Row, ...]:
        self.survey_year(survey_year)
        return by_year.get(survey_year, ())

    @cached_property
    def _questions_by_year(self) -> dict[int, tuple[rows.Question, ...]]:
        return _by_year(self.questions)

    @cached_property
    def _options_by_year(self) -> dict[int, tuple[rows.ResponseOption, ...]]:
        return _by_year(self.response_options)

    # Intake, questionnaires and reports ask for these some thousand times a year.

    @cached_property
    def _question_by_id(self) -> dict[tuple[int, str], rows.Question]:
        return {(row.survey_year, row.question_id): row for row in self.questions}

    @cached_property
    def _options_by_question(self) -> dict[tuple[int, str], tuple[rows.ResponseOption, ...]]:
        return _grouped(self.response_options, lambda row: (row.survey_year, row.question_id))

    @cached_property
    def _columns_by_file(self) -> dict[tuple[int, str], tuple[rows.SourceColumn, ...]]:
        return _grouped(self.source_columns, lambda row: (row.survey_year, row.file_kind))

    @cached_property
    def _codes_by_column(self) -> dict[tuple[int, str, str], tuple[rows.SourceCode, ...]]:
        return _grouped(self.source_codes, lambda row: (row.survey_year, row.file_kind, row.target_column))

    @cached_property
    def _tumour_group_by_prefix(self) -> dict[str, str]:
        return {row.icd10_prefix: row.tumour_group for row in self.icd10_tumour_groups}


def _policy(seed: str, policies: Iterable[PolicyRow], policy_id: str) -> PolicyRow:
    by_id = {row.policy_id: row for row in policies}
    if policy_id not in by_id:
        raise UnknownRow(seed, f"policy {policy_id}", by_id)
    return by_id[policy_id]


def _grouped(found: Iterable[Row], key_of: Callable[[Row], Key]) -> dict[Key, tuple[Row, ...]]:
    """Rows by key, each group in the order of the rows."""
    groups: dict[Key, list[Row]] = {}
    for row in found:
        groups.setdefault(key_of(row), []).append(row)
    return {key: tuple(group) for key, group in groups.items()}


def _by_year(found: Iterable[YearlyRow]) -> dict[int, tuple[YearlyRow, ...]]:
    return _grouped(found, lambda row: row.survey_year)
