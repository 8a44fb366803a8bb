"""Which column of a new file is which registered column, where it holds no answers: by name, then by content."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from orchestration.intake.files.source import SourceTable, code_text, normal_name, text_counts
from orchestration.intake.proposal.matching import Confidence, assign
from orchestration.intake.refusal import shown_codes
from orchestration.intake.rows.sample import icd10_prefix
from orchestration.intake.rules import YearRules, missing_codes
from orchestration.registry import SourceColumn

_CONTENT_WEIGHT = 0.65
_LIKELY, _POSSIBLE, _MARGIN = 0.98, 0.8, 0.1
_PERSONAL_NAME = re.compile(r"NAME|POST_?CODE|NHS|ADDRESS|PHONE|EMAIL|BIRTH_?DATE|DOB|COMMENT|TEXT|FREE")
_LONG_TEXT = 24
_YEAR_OF_BIRTH, _MONTH = r"(18|19|20)\d\d", r"[1-9]|1[0-2]"
_PATTERNS = {
    "nhs_number": r"\d{3} ?\d{3} ?\d{4}",
    "record_number": r"[A-Z]{0,4}\d{4,9}",
    "trust_code": r"R[A-Z0-9]{2,4}",
    "ccg_code": r"[A-Z0-9]{2,4}",
    "organisation_code": r"[A-Z0-9]{1,6}",
    "parent_code": r"[A-Z0-9]{1,6}",
    "birth_year": _YEAR_OF_BIRTH,
    "year_of_birth": _YEAR_OF_BIRTH,
    "birth_month": _MONTH,
    "discharge_month": _MONTH,
    "discharge_day": r"[1-9]|[12]\d|3[01]",
}


@dataclass(frozen=True)
class ColumnMatch:
    """A column of the new file: its registered counterpart (None: new) and a disposition for it."""

    name: str
    registered: SourceColumn | None
    disposition: str
    confidence: Confidence
    evidence: str


def match_columns(
    table: SourceTable, positions: Sequence[int], rules: YearRules, kinds: Sequence[str]
) -> tuple[list[ColumnMatch], list[SourceColumn]]:
    """Matches for some columns of a file in their order, and the registered columns that found none."""
    expected = [column for column in rules.columns(*kinds) if column.disposition != "answer"]
    by_name = {normal_name(column.source_column): column for column in expected}
    found: dict[int, ColumnMatch] = {}
    for position in positions:
        name = table.names[position]
        column = by_name.pop(normal_name(name), None)
        if column is not None:
            found[position] = ColumnMatch(name, column, column.disposition, "certain", "the same name")
    left = [position for position in positions if position not in found]
    renamed = _match_by_content(table, left, list(by_name.values()), rules)
    taken = {match.registered.target_column for match in renamed.values() if match.registered}
    for position in left:
        found[position] = renamed.get(position) or _new_column(table, position)
    missing = [column for column in by_name.values() if column.target_column not in taken]
    return [found[position] for position in positions], missing


def _match_by_content(
    table: SourceTable, positions: list[int], columns: list[SourceColumn], rules: YearRules
) -> dict[int, ColumnMatch]:
    if not positions or not columns:
        return {}
    content = np.asarray(
        [[_content_fit(table, position, column, rules) for column in columns] for position in positions]
    )
    names = np.asarray(
        [[_like_names(table.names[position], column.source_column) for column in columns] for position in positions]
    )
    found = {}
    for row, (place, margin) in assign(_CONTENT_WEIGHT * content + (1 - _CONTENT_WEIGHT) * names).items():
        column, fit = columns[place], content[row, place]
        if fit < _POSSIBLE:
            continue
        sure: Confidence = "likely" if fit >= _LIKELY and margin >= _MARGIN else "unsure"
        evidence = (
            f"{fit:.0%} of its values fit {column.target_column} (before: {column.source_column}), "
            f"names {names[row, place]:.0%} alike, {margin:+.2f} ahead of the next"
        )
        name = table.names[positions[row]]
        found[positions[row]] = ColumnMatch(name, column, column.disposition, sure, evidence)
    return found


def _content_fit(table: SourceTable, position: int, column: SourceColumn, rules: YearRules) -> float:
    """Share of the filled rows of a column that could be values of a registered column."""
    counts = text_counts(table.columns[position])
    filled = sum(count for _, count in counts)
    if not filled:
        return 0.0
    accepts, missing = _acceptor(column, rules), missing_codes(column)
    codes = [(code_text(text or ""), count) for text, count in counts]
    share = sum(count for code, count in codes if code in missing or accepts(code)) / filled
    if column.target_column in ("record_number", "nhs_number"):
        # A number of a person is in every row and in no two.
        share *= sum(1 for _, count in counts if count) / max(1, table.n_rows)
    return share


def _acceptor(column: SourceColumn, rules: YearRules) -> Callable[[str], bool]:
    target = column.target_column
    if known := known_codes(column, rules):
        return known.__contains__
    if target == "icd10":
        return lambda code: icd10_prefix(code) is not None
    if target == "discharge_year":
        return {str(rules.survey_year), str(rules.survey_year + 1)}.__contains__
    pattern = re.compile(_PATTERNS.get(target, r".*\s.*"), re.DOTALL)
    return lambda code: pattern.fullmatch(code) is not None


def known_codes(column: SourceColumn, rules: YearRules) -> frozenset[str]:
    """Registered codes of a column in normal form; empty where it takes its values as they are."""
    if column.target_column == "outcome":
        return frozenset(rules.outcomes)
    return frozenset(rules.source_codes(column.file_kind, column.target_column))


def _like_names(one: str, other: str) -> float:
    return SequenceMatcher(None, normal_name(one), normal_name(other), autojunk=False).ratio()


def _new_column(table: SourceTable, position: int) -> ColumnMatch:
    name = table.names[position]
    is_long = any(text and len(text) > _LONG_TEXT for text in table.columns[position].dictionary.to_pylist())
    if is_long or _PERSONAL_NAME.search(normal_name(name)):
        return ColumnMatch(name, None, "identifier", "unsure", "new; its name or its texts may tell of a person")
    return ColumnMatch(name, None, "ignored", "unsure", "new; nothing registered fits its values")


def unknown_codes(
    tables: Mapping[str, SourceTable], found: Mapping[str, Sequence[ColumnMatch]], rules: YearRules
) -> list[str]:
    """Codes of coded columns that no registered row explains: their meaning cannot be derived."""
    lines = []
    for kind, matches in found.items():
        table = tables[kind]
        for match in matches:
            known = known_codes(match.registered, rules) if match.registered else None
            if match.registered is None or not known:
                continue
            missing = missing_codes(match.registered)
            counts = text_counts(table.columns[table.names.index(match.name)])
            texts = [text for text, count in counts if text and count]
            unknown = [text for text in texts if code_text(text) not in known and code_text(text) not in missing]
            if unknown:
                seed = "outcome_codes.csv" if match.registered.target_column == "outcome" else "source_codes.csv"
                shown = shown_codes(unknown)
                lines.append(f"{kind}, column {match.name}: unknown code {shown}; add its meaning to {seed}")
    return lines
