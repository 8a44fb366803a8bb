"""What a return says about its own columns, question texts and code labels, compared with the registry.

SPSS and Stata files carry both; beside text files a codebook may come. Every coded column is compared, answers here and
groups of patients in `group_labels`. A question number re-used for another question and a code list that changed its
meaning are refused, since every code in them may look valid.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path

from orchestration.errors import ExitCode
from orchestration.intake.files.open import read_file
from orchestration.intake.files.source import HeaderHint, SourceTable, code_text, normal_name, text_values
from orchestration.intake.mapping.columns import MappedFile
from orchestration.intake.mapping.group_labels import check_group_labels
from orchestration.intake.refusal import Problem, UnreadableFile
from orchestration.intake.rules import YearRules
from orchestration.settings import IntakeLimits

CODEBOOK_COLUMNS = ("COLUMN", "QUESTION_TEXT", "OPTION_CODE", "OPTION_LABEL")
# From this likeness on two texts are wordings of one question; another question must be nearer by more than the second.
SAME_TEXT, _CLEARLY = 0.85, 0.05
# Cheap upper bounds below this are not worked out further.
_NOT_ALIKE = 0.4


@dataclass
class Codebook:
    """Question text and code labels by normal column name."""

    texts: dict[str, str] = field(default_factory=dict)
    labels: dict[str, dict[str, str]] = field(default_factory=dict)

    def add_file(self, table: SourceTable) -> None:
        """Add what a data file says about its own columns."""
        self.texts.update({normal_name(name): text for name, text in table.variable_labels.items()})
        self.labels.update({normal_name(name): dict(labels) for name, labels in table.value_labels.items()})


def read_codebook(path: Path, limits: IntakeLimits, workdir: Path) -> Codebook:
    """Read a codebook file: a row a column and code.

    The text may be on the first row of a column only; a column without codes has one row.

    Raises:
        UnreadableFile: not readable, or without the four columns.
    """
    table = read_file(path, limits, HeaderHint(frozenset(CODEBOOK_COLUMNS)), workdir)
    names = [normal_name(name) for name in table.names]
    missing = [name for name in CODEBOOK_COLUMNS if name not in names]
    if missing:
        step = f"a codebook has the columns {', '.join(CODEBOOK_COLUMNS)}"
        what = f"the codebook lacks {', '.join(missing)}"
        raise UnreadableFile(what, kind=ExitCode.WRONG_STRUCTURE, next_step=step)
    cells = [text_values(table.columns[names.index(name)]) for name in CODEBOOK_COLUMNS]
    codebook = Codebook()
    column = None
    for name, text, code, label in zip(*cells, strict=True):
        column = normal_name(name) if name else column
        if column is None:
            continue
        if text:
            codebook.texts.setdefault(column, text)
        if code and label:
            codebook.labels.setdefault(column, {})[code_text(code)] = label
    return codebook


def wording(text: str) -> str:
    """A text without what rewording usually touches: case, punctuation, question numbers in front, spaces."""
    without_number = re.sub(r"^\s*(?:q\s*)?\d+\s*[.:)\-]\s*", "", text.casefold())
    return " ".join(re.findall(r"[a-z0-9]+", without_number.replace("'", "")))


def similarity(first: str, second: str) -> float:
    """Likeness of the wordings of two texts, 0 to 1."""
    one, other = wording(first), wording(second)
    if one == other:
        return 1.0
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    return matcher.ratio() if matcher.quick_ratio() >= _NOT_ALIKE else matcher.quick_ratio()


def check_labels(mapped: MappedFile, codebook: Codebook, rules: YearRules, problems: list[Problem]) -> None:
    """Compare the labels of a file, its own and the codebook's, with the registry; contradictions go to `problems`."""
    described = Codebook(dict(codebook.texts), dict(codebook.labels))
    described.add_file(mapped.source)
    for target, column in mapped.registered.items():
        name = column.source_column
        if column.disposition != "answer":
            if labels := described.labels.get(normal_name(name)):
                check_group_labels(mapped, column, labels, rules, problems)
            continue
        text = described.texts.get(normal_name(name))
        if text and column.question_id in rules.question_texts:
            _check_text(mapped, name, column.question_id, text, rules, problems)
        labels = described.labels.get(normal_name(name))
        if labels and column.question_id == target:
            _check_codes(mapped, name, target, labels, rules, problems)


def _check_text(
    mapped: MappedFile, name: str, question: str, text: str, rules: YearRules, problems: list[Problem]
) -> None:
    # A label shortened by the file's own limit is compared with as much of the registered text.
    own = rules.question_texts[question]
    likeness = max(similarity(text, own), similarity(text, own[: len(text)]))
    if likeness >= SAME_TEXT:
        return
    others = {other: similarity(text, found) for other, found in rules.question_texts.items() if other != question}
    best = max(others, key=lambda other: others[other], default=None)
    if best is None or others[best] < SAME_TEXT or others[best] < likeness + _CLEARLY:
        return  # a label that is no wording of any question, such as `Question 22`, says nothing
    what = f"the file labels this column with the text of {best}, the registry has another question here"
    step = (
        f"if the questionnaire of {rules.survey_year} was renumbered, correct questions.csv and source_columns.csv "
        "(`ncpes intake` proposes the rows); otherwise ask the supplier"
    )
    problems.append(Problem(ExitCode.WRONG_STRUCTURE, what, mapped.name, name, next_step=step))


def _check_codes(
    mapped: MappedFile, name: str, question: str, labels: Mapping[str, str], rules: YearRules, problems: list[Problem]
) -> None:
    options = {wording(label): code for code, label in rules.option_labels.get(question, {}).items()}
    own_codes = rules.source_codes(mapped.registered[question].file_kind, question)
    changed = []
    for code, label in labels.items():
        registered = options.get(wording(label))
        number = own_codes.get(code_text(code), code_text(code))
        if registered is not None and number.isdecimal() and registered != int(number):
            changed.append(f"{number} is labelled as the registry's {registered}")
    if changed:
        what = "the code list changed its meaning: " + ", ".join(changed[:4])
        step = f"correct the options of {rules.survey_year} {question} in response_options.csv, or ask the supplier"
        problems.append(Problem(ExitCode.WRONG_STRUCTURE, what, mapped.name, name, len(changed), step))
