"""In which encoding a delimited file is, and a file of UTF-8 with bytes that are none.

A file is UTF-8 where most of its letters are: one byte of another encoding, pasted in or damaged, does not turn all
the others into that encoding. Such a byte becomes U+FFFD, which is counted where it stands (`mapping.letters`).
"""

from __future__ import annotations

import codecs
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.intake.refusal import UnreadableFile

_BLOCK_BYTES = 1 << 20
# What `surrogateescape` makes of a byte that is no UTF-8.
_NO_UTF8 = re.compile("[\udc80-\udcff]")
_LETTER = re.compile("[^\x00-\x7f\udc80-\udcff]")


@dataclass(frozen=True)
class Encoding:
    """An encoding by its name, and how many bytes of the file are no text in it."""

    name: str
    damaged_bytes: int = 0


def binary_file() -> UnreadableFile:
    """The refusal of a file that holds zeros."""
    step = "ask the supplier for one of the accepted formats"
    return UnreadableFile("the file is binary, not delimited text", next_step=step)


def find_encoding(path: Path, sample: bytes) -> Encoding:
    """Encoding by mark, by zeros, or by the letters of the whole file: UTF-8 as long as most of them are, else cp1252.

    Raises:
        UnreadableFile: the file is binary.
    """
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return Encoding("utf-16")
    start = sample[:4096]
    if start.count(0) * 3 > len(start):
        return Encoding("utf-16-le" if sample[1:2] == b"\x00" else "utf-16-be")
    letters, damaged = _count_letters(path)
    if damaged > letters:
        return Encoding("cp1252")
    return Encoding("utf-8", damaged)


def _count_letters(path: Path) -> tuple[int, int]:
    """Letters beyond ASCII that are UTF-8, and bytes that are none."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="surrogateescape")
    letters = damaged = 0
    with path.open("rb") as stream:
        last = False
        while not last:
            block = stream.read(_BLOCK_BYTES)
            last = not block
            if b"\0" in block:
                raise binary_file()
            if block.isascii() and not last and not decoder.getstate()[0]:
                continue
            text = decoder.decode(block, final=last)
            letters += len(_LETTER.findall(text))
            damaged += len(_NO_UTF8.findall(text))
    return letters, damaged


class RepairedStream(io.RawIOBase):
    """A file as UTF-8 in which every byte that is none is U+FFFD."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("rb")
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._buffer = b""
        self._has_ended = False

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, room: Any) -> int:
        """Fill a buffer; 0 at the end."""
        while not self._buffer and not self._has_ended:
            block = self._stream.read(_BLOCK_BYTES)
            self._has_ended = not block
            self._buffer = self._decoder.decode(block, final=self._has_ended).encode()
        count = min(len(room), len(self._buffer))
        room[:count] = self._buffer[:count]
        self._buffer = self._buffer[count:]
        return count

    def close(self) -> None:
        """Close the file."""
        self._stream.close()
        super().close()
