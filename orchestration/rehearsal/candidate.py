"""Printed figures of a candidate, read from its release files.

Belongs here: the rows of `pub_question_scores` that published results can be held against. Does not belong here: the
comparison (compare.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.errors import ExitCode, ProgramError
from orchestration.rehearsal.published import LEVELS, CellKey

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "pub_question_scores"
BASE_KIND = "all_answers"
GROUP_KINDS = ("all", "tumour_group")
COLUMNS = (
    "survey_year",
    "level",
    "organisation_code",
    "group_kind",
    "group_code",
    "question_id",
    "base_kind",
    "status",
    "n_base",
    "score_printed",
    "ci_lower_printed",
    "ci_upper_printed",
)


class ComparisonError(ProgramError):
    """The candidate's files cannot be read; the message names folder, file or column, and the next step."""

    exit_code = ExitCode.DIFFERENT


@dataclass(frozen=True, slots=True)
class CandidateCell:
    """What the candidate gives in a cell: percent or rating points in whole hundredths. None: an empty field."""

    n_base: int | None
    score: int | None
    ci_lower: int | None
    ci_upper: int | None


# A cell that the candidate's table does not have.
NO_ROW = CandidateCell(None, None, None, None)


def read_candidate(candidate_files: Path, survey_year: int) -> dict[CellKey, CandidateCell]:
    """Cells of `pub_question_scores` of a survey year: all patients and tumour groups of trusts and of the nation.

    `candidate_files` is the file itself or a folder that holds it, Parquet before CSV. A figure counts only in a row
    whose status is `published`. Raises ComparisonError where the file, a column or every row of the year is missing.
    """
    rows = _read_rows(_find_file(candidate_files), survey_year)
    cells: dict[CellKey, CandidateCell] = {}
    names = ("level", "organisation_code", "group_code", "question_id", "status", "n_base")
    figures = ("score_printed", "ci_lower_printed", "ci_upper_printed")
    columns = [rows.column(name).to_pylist() for name in (*names, *figures)]
    for level, organisation_code, group_code, question_id, status, n_base, *printed in zip(*columns, strict=True):
        shown = [None if value is None or status != "published" else round(float(value) * 100) for value in printed]
        key = CellKey(level, organisation_code, group_code, question_id)
        cells[key] = CandidateCell(None if n_base is None else int(n_base), *shown)
    return cells


def _find_file(candidate_files: Path) -> Path:
    if candidate_files.is_file():
        return candidate_files
    for suffix in ("parquet", "csv"):
        found = sorted(candidate_files.rglob(f"*{TABLE}*.{suffix}"))
        if len(found) > 1:
            raise ComparisonError(
                f"{candidate_files} holds {len(found)} files of {TABLE} ({', '.join(path.name for path in found)}). "
                "Name the one to compare."
            )
        if found:
            return found[0]
    raise ComparisonError(f"{candidate_files} holds no {TABLE} as Parquet or CSV. Load the reconstructed return first.")


def _read_rows(path: Path, survey_year: int) -> pa.Table:
    """The rows that can be compared."""
    import pyarrow.compute as pc
    from pyarrow import csv, parquet

    table = parquet.read_table(path) if path.suffix == ".parquet" else csv.read_csv(path)
    missing = [name for name in COLUMNS if name not in table.column_names]
    if missing:
        raise ComparisonError(f"{path.name}: column {', '.join(missing)} is missing. Build the candidate again.")
    rows = table.select(COLUMNS).filter(
        (pc.field("survey_year") == survey_year)
        & (pc.field("base_kind") == BASE_KIND)
        & pc.field("level").isin(list(LEVELS.values()))
        & pc.field("group_kind").isin(GROUP_KINDS)
    )
    if not rows.num_rows:
        raise ComparisonError(
            f"{path.name}: no row of survey year {survey_year}, base {BASE_KIND}, by trust. "
            "Check that this is the candidate of the reconstructed return."
        )
    return rows
