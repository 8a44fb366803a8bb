"""Labels that a file gives the codes of patients and places (sex, outcome, level ...), compared with the registry.

A label is read as the registered group whose words it holds: `White British` is `White`. One that holds the words of
two groups, or of none, says nothing. Does not belong here: labels of answers (`labels`), compared as wordings.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from orchestration.errors import ExitCode
from orchestration.intake.files.source import code_text
from orchestration.intake.mapping.columns import MappedFile
from orchestration.intake.refusal import Problem
from orchestration.intake.rules import YearRules, missing_codes
from orchestration.registry import SourceColumn

_MISSING = "missing"
# How code books name a value that is not there.
_MISSING_WORDS = ("missing", "not known", "unknown", "not stated", "not given", "not specified", "not answered")
# A group for the rest; `any other white background` is none of it.
_REST = "other"
_MOST_NAMED = 4


def check_group_labels(
    mapped: MappedFile, column: SourceColumn, labels: Mapping[str, str], rules: YearRules, problems: list[Problem]
) -> None:
    """Add to `problems` the labels of a coded column, by code, that contradict the registry."""
    target = column.target_column
    # A group is known by its code as well as by its label: `ccg`, `Clinical Commissioning Group`.
    groups = {
        words: group
        for group, label in rules.group_labels(target).items()
        for text in (group.replace("_", " "), label)
        if (words := words_of(text))
    }
    group_of_code = rules.groups_by_code(column.file_kind, target)
    if not groups or not group_of_code:
        return
    missing = missing_codes(column)
    changed = []
    for code, label in labels.items():
        normal = code_text(code)
        registered = _MISSING if normal in missing else group_of_code.get(normal)
        said = read_group(label, groups)
        if registered and said and said != registered:
            changed.append(f"{normal} is labelled {said} and registered as {registered}")
    if changed:
        what = "the code list contradicts the registry: " + ", ".join(changed[:_MOST_NAMED])
        seed = "outcome_codes.csv" if target == "outcome" else "source_codes.csv"
        step = f"ask the supplier which is right; if the file is, correct the rows of {rules.survey_year} in {seed}"
        name = column.source_column
        problems.append(Problem(ExitCode.WRONG_STRUCTURE, what, mapped.name, name, len(changed), step))


def read_group(label: str, groups: Mapping[str, str]) -> str | None:
    """The group that a label means, `missing`, or None where that cannot be told. `groups` are by their words."""
    words = words_of(label)
    if words in groups:
        return groups[words]
    if words in _MISSING_WORDS:
        return _MISSING
    if len(words) == 1:
        begins = {group for own, group in groups.items() if own.startswith(words)}
        return begins.pop() if len(begins) == 1 else None
    held = {own: group for own, group in groups.items() if f" {own} " in f" {words} "}
    # Of `opted out` and `opted out before mailing` the longer one is meant.
    widest = [own for own in held if not any(own != other and own in other for other in held)]
    found = {held[own] for own in widest if held[own] != _REST}
    return found.pop() if len(found) == 1 else None


def words_of(label: str) -> str:
    """Words of a label in lower case, without a code in front and punctuation."""
    without_code = re.sub(r"^\s*[0-9]+(?![0-9a-z])", "", label.casefold())
    return " ".join(re.findall(r"[a-z0-9+]+", without_code))
