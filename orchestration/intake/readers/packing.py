"""Collecting a long column batch by batch in bounded memory: two bytes a row, every text held once."""

from __future__ import annotations

import numpy as np
import pyarrow as pa


class ColumnPacker:
    """Collects batches of a text column; codes take two bytes a row, and texts are held once."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._parts: list[np.ndarray] = []

    def add(self, column: pa.DictionaryArray) -> None:
        """Append a batch."""
        texts = column.dictionary.to_pylist()
        lookup = np.fromiter(
            (-1 if text is None else self._numbers.setdefault(text, len(self._numbers)) for text in texts),
            np.int32,
            len(texts),
        )
        indices = column.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        part = np.where(indices < 0, -1, lookup[indices] if len(lookup) else -1)
        self._parts.append(part.astype(np.int16 if len(self._numbers) < 2**15 else np.int32))

    def finish(self) -> pa.DictionaryArray:
        """The whole column; indices are as narrow as its number of texts allows."""
        joined = np.concatenate(self._parts) if self._parts else np.zeros(0, np.int16)
        self._parts.clear()
        return pa.DictionaryArray.from_arrays(
            pa.array(joined, mask=joined < 0), pa.array(list(self._numbers), pa.string())
        )
