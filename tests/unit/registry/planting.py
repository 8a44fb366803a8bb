"""Edits of a copy of the seeds."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orchestration.settings import PROJECT_ROOT

SEED_FOLDER = PROJECT_ROOT / "dbt_project" / "seeds"

Rows = list[dict[str, str]]
Edit = Callable[[Rows], Any]


def read_rows(folder: Path, seed: str) -> tuple[list[str], Rows]:
    with (folder / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        return list(reader.fieldnames or []), rows


def change(folder: Path, seed: str, edit: Edit) -> None:
    header, rows = read_rows(folder, seed)
    edit(rows)
    with (folder / f"{seed}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def set_cell(column: str, value: str, **where: str) -> Edit:
    def edit(rows: Rows) -> None:
        found = [row for row in rows if all(row[name] == wanted for name, wanted in where.items())]
        assert found, where
        found[0][column] = value

    return edit


def remove(**where: str) -> Edit:
    def edit(rows: Rows) -> None:
        kept = [row for row in rows if any(row[name] != wanted for name, wanted in where.items())]
        assert len(kept) < len(rows), where
        rows[:] = kept

    return edit


def append(**cells: str) -> Edit:
    return lambda rows: rows.append(cells)
