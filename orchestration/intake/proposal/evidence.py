"""What is known of each question: its text, its codes with labels, and how often each code was given.

Of the new year it comes from the files, of the year before from the registry and from its landed answers.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow.parquet as pq

from orchestration.intake.files.source import Labels, SourceTable, code_text, normal_name, text_counts, text_values
from orchestration.intake.mapping.labels import Codebook
from orchestration.intake.review.organisation_changes import Organisation
from orchestration.intake.rows.organisations import organisation_code
from orchestration.intake.rules import YearRules
from orchestration.lake import delivery_to_compare, landing_folder
from orchestration.settings import Settings

_ANSWER_NAME = re.compile(r"(Q\d+)(?:_(\d+))?")
_MAX_CODE = 99
_MAX_CODES = 40


@dataclass
class Question:
    """A question as far as it is known. `counts` are answers by code; of a multiple question, ticks by option."""

    question_id: str
    place: int
    columns: list[str]
    text: str | None = None
    labels: dict[int, str] = field(default_factory=dict)
    counts: dict[int, int] = field(default_factory=dict)
    is_multiple: bool = False

    @property
    def number(self) -> int:
        """The number of the question."""
        return int(self.question_id[1:])

    @property
    def shares(self) -> dict[int, float]:
        """Share of each code among the answers."""
        total = sum(self.counts.values())
        return {code: count / total for code, count in self.counts.items()} if total else {}


def _split_answer_name(name: str) -> tuple[str, int | None] | None:
    """Question id and option of a column name (`Q62_1`: q62, 1); None for a name of another pattern."""
    match = _ANSWER_NAME.fullmatch(normal_name(name))
    return (match[1].lower(), int(match[2]) if match[2] else None) if match else None


def _count_codes(table: SourceTable, position: int, missing_codes: frozenset[str]) -> dict[int, int] | None:
    """Answers by code in a column; None when it does not hold option codes."""
    found: dict[int, int] = {}
    for text, count in text_counts(table.columns[position]):
        code = code_text(text or "")
        if not count or code in missing_codes:
            continue
        if not code.isdecimal() or len(code) > 9 or int(code) > _MAX_CODE or len(found) > _MAX_CODES:
            return None
        found[int(code)] = found.get(int(code), 0) + count
    return found


def questions_in_file(table: SourceTable, codebook: Codebook, missing_codes: frozenset[str]) -> list[Question]:
    """Questions that the columns of a response file ask, in the order of the file."""
    found: dict[str, Question] = {}
    for position, name in enumerate(table.names):
        split = _split_answer_name(name)
        counts = _count_codes(table, position, missing_codes)
        if split is None or counts is None:
            continue
        question_id, option = split
        question = found.setdefault(question_id, Question(question_id, len(found), [], is_multiple=option is not None))
        question.columns.append(name)
        _describe(question, normal_name(name), option, counts, codebook)
    return list(found.values())


def _describe(question: Question, name: str, option: int | None, counts: dict[int, int], codebook: Codebook) -> None:
    text = codebook.texts.get(question.question_id.upper()) or codebook.texts.get(name)
    question.text = question.text or text
    labels = codebook.labels.get(name, {})
    if option is None:
        question.counts = counts
        question.labels = {int(code): label for code, label in labels.items() if code.isdecimal()}
    else:
        question.counts[option] = counts.get(1, 0)
        group = codebook.labels.get(question.question_id.upper(), {})
        label = group.get(str(option)) or labels.get("1")
        if label:
            question.labels[option] = label


def questions_of_registry(rules: YearRules, counts: Mapping[str, Mapping[int, int]]) -> list[Question]:
    """Registered questions that a column asks, in the order of the registry, with the landed counts."""
    found = []
    for place, row in enumerate(rules.registry.questions_of(rules.survey_year)):
        columns = [column for column in rules.answer_columns if column.partition("_")[0] == row.question_id]
        if not columns:
            continue
        labels = dict(rules.option_labels.get(row.question_id, {}))
        question = Question(row.question_id, place, columns, row.question_text, labels)
        question.is_multiple = row.question_kind == "multiple"
        for column in columns:
            seen = counts.get(column, {})
            if question.is_multiple:
                question.counts[int(column.partition("_")[2])] = seen.get(1, 0)
            else:
                question.counts = dict(seen)
        found.append(question)
    return found


def landed_counts(settings: Settings, rules: YearRules) -> dict[str, dict[int, int]]:
    """Answers by column and code of the year's active delivery, or of the only one; empty when none is landed."""
    delivery = delivery_to_compare(settings, rules.survey_year)
    path = landing_folder(settings, rules.survey_year, delivery) / "responses.parquet" if delivery else None
    if path is None or not path.exists():
        return {}
    table = pq.read_table(path)
    found = {}
    for name in rules.answer_columns:
        if name in table.column_names:
            codes, counts = np.unique(table.column(name).drop_null().to_numpy(), return_counts=True)
            found[name] = dict(zip(codes.tolist(), counts.tolist(), strict=True))
    return found


def delivered_organisations(
    table: SourceTable, rules: YearRules, sample: SourceTable | None = None
) -> list[Organisation]:
    """Organisations of a new organisation file whose columns have the names of the year before; empty otherwise.

    Patients are counted in the new sample where its columns have their names too.
    """
    columns = _columns_by_target(table, rules, "organisations")
    people = _columns_by_target(sample, rules, "sample") if sample else {}
    patients = {
        level: Counter(organisation_code(code) for code in people[f"{level}_code"] if code)
        for level in rules.levels
        if f"{level}_code" in people
    }
    wanted = ("level", "organisation_code", "organisation_name", "parent_code")
    if any(name not in columns for name in wanted):
        return []
    levels = rules.source_codes("organisations", "level")
    found = []
    for level_code, given, name, parent in zip(*(columns[name] for name in wanted), strict=True):
        if level_code and given:
            level, code = levels.get(code_text(level_code), level_code), organisation_code(given)
            parent_code = organisation_code(parent) if parent else None
            counted = patients[level][code] if level in patients else None
            found.append(Organisation(level, code, name or "", parent_code, counted))
    return found


def _columns_by_target(table: SourceTable, rules: YearRules, kind: str) -> dict[str | None, Labels]:
    by_name = {normal_name(column.source_column): column.target_column for column in rules.columns(kind)}
    return {
        by_name.get(normal_name(name)): text_values(column)
        for name, column in zip(table.names, table.columns, strict=True)
    }
