"""Corrections as data: registered repairs of single values of a return (`corrections.csv`).

Each must match at least one row and find there the value it expects to be wrong; when the supplier repairs the file,
the correction fails loudly instead of spoiling good data. Intake applies every correction of the year and lists it in
the receipt; whether one has expired is for the gate, by the decision's own date. A row is named by other columns, or by
the respondent key where the match column is the record number: no record number is in the registry.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pyarrow as pa

from orchestration.errors import ExitCode
from orchestration.intake.files.source import Labels, Mask, code_text, text_values
from orchestration.intake.landing.receipt import AppliedCorrection
from orchestration.intake.mapping.codes import normal_record_numbers
from orchestration.intake.mapping.columns import MappedFile
from orchestration.intake.refusal import Problem
from orchestration.registry import Correction

# Respondent keys of record numbers.
HashNumbers = Callable[[Sequence[str]], list[str]]


def apply_corrections(
    files: Sequence[MappedFile],
    corrections: Sequence[Correction],
    hash_numbers: HashNumbers,
    problems: list[Problem],
) -> tuple[list[MappedFile], list[AppliedCorrection]]:
    """Files with the corrections of the year applied, and what was applied; misfits are added to `problems`."""
    corrected = list(files)
    applied = []
    for correction in corrections:
        rows = 0
        for position, mapped in enumerate(corrected):
            if mapped.holds(correction.file_kind):
                corrected[position], found = _apply(mapped, correction, hash_numbers, problems)
                rows += found
        if not rows:
            problems.append(_problem(correction, "matches no row"))
        expires_on = correction.expires_on.isoformat()
        applied.append(AppliedCorrection(correction_id=correction.correction_id, rows=rows, expires_on=expires_on))
    return corrected, applied


def _apply(
    mapped: MappedFile, correction: Correction, hash_numbers: HashNumbers, problems: list[Problem]
) -> tuple[MappedFile, int]:
    targets = {column.source_column: target for target, column in mapped.registered.items()}
    target, match = targets.get(correction.source_column), targets.get(correction.match_column)
    if target is None or match is None or mapped.registered[target].disposition == "key":
        problems.append(_problem(correction, "names a column that is not in the file or is not read", mapped))
        return mapped, 0
    where = _matching_rows(mapped, match, correction, hash_numbers)
    n_rows = int(np.count_nonzero(where))
    values = text_values(mapped.column(target))
    wrong = where & ~_equal(values, correction.expected_value)
    if wrong.any():
        what = f"expects another value than {np.count_nonzero(wrong):,} of its rows hold"
        problems.append(_problem(correction, what, mapped))
        return mapped, n_rows
    values = values.copy()
    values[where] = correction.corrected_value
    columns = {**mapped.columns, target: pa.array(values, pa.string()).dictionary_encode()}
    return replace(mapped, columns=columns), n_rows


def _matching_rows(mapped: MappedFile, match: str, correction: Correction, hash_numbers: HashNumbers) -> Mask:
    if match != "record_number":
        return _equal(text_values(mapped.column(match)), correction.match_value)
    numbers = normal_record_numbers(mapped.column(match))
    texts = numbers.dictionary.to_pylist()
    hashed = hash_numbers([text or "" for text in texts])
    wanted = {text for text, key in zip(texts, hashed, strict=True) if key == correction.match_value}
    return np.isin(text_values(numbers).astype(str), list(wanted)) if wanted else np.zeros(mapped.n_rows, bool)


def _equal(values: Labels, expected: str) -> Mask:
    wanted = code_text(expected)
    return np.asarray([value is not None and code_text(value) == wanted for value in values], bool)


def _problem(correction: Correction, what: str, mapped: MappedFile | None = None) -> Problem:
    return Problem(
        ExitCode.WRONG_CORRECTION,
        f"correction {correction.correction_id} of {correction.owner} {what}",
        mapped.name if mapped else None,
        correction.source_column,
        next_step="the supplier may have repaired the file: remove the row from corrections.csv, or correct it",
    )
