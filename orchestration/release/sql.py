"""Quoting of values that DuckDB takes only as text in a statement, not as parameters (attach, comment, views)."""

from __future__ import annotations

from pathlib import Path


def literal(value: Path | str) -> str:
    """A text or path as an SQL literal."""
    return "'" + str(value).replace("'", "''") + "'"
