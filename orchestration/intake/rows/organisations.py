"""The organisation file of a year: levels, codes, names and parents, checked as what patients point into."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from orchestration.intake.arrays import absent
from orchestration.intake.files.source import as_text
from orchestration.intake.mapping.codes import decode_labels, text_values
from orchestration.intake.mapping.columns import MappedFile
from orchestration.intake.refusal import ORGANISATION_LIKE, Problem, RefusalKind, shown_codes
from orchestration.intake.rows.outcomes import ACCEPTED, QUARANTINED, RowFates, fold_duplicates
from orchestration.intake.rules import YearRules

_CODE_LENGTH = 3


@dataclass(frozen=True)
class Organisations:
    """Organisations of a year. `codes` by level; `alliances` the alliance of each CCG (or ICB) that has one."""

    table: pa.Table
    codes: dict[str, frozenset[str]]
    parents: dict[tuple[str, str], str]

    def alliance_of(self, level: str, code: str | None) -> str | None:
        """Parent of an organisation."""
        return self.parents.get((level, code)) if code else None


def organisation_code(text: str) -> str:
    """Normal form of an organisation code: upper case; bare digits padded to three, which spreadsheets cut."""
    code = text.strip().upper()
    return code.zfill(_CODE_LENGTH) if code.isdigit() else code


def read_organisations(
    mapped: MappedFile, rules: YearRules, data_origin: str, fates: RowFates, problems: list[Problem]
) -> Organisations:
    """Organisations of a mapped file. An unknown level, a missing parent or a level without rows refuses the year."""
    step = f"add to source_codes.csv: {rules.survey_year},organisations,level,<code>,<level>,<source>"
    by_level = rules.codes.get(("organisations", "level"), {})
    levels, _ = decode_labels(mapped, "level", by_level.get, problems, step)
    codes = _codes(mapped, "organisation_code")
    parents = _codes(mapped, "parent_code")
    names = text_values(mapped.column("organisation_name"))
    keys = [mapped.column("level"), as_text(pa.array(codes, pa.string()))]
    fold_duplicates(mapped, keys, fates)
    fates.decide(absent(codes) | absent(levels), QUARANTINED, "no_organisation")
    fates.decide(absent(names), QUARANTINED, "no_name")
    kept = np.flatnonzero(fates.fate == ACCEPTED)
    found = {level: frozenset(codes[kept][levels[kept] == level]) for level in rules.levels}
    parent_levels = np.asarray(
        [rules.levels[level].parent_level if level in rules.levels else None for level in levels], dtype=object
    )
    parent_levels[absent(parents)] = None
    _check_parents(mapped, rules, kept, levels, parents, parent_levels, found, problems)
    table = pa.table(
        {
            "survey_year": pa.array(np.full(len(kept), rules.survey_year, np.int16)),
            "level": pa.array(levels[kept], pa.string()),
            "organisation_code": pa.array(codes[kept], pa.string()),
            "organisation_name": pa.array(names[kept], pa.string()),
            "parent_level": pa.array(parent_levels[kept], pa.string()),
            "parent_code": pa.array(parents[kept], pa.string(), mask=absent(parent_levels[kept])),
            "data_origin": pa.array([data_origin] * len(kept), pa.string()),
        }
    )
    parents_by_code = {
        (levels[row], codes[row]): parents[row] for row in kept if parents[row] is not None and parent_levels[row]
    }
    return Organisations(table, found, parents_by_code)


def _codes(mapped: MappedFile, target: str) -> np.ndarray:
    texts = text_values(mapped.column(target))
    return np.asarray([None if text is None else organisation_code(text) for text in texts], dtype=object)


def _check_parents(
    mapped: MappedFile,
    rules: YearRules,
    kept: np.ndarray,
    levels: np.ndarray,
    parents: np.ndarray,
    parent_levels: np.ndarray,
    found: dict[str, frozenset[str]],
    problems: list[Problem],
) -> None:
    def refuse(what: str, count: int, next_step: str) -> None:
        problems.append(Problem(RefusalKind.STRUCTURE, what, mapped.file.name, "parent_code", count, next_step))

    for level, rule in rules.levels.items():
        rows = kept[levels[kept] == level]
        if not len(rows):
            problems.append(
                Problem(
                    RefusalKind.STRUCTURE,
                    f"no organisation of level {level}",
                    mapped.file.name,
                    "level",
                    0,
                    "ask the supplier for the whole organisation file of the year",
                )
            )
        orphans = int(np.count_nonzero(absent(parents[rows])))
        if rule.is_parent_required and orphans:
            refuse(
                f"{level} without a parent of level {rule.parent_level}", orphans, "ask the supplier for the parents"
            )
        strangers = [
            parents[row] for row in rows if parent_levels[row] and parents[row] not in found.get(parent_levels[row], ())
        ]
        if strangers:
            shown = shown_codes(strangers, ORGANISATION_LIKE)
            what = f"{level} whose parent {shown} is not in the file as {rule.parent_level}"
            refuse(what, len(strangers), f"add the {rule.parent_level} rows or correct the parent codes")
