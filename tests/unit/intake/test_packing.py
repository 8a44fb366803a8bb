"""A column collected batch by batch is the column itself, in as few bytes as its texts allow."""

from __future__ import annotations

import pyarrow as pa
import pytest

from orchestration.intake.files.packing import ColumnPacker
from orchestration.intake.files.source import as_text, text_values

Cells = list[str | None]


def packed(batches: list[Cells], most_rows: int = 0) -> pa.DictionaryArray:
    packer = ColumnPacker(most_rows)
    for batch in batches:
        packer.add(as_text(pa.array(batch, pa.string())))
    return packer.finish()


@pytest.mark.parametrize("most_rows", [0, 1_000_000])
@pytest.mark.parametrize(
    ("n_texts", "width"), [(0, "int8"), (1, "int8"), (127, "int8"), (128, "int16"), (129, "int16"), (2_000, "int16")]
)
def test_few_texts_take_a_byte_or_two_a_row(n_texts: int, width: str, most_rows: int) -> None:
    batches: list[Cells] = [[str(text) for text in range(n_texts)], [None, *map(str, range(0, n_texts, 3))], [None]]
    column = packed(batches, most_rows)
    assert column.type.index_type == width
    assert column.to_pylist() == list(text_values(column)) == [cell for batch in batches for cell in batch]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda numbers: numbers,  # all differ, of one width
        lambda numbers: ["7", *numbers],  # of several widths
        lambda numbers: [*numbers, numbers[0]],  # one comes again
        lambda numbers: [*numbers, None],
        lambda numbers: [*numbers, "a text that is longer than any number of a record"],
        lambda numbers: [*numbers, "é" * 9],
    ],
)
def test_many_texts_are_each_held_once(spoil) -> None:  # type: ignore[no-untyped-def] - a change of a list
    numbers = spoil([str(10_000_000 + number) for number in range(12_000)])
    batches = [numbers[:5_000], numbers[5_000:5_003], numbers[5_003:]]
    column = packed(batches)
    assert column.to_pylist() == list(text_values(column)) == numbers
    texts = column.dictionary.to_pylist()
    assert len(texts) == len(set(texts)) == len({number for number in numbers if number is not None})


def test_few_texts_first_and_many_later() -> None:
    batches: list[Cells] = [["1", "2", None, "1"], [str(number) for number in range(6_000)]]
    assert packed(batches).to_pylist() == [*batches[0], *batches[1]]
