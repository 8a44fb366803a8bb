"""Each class of fault from the field changes the columns it says and nothing else, twice the same."""

from __future__ import annotations

import pytest

from tests.mutation.fault_class import FaultClass, register
from tests.mutation.fault_classes import CLASSES

from .changes import COLUMNS, FIELD, KINDS, ROWS, Spoil, changed_cells, is_same

EVERY_SIZE = [(name, size) for name, fault_class in FIELD.items() for size in fault_class.sizes]


def test_every_class_from_the_field_is_described_and_tested_here() -> None:
    assert sorted(FIELD) == sorted([*COLUMNS, *ROWS])
    for fault_class in FIELD.values():
        assert fault_class.title and fault_class.harm and fault_class.of, fault_class.name
        assert fault_class.sizes == tuple(sorted(fault_class.sizes, reverse=True)), fault_class.name
        assert all(0 < size <= 1 for size in fault_class.sizes), fault_class.name


def test_a_name_is_registered_once() -> None:
    taken = next(iter(CLASSES.values()))
    with pytest.raises(ValueError, match=taken.name):
        register(FaultClass(taken.name, taken.plant))


@pytest.mark.parametrize(("name", "size"), EVERY_SIZE)
def test_the_same_fault_twice_is_the_same(spoil: Spoil, name: str, size: float) -> None:
    (_, first), (_, second) = spoil(name, size), spoil(name, size, again=True)
    for kind in KINDS:
        assert is_same(getattr(first, kind), getattr(second, kind))
        assert not getattr(first, kind).isna().any(axis=None)  # a null would be written as an empty cell


@pytest.mark.parametrize(("name", "size"), EVERY_SIZE)
def test_last_year_and_unnamed_files_stay_as_they_were(spoil: Spoil, name: str, size: float) -> None:
    before, after = spoil(name, size)
    named = set(COLUMNS[name]) if name in COLUMNS else ROWS[name]
    for kind in KINDS:
        if kind not in named:
            assert is_same(getattr(after, kind), getattr(before, kind))
    for now, then in zip(after.last_year, before.last_year, strict=True):
        assert is_same(now, then)


@pytest.mark.parametrize(("name", "size"), [pair for pair in EVERY_SIZE if pair[0] in COLUMNS])
def test_only_cells_of_the_named_columns_change(spoil: Spoil, name: str, size: float) -> None:
    before, after = spoil(name, size)
    for kind, columns in COLUMNS[name].items():
        changed = changed_cells(getattr(before, kind), getattr(after, kind)).any()
        assert set(changed.index[changed]) <= columns
        assert changed.any()


@pytest.mark.parametrize("name", [name for name in COLUMNS if len(FIELD[name].sizes) > 1])
def test_a_smaller_size_spoils_fewer_cells(spoil: Spoil, name: str) -> None:
    spoiled = []
    for size in FIELD[name].sizes:
        before, after = spoil(name, size)
        changed = [changed_cells(getattr(before, kind), getattr(after, kind)) for kind in COLUMNS[name]]
        spoiled.append(sum(int(cells.to_numpy().sum()) for cells in changed))
    assert spoiled == sorted(spoiled, reverse=True)
    assert spoiled[-1] < spoiled[0]
