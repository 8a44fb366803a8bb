"""Which column of a new file is which registered column, where it holds no answers: by name, then by content."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

import numpy as np

from orchestration.intake.files.header import normal_name
from orchestration.intake.files.source import SourceTable
from orchestration.intake.mapping.codes import row_indices
from orchestration.intake.mapping.derive import icd10_prefix
from orchestration.intake.proposal.matching import Confidence
from orchestration.intake.rules import ColumnRule, YearRules, code_text

_CONTENT_WEIGHT = 0.65
_LIKELY, _POSSIBLE, _MARGIN = 0.98, 0.8, 0.1
_PERSONAL_NAME = re.compile(r"NAME|POST_?CODE|NHS|ADDRESS|PHONE|EMAIL|BIRTH_?DATE|DOB|COMMENT|TEXT|FREE")


@dataclass(frozen=True)
class ColumnMatch:
    """A column of the new file: its registered counterpart (None: new) and a disposition for it."""

    name: str
    rule: ColumnRule | None
    disposition: str
    confidence: Confidence
    evidence: str


def match_columns(
    table: SourceTable, positions: Sequence[int], rules: YearRules, kinds: Sequence[str]
) -> tuple[list[ColumnMatch], list[ColumnRule]]:
    """Matches for some columns of a file in their order, and the registered columns that found none."""
    expected = [rule for kind in kinds for rule in rules.columns[kind] if rule.disposition != "answer"]
    by_name = {normal_name(rule.source_column): rule for rule in expected}
    found: dict[int, ColumnMatch] = {}
    for position in positions:
        rule = by_name.pop(normal_name(table.names[position]), None)
        if rule is not None:
            found[position] = ColumnMatch(table.names[position], rule, rule.disposition, "certain", "the same name")
    left = [position for position in positions if position not in found]
    renamed = _match_by_content(table, left, list(by_name.values()), rules)
    taken = {match.rule.target_column for match in renamed.values() if match.rule}
    for position in left:
        found[position] = renamed.get(position) or _new_column(table, position)
    missing = [rule for rule in by_name.values() if rule.target_column not in taken]
    return [found[position] for position in positions], missing


def _match_by_content(
    table: SourceTable, positions: list[int], rules: list[ColumnRule], year_rules: YearRules
) -> dict[int, ColumnMatch]:
    from scipy.optimize import linear_sum_assignment

    if not positions or not rules:
        return {}
    content = np.asarray([[content_fit(table, position, rule, year_rules) for rule in rules] for position in positions])
    names = np.asarray(
        [[_like_names(table.names[position], rule.source_column) for rule in rules] for position in positions]
    )
    merit = _CONTENT_WEIGHT * content + (1 - _CONTENT_WEIGHT) * names
    found = {}
    for row, column in zip(*linear_sum_assignment(merit, maximize=True), strict=True):
        others = np.concatenate([np.delete(merit[row], column), np.delete(merit[:, column], row)])
        margin = float(merit[row, column] - others.max()) if len(others) else 1.0
        if content[row, column] < _POSSIBLE:
            continue
        sure: Confidence = "likely" if content[row, column] >= _LIKELY and margin >= _MARGIN else "unsure"
        evidence = (
            f"{content[row, column]:.0%} of its values fit {rules[column].target_column} "
            f"(before: {rules[column].source_column}), "
            f"names {names[row, column]:.0%} alike, {margin:+.2f} ahead of the next"
        )
        name = table.names[positions[row]]
        found[positions[row]] = ColumnMatch(name, rules[column], rules[column].disposition, sure, evidence)
    return found


def content_fit(table: SourceTable, position: int, rule: ColumnRule, rules: YearRules) -> float:
    """Share of the filled rows of a column that could be values of a registered column."""
    column = table.columns[position]
    texts = [text or "" for text in column.dictionary.to_pylist()]
    counts = np.bincount(row_indices(column), minlength=len(texts) + 1)[: len(texts)]
    filled = int(counts.sum())
    if not filled:
        return 0.0
    accepts = _acceptor(rule, rules)
    codes = [code_text(text) for text in texts]
    fitting = sum(
        int(count) for code, count in zip(codes, counts, strict=True) if code in rule.missing_codes or accepts(code)
    )
    share = fitting / filled
    if rule.target_column in ("record_number", "nhs_number"):
        # A number of a person stands in every row and in no two.
        share *= np.count_nonzero(counts) / filled * filled / max(1, table.n_rows)
    return float(share)


def _acceptor(rule: ColumnRule, rules: YearRules) -> Callable[[str], bool]:
    target = rule.target_column
    registered = rules.codes.get((rule.file_kind, target))
    if registered:
        return registered.__contains__
    if target == "outcome":
        return rules.outcomes.__contains__
    patterns = {
        "nhs_number": r"\d{3} ?\d{3} ?\d{4}",
        "record_number": r"[A-Z]{0,4}\d{4,9}",
        "trust_code": r"R[A-Z0-9]{2,4}",
        "ccg_code": r"[A-Z0-9]{2,4}",
        "organisation_code": r"[A-Z0-9]{1,6}",
        "parent_code": r"[A-Z0-9]{1,6}",
        "birth_year": r"(18|19|20)\d\d",
        "year_of_birth": r"(18|19|20)\d\d",
        "discharge_year": str(rules.survey_year) + "|" + str(rules.survey_year + 1),
        "birth_month": r"[1-9]|1[0-2]",
        "discharge_month": r"[1-9]|1[0-2]",
        "discharge_day": r"[1-9]|[12]\d|3[01]",
    }
    if target == "icd10":
        return lambda code: icd10_prefix(code) is not None
    pattern = re.compile(patterns.get(target, r".*\s.*"), re.DOTALL)
    return lambda code: pattern.fullmatch(code) is not None


def _like_names(one: str, other: str) -> float:
    return SequenceMatcher(None, normal_name(one), normal_name(other), autojunk=False).ratio()


def _new_column(table: SourceTable, position: int) -> ColumnMatch:
    name = table.names[position]
    column = table.columns[position]
    long = any(text and len(text) > 24 for text in column.dictionary.to_pylist())
    if long or _PERSONAL_NAME.search(normal_name(name)):
        return ColumnMatch(name, None, "identifier", "unsure", "new; its name or its texts may tell of a person")
    return ColumnMatch(name, None, "ignored", "unsure", "new; nothing registered fits its values")
