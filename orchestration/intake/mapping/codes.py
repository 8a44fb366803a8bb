"""From text to registered codes, once for each distinct text of a column.

An unknown code is a problem that refuses the year. A code for "missing", an empty cell and a value that the file itself
declares missing are counted separately.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.errors import ExitCode
from orchestration.intake.files.source import (
    Labels,
    Mask,
    MissingValues,
    as_text,
    code_text,
    row_indices,
    text_counts,
)
from orchestration.intake.mapping.columns import MappedFile
from orchestration.intake.refusal import Problem, shown_codes, step_for_missing
from orchestration.intake.rules import YearRules, missing_codes

NO_ANSWER = np.int16(-32768)
ANSWERED, BLANK, MISSING_CODE, DECLARED_MISSING = range(4)
_MAX_DIGITS = 9
# 1.23457E+15 or 1234.5: digits that a spreadsheet has lost cannot be had back.
_LOST_DIGITS = re.compile(r"[+-]?[0-9]+([.,][0-9]+)?E[+-]?[0-9]+|[0-9]+\.[0-9]+|-.*")
_LOST_DIGITS_BESIDE_LETTERS = re.compile(r"[+-]?[0-9]+[.,][0-9]+E[+-]?[0-9]+|[+-]?[0-9]+E[+-][0-9]+|[0-9]+\.[0-9]+|-.*")
# A number with letters that is no power of ten: the numbers of its column are not decimal.
_WITH_LETTERS = re.compile(r"(?![0-9]+E[0-9]+$)[0-9A-Z]*[A-Z][0-9A-Z]*")


@dataclass(frozen=True)
class Answers:
    """One answer column: option codes (int16, NO_ANSWER where there is none) and why there is none (uint8 state)."""

    codes: np.ndarray
    state: np.ndarray


def is_declared_missing(text: str, declared: MissingValues) -> bool:
    """Whether the file itself declares a value missing (a value, or a closed range of numbers)."""
    for rule in declared:
        if isinstance(rule, str):
            if text == rule:
                return True
            continue
        try:
            if rule[0] <= float(text) <= rule[1]:
                return True
        except ValueError:
            continue
    return False


def decode_answers(mapped: MappedFile, target: str, rules: YearRules, problems: list[Problem]) -> Answers:
    """Option codes of an answer column by the registry; unknown codes are added to `problems`."""
    texts, registered = mapped.column(target), mapped.registered[target]
    valid = rules.source_codes(registered.file_kind, target) or {
        str(code): str(code) for code in rules.option_labels.get(target, {})
    }
    n_distinct = len(texts.dictionary)
    codes = np.full(n_distinct + 1, NO_ANSWER, np.int16)
    state = np.full(n_distinct + 1, BLANK, np.uint8)
    unknown = {}
    for position, text, code, count, missing in filled_texts(mapped, target):
        if missing is None and code not in valid:
            unknown[text] = count
        elif missing is None:
            codes[position] = int(valid[code])
        state[position] = ANSWERED if missing is None else missing
    if unknown:
        problems.append(_unknown_answer(mapped, target, unknown, n_distinct, rules))
    indices = row_indices(texts)
    return Answers(codes[indices], state[indices])


def decode_labels(
    mapped: MappedFile,
    target: str,
    lookup: Callable[[str], str | None],
    problems: list[Problem] | None = None,
    next_step: str = "",
) -> tuple[Labels, Mask]:
    """Labels of a coded column (None for missing), and where a value is unknown.

    `lookup` turns a normal code into a label, or None when it does not know the code. With `problems` an unknown code
    refuses the year, without it the caller deals with the rows.
    """
    texts, registered = mapped.column(target), mapped.registered.get(target)
    labels = np.full(len(texts.dictionary) + 1, None, dtype=object)
    is_unknown = np.zeros(len(labels), bool)
    unknown = {}
    for position, text, code, count, missing in filled_texts(mapped, target):
        if missing is None:
            labels[position] = lookup(code)
            if labels[position] is None:
                is_unknown[position], unknown[text] = True, count
    if unknown and problems is not None:
        what = f"unknown code {shown_codes(unknown)}"
        column = registered.source_column if registered else target
        n_rows, step = sum(unknown.values()), step_for_missing(unknown, column) or next_step
        problems.append(Problem(ExitCode.UNKNOWN_CODE, what, mapped.name, column, n_rows, step))
    indices = row_indices(texts)
    return labels[indices], is_unknown[indices]


def filled_texts(mapped: MappedFile, target: str) -> Iterator[tuple[int, str, str, int, int | None]]:
    """Dictionary position, text, normal code and rows of every text of a column, and why it is missing if it is."""
    registered = mapped.registered.get(target)
    missing = missing_codes(registered) if registered else frozenset()
    declared = mapped.declared_missing.get(target, ())
    for position, (text, count) in enumerate(text_counts(mapped.column(target))):
        if text is None or not count:
            continue
        code = code_text(text)
        if code in missing:
            yield position, text, code, count, MISSING_CODE
        else:
            yield position, text, code, count, DECLARED_MISSING if is_declared_missing(text, declared) else None


def decode_integers(mapped: MappedFile, target: str) -> tuple[np.ndarray, Mask]:
    """Whole numbers of a column (int64, -1 for missing) and where a value is no whole number."""
    labels, unknown = decode_labels(
        mapped, target, lambda code: code if code.isdecimal() and len(code) <= _MAX_DIGITS else None
    )
    present = np.asarray([label is not None for label in labels], bool)
    numbers = np.full(len(labels), -1, np.int64)
    numbers[present] = labels[present].astype(np.int64)
    return numbers, unknown


def normal_record_numbers(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """Record numbers in normal form: upper case, digits without zeros in front (a workbook drops them).

    A number whose digits were lost to a spreadsheet becomes `?` with its text: the caller quarantines its rows. Where
    numbers of the column hold letters, `12E45` is one of them and no power of ten.
    """
    values = column.dictionary
    if pc.all(pc.match_substring_regex(values, "^[1-9][0-9]*$")).as_py():
        return column
    plain = [None if text is None else code_text(text) for text in values.to_pylist()]
    have_letters = any(number is not None and _WITH_LETTERS.fullmatch(number) for number in plain)
    lost = _LOST_DIGITS_BESIDE_LETTERS if have_letters else _LOST_DIGITS
    normal = [f"?{number}" if number is not None and lost.fullmatch(number) else number for number in plain]
    return as_text(pa.DictionaryArray.from_arrays(column.indices, pa.array(normal, pa.string())))


def _unknown_answer(
    mapped: MappedFile, target: str, unknown: dict[str, int], n_distinct: int, rules: YearRules
) -> Problem:
    """The problem of unknown texts, which it counts by rows: unknown codes, labels, or a column of another type."""
    registered = mapped.registered[target]
    question = registered.question_id
    labels = {label.casefold() for label in rules.option_labels.get(question, {}).values()}
    what = f"unknown answer code {shown_codes(unknown)}"
    step = f"add to response_options.csv: {rules.survey_year},{question},<code>,<label>,<role>,<source> for each"
    if missing := step_for_missing(unknown, registered.source_column):
        step = missing
    elif all(text.casefold() in labels for text in unknown):
        what = "labels where codes are expected"
        row = f"{rules.survey_year},{registered.file_kind},{target},<label>,<code>,<source>"
        step = f"ask for the export with codes, or add source_codes.csv rows {row}"
    elif len(unknown) * 2 > n_distinct and all(not code_text(text).isdigit() for text in unknown):
        shape = "dates" if all(re.fullmatch(r"\d{4}-\d\d-\d\d.*", text) for text in unknown) else "text or decimals"
        what = f"the column changed its type: {shape} where option codes are expected, {shown_codes(unknown)}"
        step = "ask the supplier for the column as option codes; a spreadsheet may have changed them"
    n_rows = sum(unknown.values())
    return Problem(ExitCode.UNKNOWN_CODE, what, mapped.name, registered.source_column, n_rows, step)
