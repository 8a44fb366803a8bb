"""XLS workbooks of before 2007: errors and formulas in their records, which the reader of values leaves out.

An XLS file is a compound file ([MS-CFB]): sectors of which tables say how they follow one another, with a stream named
`Workbook` of records ([MS-XLS]): type, length, content.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterator
from pathlib import Path

from orchestration.intake.refusal import UnreadableFile

_END = 0xFFFFFFFA  # this and above are marks, not sectors
_FORMULA, _BOOLERR = 0x0006, 0x0205
_ENTRY = 128


def count_old_cells(path: Path) -> tuple[int, int, int]:
    """Formulas, formulas never computed (which such a file cannot have) and error values.

    Raises:
        UnreadableFile: the compound file is damaged or holds no workbook.
    """
    try:
        return _count(_read_workbook_stream(path.read_bytes()))
    except (struct.error, IndexError, KeyError, ValueError) as error:
        step = "ask the supplier to save the workbook again, or as CSV"
        raise UnreadableFile("the file is damaged or is not a workbook", next_step=step) from error


def _count(stream: bytes) -> tuple[int, int, int]:
    formulas = errors = 0
    for kind, content in _records(stream):
        if kind == _FORMULA:
            formulas += 1
            # The value: a number, unless its last two bytes say otherwise; then its first byte says what (2: error).
            errors += content[12:14] == b"\xff\xff" and content[6] == 2
        elif kind == _BOOLERR:
            errors += content[7] == 1
    return formulas, 0, errors


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    position = 0
    while position + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, position)
        yield kind, stream[position + 4 : position + 4 + length]
        position += 4 + length


def _read_workbook_stream(content: bytes) -> bytes:
    """The stream of the workbook, put together from its sectors."""
    size = 1 << struct.unpack_from("<H", content, 30)[0]
    n_fat, first_of_directory = struct.unpack_from("<I", content, 44)[0], struct.unpack_from("<I", content, 48)[0]
    shortest, first_of_short = struct.unpack_from("<I", content, 56)[0], struct.unpack_from("<I", content, 60)[0]

    def sector(number: int) -> bytes:
        # The header takes the place of one sector.
        return content[(number + 1) * size : (number + 2) * size]

    table = [entry for number in _table_sectors(content, n_fat, sector) for entry in _numbers(sector(number))]
    directory = b"".join(sector(number) for number in _chain(table, first_of_directory))
    entries = [directory[start : start + _ENTRY] for start in range(0, len(directory), _ENTRY)]
    named = {_name_of(entry): entry for entry in entries}
    found = named.get("Workbook") or named["Book"]
    first, length = struct.unpack_from("<I", found, 116)[0], struct.unpack_from("<I", found, 120)[0]
    if length >= shortest:
        return b"".join(sector(number) for number in _chain(table, first))[:length]
    # A short stream lies in sectors of 64 bytes within the stream of the root entry.
    short_table = [entry for number in _chain(table, first_of_short) for entry in _numbers(sector(number))]
    root = b"".join(sector(number) for number in _chain(table, struct.unpack_from("<I", entries[0], 116)[0]))
    return b"".join(root[number * 64 : (number + 1) * 64] for number in _chain(short_table, first))[:length]


def _table_sectors(content: bytes, count: int, sector: Callable[[int], bytes]) -> list[int]:
    """Sectors of the table of sectors: 109 are named in the header, the others in sectors chained from there."""
    numbers = _numbers(content[76:512])
    following = struct.unpack_from("<I", content, 68)[0]
    while following < _END and len(numbers) < count:
        *more, following = _numbers(sector(following))
        numbers += more
    return [number for number in numbers[:count] if number < _END]


def _chain(table: list[int], first: int) -> Iterator[int]:
    """Sectors that follow one another from a first one; a chain that bites its tail is damage."""
    seen = 0
    while first < _END:
        yield first
        first, seen = table[first], seen + 1
        if seen > len(table):
            raise ValueError("the sectors of a stream run in a circle")


def _numbers(sector: bytes) -> list[int]:
    return list(struct.unpack(f"<{len(sector) // 4}I", sector[: len(sector) // 4 * 4]))


def _name_of(entry: bytes) -> str:
    length = struct.unpack_from("<H", entry, 64)[0]
    return entry[: max(0, length - 2)].decode("utf-16-le", errors="replace")
