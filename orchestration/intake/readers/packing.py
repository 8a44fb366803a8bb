"""Collecting a long column batch by batch in bounded memory: two bytes a row, every text held once.

A column with very many texts (record numbers) is kept as Arrow batches, whose dictionaries are joined at the end.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

_FEW_TEXTS = 1 << 12


class ColumnPacker:
    """Collects the batches of one text column."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] | None = {}
        self._codes: list[np.ndarray] = []
        self._batches: list[pa.DictionaryArray] = []

    def add(self, column: pa.DictionaryArray) -> None:
        """Append a batch."""
        if self._numbers is not None and len(self._numbers) + len(column.dictionary) <= _FEW_TEXTS:
            self._codes.append(self._encode(column, self._numbers))
            return
        if self._codes:
            self._batches.append(self._join_codes(pa.int32()))
        self._numbers = None
        self._batches.append(column)

    def finish(self) -> pa.DictionaryArray:
        """The whole column."""
        if self._numbers is not None:
            return self._join_codes(pa.int16())
        whole = pa.chunked_array(self._batches).unify_dictionaries().combine_chunks()
        self._batches.clear()
        return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole

    @staticmethod
    def _encode(column: pa.DictionaryArray, numbers: dict[str, int]) -> np.ndarray:
        texts = column.dictionary.to_pylist()
        # The last entry stands for null.
        lookup = np.full(len(texts) + 1, -1, np.int16)
        for position, text in enumerate(texts):
            if text is not None:
                lookup[position] = numbers.setdefault(text, len(numbers))
        return np.asarray(lookup[column.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)])

    def _join_codes(self, width: pa.DataType) -> pa.DictionaryArray:
        """What was collected as codes, with indices of a width."""
        joined = np.concatenate(self._codes) if self._codes else np.zeros(0, np.int16)
        self._codes.clear()
        indices = pa.array(joined, mask=joined < 0).cast(width)
        return pa.DictionaryArray.from_arrays(indices, pa.array(list(self._numbers or ()), pa.string()))
