"""The codebook of a year: what the supplier's columns ask and what their codes mean, as a file beside the data.

A row a column and code: COLUMN, QUESTION_TEXT, OPTION_CODE, OPTION_LABEL; the text may stand on the first row of a
column only, and a column without codes has one row. SPSS and Stata files carry the same within themselves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from orchestration.intake.files.header import HeaderHint, normal_name
from orchestration.intake.files.open import read_file
from orchestration.intake.files.source import SourceTable
from orchestration.intake.mapping.codes import text_values
from orchestration.intake.refusal import RefusalKind, UnreadableFile
from orchestration.intake.rules import code_text
from orchestration.settings import IntakeLimits

COLUMNS = ("COLUMN", "QUESTION_TEXT", "OPTION_CODE", "OPTION_LABEL")


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
    """Read a codebook file.

    Raises:
        UnreadableFile: not readable, or without the four columns.
    """
    table = read_file(path, limits, HeaderHint(frozenset(COLUMNS)), workdir)
    names = [normal_name(name) for name in table.names]
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        step = f"a codebook has the columns {', '.join(COLUMNS)}"
        what = f"the codebook lacks {', '.join(missing)}"
        raise UnreadableFile(what, kind=RefusalKind.STRUCTURE, next_step=step)
    cells = [text_values(table.columns[names.index(name)]) for name in COLUMNS]
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
