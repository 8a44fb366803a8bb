"""Rows by a key, made once a registry: its lookups are asked some thousand times in a load."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Protocol, TypeVar


class _Yearly(Protocol):
    @property
    def survey_year(self) -> int: ...


Row = TypeVar("Row")
Key = TypeVar("Key", bound=Hashable)
YearlyRow = TypeVar("YearlyRow", bound=_Yearly)


def grouped(found: Iterable[Row], key_of: Callable[[Row], Key]) -> dict[Key, tuple[Row, ...]]:
    """Rows by key, each group in the order of the rows."""
    groups: dict[Key, list[Row]] = {}
    for row in found:
        groups.setdefault(key_of(row), []).append(row)
    return {key: tuple(group) for key, group in groups.items()}


def by_year(found: Iterable[YearlyRow]) -> dict[int, tuple[YearlyRow, ...]]:
    """Rows by survey year."""
    return grouped(found, lambda row: row.survey_year)
