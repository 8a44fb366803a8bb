"""What the registry says about reading the return of one survey year, with codes in the normal form of cells.

Belongs here: views of registry rows. Does not belong here: anything read from a return.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

from orchestration.intake.files.source import code_text, normal_name
from orchestration.registry import OrganisationLevel, OutcomeCode, Registry, SourceColumn, SurveyYear


@dataclass(frozen=True)
class YearRules:
    """The registry as one survey year sees it. Rows that need no other form are asked of `registry` itself."""

    registry: Registry
    survey_year: int

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of the registry rows that shape the landing of this year."""
        return self.registry.digest_of_year(self.survey_year, ("landing",))

    @property
    def year(self) -> SurveyYear:
        """Facts and settings of the year."""
        return self.registry.survey_year(self.survey_year)

    def columns(self, *file_kinds: str) -> tuple[SourceColumn, ...]:
        """Registered columns of some file kinds, in the order of the registry."""
        return tuple(
            column for kind in file_kinds for column in self.registry.source_columns_of(self.survey_year, kind)
        )

    def column_names(self, file_kinds: Collection[str]) -> frozenset[str]:
        """Normal names of the registered columns of some file kinds."""
        return frozenset(normal_name(column.source_column) for column in self.columns(*file_kinds))

    @cached_property
    def answer_columns(self) -> tuple[str, ...]:
        """Target names of answer columns, in the order of the registry: the columns of the landed responses."""
        return tuple(column.target_column for column in self.registry.answer_columns_of(self.survey_year))

    @cached_property
    def scored_columns(self) -> frozenset[str]:
        """Answer columns that make a return useable: scored questions and the rating."""
        scored = {row.question_id for row in self.registry.questions_of(self.survey_year) if row.has_score}
        return frozenset(scored.intersection(self.answer_columns))

    def source_codes(self, file_kind: str, target_column: str) -> dict[str, str]:
        """Our code by code of the file in normal form; empty where the column takes its values as they are."""
        codes = self.registry.source_codes_of(self.survey_year, file_kind, target_column)
        return {code_text(source): target for source, target in codes.items()}

    @cached_property
    def option_labels(self) -> Mapping[str, Mapping[int, str]]:
        """Labels of the response options by question and code."""
        found: dict[str, dict[int, str]] = {}
        for row in self.registry.response_options_of(self.survey_year):
            found.setdefault(row.question_id, {})[row.option_code] = row.option_label
        return found

    @cached_property
    def question_texts(self) -> Mapping[str, str]:
        """Question text by question."""
        return {row.question_id: row.question_text for row in self.registry.questions_of(self.survey_year)}

    @cached_property
    def outcomes(self) -> Mapping[str, OutcomeCode]:
        """Outcomes of the sample by their code."""
        return {str(row.outcome_code): row for row in self.registry.outcome_codes_of(self.survey_year)}

    def group_labels(self, target_column: str) -> dict[str, str]:
        """Labels of the patient groups, outcomes or levels that a column's codes stand for; empty for other columns."""
        if target_column == "outcome":
            return {row.outcome: row.outcome.replace("_", " ") for row in self.outcomes.values()}
        if target_column == "level":
            return {row.level: row.level_label for row in self.levels.values()}
        groups = self.registry.demographic_groups
        return {row.group_code: row.group_label for row in groups if row.group_kind == target_column}

    def groups_by_code(self, file_kind: str, target_column: str) -> dict[str, str]:
        """What the codes of a coded column stand for, by code in normal form."""
        if target_column == "outcome":
            return {code: row.outcome for code, row in self.outcomes.items()}
        return self.source_codes(file_kind, target_column)

    @cached_property
    def levels(self) -> Mapping[str, OrganisationLevel]:
        """Levels of organisations that a file may hold (the nation is not delivered)."""
        return {row.level: row for row in self.registry.organisation_levels if not row.national_code}


def missing_codes(column: SourceColumn) -> frozenset[str]:
    """Codes of a column that mean "missing", in normal form."""
    return frozenset(map(code_text, column.missing_codes))
