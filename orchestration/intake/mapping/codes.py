"""From text to registered codes. The work is done once per distinct value of a column, whatever its length.

An unknown code is a problem that refuses the year; a missing code is told apart from an empty cell and from a value
that the file itself declares missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from orchestration.intake.arrays import Labels
from orchestration.intake.mapping.columns import MappedFile, MissingValues
from orchestration.intake.refusal import Problem, RefusalKind, shown_codes
from orchestration.intake.rules import YearRules, code_text

NO_ANSWER = np.int16(-32768)
ANSWERED, BLANK, MISSING_CODE, DECLARED_MISSING, UNKNOWN = range(5)


@dataclass(frozen=True)
class Answers:
    """One answer column: option codes (int16, NO_ANSWER where there is none) and why there is none (uint8 state)."""

    codes: np.ndarray
    state: np.ndarray


def row_indices(column: pa.DictionaryArray) -> np.ndarray:
    """Dictionary index of every row; the length of the dictionary stands for null, so it can address a lookup."""
    filled = column.indices.fill_null(len(column.dictionary)) if column.null_count else column.indices
    return np.asarray(filled.to_numpy(zero_copy_only=False), dtype=np.intp)


def used_texts(column: pa.DictionaryArray) -> list[str | None]:
    """Distinct texts that occur in a column, by dictionary position; None where a text occurs in no row."""
    texts = column.dictionary.to_pylist()
    counts = np.bincount(row_indices(column), minlength=len(texts) + 1)
    return [text if counts[position] else None for position, text in enumerate(texts)]


def text_values(column: pa.DictionaryArray) -> Labels:
    """The texts of a column as an object array with None for null."""
    texts: Labels = np.asarray([*column.dictionary.to_pylist(), None], dtype=object)
    return np.asarray(texts[row_indices(column)])


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
    rule = mapped.rules[target]
    column = mapped.column(target)
    registered = rules.codes.get((rule.file_kind, target))
    valid = registered or {str(code): str(code) for code in rules.options.get(target, {})}
    declared = mapped.declared_missing.get(target, ())
    texts = used_texts(column)
    codes = np.full(len(texts) + 1, NO_ANSWER, np.int16)
    state = np.full(len(texts) + 1, BLANK, np.uint8)
    unknown = []
    for position, text in enumerate(texts):
        if text is None:
            continue
        code = code_text(text)
        if code in rule.missing_codes:
            state[position] = MISSING_CODE
        elif is_declared_missing(text, declared):
            state[position] = DECLARED_MISSING
        elif code in valid:
            codes[position], state[position] = int(valid[code]), ANSWERED
        else:
            state[position] = UNKNOWN
            unknown.append(text)
    indices = row_indices(column)
    states = state[indices]
    if unknown:
        count = int(np.count_nonzero(states == UNKNOWN))
        problems.append(_unknown_answer(mapped, target, unknown, count, len(texts), rules))
    return Answers(codes[indices], states)


def decode_labels(
    mapped: MappedFile,
    target: str,
    lookup: Callable[[str], str | None],
    problems: list[Problem] | None,
    next_step: str = "",
) -> tuple[np.ndarray, np.ndarray]:
    """Labels of a coded column (object array, None for missing) and where a value is unknown (bool).

    `lookup` turns a normal code into a label, or None when it does not know the code. With `problems` an unknown code
    refuses the year, without it the caller deals with the rows.
    """
    column = mapped.column(target)
    rule = mapped.rules.get(target)
    declared = mapped.declared_missing.get(target, ())
    texts = used_texts(column)
    labels = np.full(len(texts) + 1, None, dtype=object)
    is_unknown = np.zeros(len(texts) + 1, bool)
    for position, text in enumerate(texts):
        if text is None:
            continue
        code = code_text(text)
        if (rule and code in rule.missing_codes) or is_declared_missing(text, declared):
            continue
        labels[position] = lookup(code)
        is_unknown[position] = labels[position] is None
    indices = row_indices(column)
    unknown = is_unknown[indices]
    if problems is not None and unknown.any():
        codes = [text for position, text in enumerate(texts) if text is not None and is_unknown[position]]
        what = f"unknown code {shown_codes(codes)}"
        count = int(np.count_nonzero(unknown))
        column_name = rule.source_column if rule else target
        problems.append(Problem(RefusalKind.UNKNOWN_CODE, what, mapped.file.name, column_name, count, next_step))
    return labels[indices], unknown


def decode_integers(mapped: MappedFile, target: str) -> tuple[np.ndarray, np.ndarray]:
    """Whole numbers of a column (int64, -1 for missing) and where a value is no whole number (bool)."""
    labels, unknown = decode_labels(
        mapped, target, lambda code: code if code.isdecimal() and len(code) <= 9 else None, None
    )
    present = np.asarray([label is not None for label in labels], bool)
    numbers = np.full(len(labels), -1, np.int64)
    numbers[present] = labels[present].astype(np.int64)
    return numbers, unknown


def _unknown_answer(
    mapped: MappedFile, target: str, unknown: list[str], count: int, n_distinct: int, rules: YearRules
) -> Problem:
    rule = mapped.rules[target]
    question = target if target in rules.options else target.rsplit("_", 1)[0]
    column = rule.source_column
    labels = {label.casefold() for label in rules.options.get(question, {}).values()}
    what = f"unknown answer code {shown_codes(unknown)}"
    step = f"add to response_options.csv: {rules.survey_year},{question},<code>,<label>,<role>,<source> for each"
    if all(text.casefold() in labels for text in unknown):
        what = "labels stand where codes are expected"
        step = "ask for the export with codes, or add source_codes.csv rows " + (
            f"{rules.survey_year},{rule.file_kind},{target},<label>,<code>,<source>"
        )
    elif len(unknown) * 2 > n_distinct and all(not code_text(text).isdigit() for text in unknown):
        shape = "dates" if all(re.fullmatch(r"\d{4}-\d\d-\d\d.*", text) for text in unknown) else "text or decimals"
        what = f"the column changed its type: {shape} where option codes are expected, {shown_codes(unknown)}"
        step = "ask the supplier for the column as option codes; a spreadsheet may have changed them"
    return Problem(RefusalKind.UNKNOWN_CODE, what, mapped.file.name, column, count, step)
