"""The organisation file of a year: levels, codes, names and parents, checked because patients refer to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from orchestration.errors import ExitCode
from orchestration.intake.files.source import Labels, absent, as_text, plain_text, row_indices, text_values
from orchestration.intake.mapping.codes import decode_labels, filled_texts
from orchestration.intake.mapping.columns import MappedFile
from orchestration.intake.refusal import MISSING_LIKE, ORGANISATION_LIKE, Problem, shown_codes
from orchestration.intake.rows.outcomes import QUARANTINED, FileRows, fold_duplicates
from orchestration.intake.rules import YearRules

_CODE_LENGTH = 3
NOT_A_CODE = "(not a code)"


@dataclass(frozen=True)
class Organisations:
    """Organisations of a year: landing columns (a row an organisation), and codes and parents to look up by level."""

    columns: Mapping[str, Labels]
    codes: Mapping[str, frozenset[str]]
    parents: Mapping[tuple[str, str], str]


NO_ORGANISATIONS = Organisations({}, {}, {})


def organisation_code(text: str) -> str:
    """Normal form of an organisation code: plain, upper case; bare digits padded to three, which spreadsheets cut."""
    code = plain_text(text).upper()
    return code.zfill(_CODE_LENGTH) if code.isdigit() else code


def unknown_codes(mapped: MappedFile, column: str, known: Collection[str]) -> dict[str, int]:
    """Codes of a column that no organisation of the year has, with their rows: they are no data of a person.

    A value unlike a code is counted as `(not a code)`; so are all of them where most of the column is unknown, since a
    shifted column may hold names.
    """
    filled, unknown = 0, Counter[str]()
    for _, text, code, count, missing in filled_texts(mapped, column):
        filled += count if missing is None else 0
        if missing is None and organisation_code(code) not in known:
            is_code = ORGANISATION_LIKE.fullmatch(text) or MISSING_LIKE.fullmatch(text)
            unknown[text if is_code else NOT_A_CODE] += count
    if unknown.total() * 2 >= filled:
        return {NOT_A_CODE: unknown.total()} if unknown else {}
    return dict(sorted(unknown.items()))


def read_organisations(rows: FileRows, rules: YearRules, problems: list[Problem]) -> Organisations:
    """Organisations of a mapped file. An unknown level, a missing parent or a level without rows refuses the year."""
    mapped, outcomes = rows.mapped, rows.outcomes
    step = f"add to source_codes.csv: {rules.survey_year},organisations,level,<code>,<level>,<source>"
    by_level = rules.source_codes("organisations", "level")
    levels, _ = decode_labels(mapped, "level", by_level.get, problems, step)
    codes, parents = _codes(mapped, "organisation_code"), _codes(mapped, "parent_code")
    names = text_values(mapped.column("organisation_name"))
    fold_duplicates(rows, [mapped.column("level"), as_text(pa.array(codes, pa.string()))])
    outcomes.decide(absent(codes) | absent(levels), QUARANTINED, "no_organisation")
    # What a spreadsheet writes for an error, or a program for nothing, would be published as the name.
    is_none = [name is None or MISSING_LIKE.fullmatch(name) is not None for name in names]
    outcomes.decide(np.asarray(is_none, bool), QUARANTINED, "no_name")
    kept = outcomes.accepted
    parent_levels = np.asarray(
        [rules.levels[level].parent_level if level in rules.levels else None for level in levels], dtype=object
    )
    parent_levels[absent(parents)] = None
    columns = {
        "level": levels[kept],
        "organisation_code": codes[kept],
        "organisation_name": names[kept],
        "parent_level": parent_levels[kept],
        "parent_code": np.where(absent(parent_levels), np.asarray(None, dtype=object), parents)[kept],
    }
    found = {level: frozenset(columns["organisation_code"][columns["level"] == level]) for level in rules.levels}
    placed = zip(columns["level"], columns["organisation_code"], columns["parent_code"], strict=True)
    organisations = Organisations(columns, found, {(level, code): parent for level, code, parent in placed if parent})
    _check_parents(mapped, rules, organisations, parents[kept], problems)
    return organisations


def _codes(mapped: MappedFile, target: str) -> Labels:
    column = mapped.column(target)
    codes = [None if text is None else organisation_code(text) for text in column.dictionary.to_pylist()]
    by_text: Labels = np.asarray([*codes, None], dtype=object)
    return np.asarray(by_text[row_indices(column)])


def _check_parents(
    mapped: MappedFile, rules: YearRules, organisations: Organisations, given_parents: Labels, problems: list[Problem]
) -> None:
    """Every level has rows, a parent where one is required, and parents that are in the file themselves."""

    def refuse(what: str, column: str, count: int, next_step: str) -> None:
        problems.append(Problem(ExitCode.WRONG_STRUCTURE, what, mapped.name, column, count, next_step))

    columns = organisations.columns
    for level, rule in rules.levels.items():
        of_level = columns["level"] == level
        if not of_level.any():
            step = "ask the supplier for the whole organisation file of the year"
            refuse(f"no organisation of level {level}", "level", 0, step)
        orphans = int(np.count_nonzero(absent(given_parents[of_level])))
        if rule.is_parent_required and orphans:
            what = f"{level} without a parent of level {rule.parent_level}"
            refuse(what, "parent_code", orphans, "ask the supplier for the parents")
        known = organisations.codes.get(rule.parent_level or "", frozenset())
        strangers = [parent for parent in columns["parent_code"][of_level] if parent and parent not in known]
        if strangers:
            shown = shown_codes(strangers, ORGANISATION_LIKE)
            what = f"{level} whose parent {shown} is not in the file as {rule.parent_level}"
            step = f"add the {rule.parent_level} rows or correct the parent codes"
            refuse(what, "parent_code", len(strangers), step)
