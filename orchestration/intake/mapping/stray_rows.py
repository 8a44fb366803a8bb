"""Rows among the people that are none: the header again, or rows in which a survey platform describes its columns.

Each of their cells would be an unknown code, so they are told as rows, in one sentence. Does not belong here: rows
above the header, which a reader refuses (`files.source`).
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow.compute as pc

from orchestration.errors import ExitCode
from orchestration.intake.files.source import row_indices
from orchestration.intake.mapping.columns import MappedFile
from orchestration.intake.refusal import Problem

# A row is a header from this share of its cells on, as platforms leave cells of theirs empty.
_ENOUGH = 0.5
# Platforms write the texts of the questions and their own names for them below the header.
_DESCRIBED_ROWS = 3
_DESCRIPTION = re.compile(r'\{\s*"?ImportId.*|.*[A-Za-z]{2,}.* .*[A-Za-z]{2,}.*', re.DOTALL)
_MOST_NAMED = 6


def find_stray_rows(mapped: MappedFile) -> Problem | None:
    """The problem of rows that repeat or describe the header of a mapped file, or None."""
    again = _rows_of_names(mapped)
    described = [row for row in _rows_of_texts(mapped) if row not in again]
    if not again and not described:
        return None
    numbers = mapped.source.row_numbers()
    parts = []
    if again:
        parts.append(f"the header stands again in {_named([int(numbers[row]) for row in again])}")
    if described:
        rows = _named([int(numbers[row]) for row in described])
        parts.append(f"{rows}: texts or marks of a survey platform instead of a person")
    what, step = " and ".join(parts), "delete these rows, or ask the supplier for an export with one header"
    return Problem(ExitCode.WRONG_STRUCTURE, what, mapped.name, count=len(again) + len(described), next_step=step)


def _rows_of_names(mapped: MappedFile) -> list[int]:
    """Rows of which half the cells are the name of their column."""
    hits = np.zeros(mapped.n_rows, np.int32)
    for name, texts in zip(mapped.source.names, mapped.source.columns, strict=True):
        is_name = pc.fill_null(pc.equal(pc.utf8_lower(texts.dictionary), name.strip().lower()), False).to_pylist()
        if any(is_name):
            hits += np.asarray([*is_name, False])[row_indices(texts)]
    return _rows_with(hits, len(mapped.source.names))


def _rows_of_texts(mapped: MappedFile) -> list[int]:
    """Leading rows of which half the registered cells are texts where codes should be."""
    hits = np.zeros(min(mapped.n_rows, _DESCRIBED_ROWS), np.int32)
    for texts in mapped.columns.values():
        leading = texts[: len(hits)].to_pylist()
        hits += np.asarray([bool(text and _DESCRIPTION.fullmatch(text)) for text in leading], np.int32)
    return _rows_with(hits, len(mapped.columns))


def _rows_with(hits: np.ndarray, columns: int) -> list[int]:
    # Two cells at least: a table of one column has no header to tell from.
    return [int(row) for row in np.flatnonzero(hits >= max(2, _ENOUGH * columns))]


def _named(rows: list[int]) -> str:
    shown = ", ".join(f"{row:,}" for row in rows[:_MOST_NAMED])
    more = f" and {len(rows) - _MOST_NAMED:,} more" if len(rows) > _MOST_NAMED else ""
    return f"{'row' if len(rows) == 1 else 'rows'} {shown}{more}"
