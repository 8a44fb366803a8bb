"""Collecting a long column batch by batch in bounded memory: a byte or two a row, every text held once.

A column with very many texts (record numbers) is kept as Arrow batches, whose texts are joined at the end.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

_FEW_TEXTS = 1 << 12
_BYTE_TEXTS = 1 << 7
_FIRST_ROWS = 1 << 12
# Texts up to this long are compared as bytes of one width; longer ones are not numbers of a record.
_SHORT_TEXT = 16


class ColumnPacker:
    """Collects the batches of one text column.

    `most_rows` is how many rows there can be at most. Room for them is asked for at once, which costs address space and
    no memory; without it the room doubles as it fills, and while it is copied there are two.
    """

    def __init__(self, most_rows: int = 0) -> None:
        self._numbers: dict[str, int] | None = {}
        self._codes: np.ndarray = np.empty(most_rows or _FIRST_ROWS, np.int8)
        self._n_rows = 0
        self._batches: list[pa.DictionaryArray] = []

    def add(self, column: pa.DictionaryArray) -> None:
        """Append a batch."""
        if self._numbers is not None and len(self._numbers) + len(column.dictionary) <= _FEW_TEXTS:
            self._append(self._encode(column, self._numbers))
            return
        if self._n_rows:
            self._batches.append(self._finish_codes(pa.int32()))
        self._numbers = None
        self._codes = np.empty(0, np.int8)
        self._batches.append(column)

    def finish(self) -> pa.DictionaryArray:
        """The whole column."""
        if self._numbers is not None:
            return self._finish_codes()
        if distinct := _join_distinct(self._batches):
            self._batches.clear()
            return distinct
        whole = pa.chunked_array(self._batches).unify_dictionaries().combine_chunks()
        self._batches.clear()
        return whole.chunk(0) if isinstance(whole, pa.ChunkedArray) else whole

    @staticmethod
    def _encode(column: pa.DictionaryArray, numbers: dict[str, int]) -> np.ndarray:
        texts = column.dictionary.to_pylist()
        # The last entry is that of null.
        lookup = np.full(len(texts) + 1, -1, np.int16)
        for position, text in enumerate(texts):
            if text is not None:
                lookup[position] = numbers.setdefault(text, len(numbers))
        return np.asarray(lookup[column.indices.fill_null(len(texts)).to_numpy(zero_copy_only=False)])

    def _append(self, codes: np.ndarray) -> None:
        end = self._n_rows + len(codes)
        # A lookup gives null the number behind the last text, so that one must fit into the byte as well.
        is_wide = self._codes.dtype == np.int16 or len(self._numbers or ()) >= _BYTE_TEXTS
        if end > len(self._codes) or (is_wide and self._codes.dtype == np.int8):
            room = np.empty(max(end, len(self._codes), 2 * self._n_rows), np.int16 if is_wide else np.int8)
            room[: self._n_rows] = self._codes[: self._n_rows]
            self._codes = room
        self._codes[self._n_rows : end] = codes
        self._n_rows = end

    def _finish_codes(self, width: pa.DataType | None = None) -> pa.DictionaryArray:
        """What was collected as codes, with indices of a width (default: as narrow as they were kept)."""
        codes = self._codes[: self._n_rows]
        indices = pa.array(codes, mask=codes < 0)
        if width is not None:
            indices = indices.cast(width)
        return pa.DictionaryArray.from_arrays(indices, pa.array(list(self._numbers or ()), pa.string()))


def _join_distinct(batches: list[pa.DictionaryArray]) -> pa.DictionaryArray | None:
    """Batches whose rows all differ (record numbers), joined without a table of hashes; None where they do not.

    Such a table takes several times the memory of the column. Here the texts are sorted as bytes of one width.
    """
    if any(batch.null_count or len(batch.dictionary) != len(batch) for batch in batches):
        return None
    texts = pa.concat_arrays([batch.dictionary.take(batch.indices) for batch in batches])
    ordered = _short_bytes(texts)
    if ordered is None:
        return None
    ordered.sort()
    if (ordered[1:] == ordered[:-1]).any():
        return None
    return pa.DictionaryArray.from_arrays(pa.array(np.arange(len(texts), dtype=np.int32)), texts)


def _short_bytes(texts: pa.StringArray) -> np.ndarray | None:
    """Texts as bytes of one width, filled up with zeros; None where there is none, a null or a long one."""
    if texts.null_count or not len(texts):
        return None
    # The layout of an Arrow string array: validity, offsets, bytes.
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[: len(texts) + 1]
    content = np.frombuffer(texts.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]
    lengths = np.diff(offsets)
    width, narrowest = int(lengths.max()), int(lengths.min())
    if not 0 < width <= _SHORT_TEXT:
        return None
    if narrowest == width:
        return content.copy().view(f"S{width}")
    padded = np.zeros((len(texts), width), np.uint8)
    padded[np.arange(width) < lengths[:, None]] = content
    return padded.reshape(-1).view(f"S{width}")
