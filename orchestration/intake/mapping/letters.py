"""Letters that were damaged on their way: read in another encoding than they were written in, once or twice.

They are counted for every column. In the names of organisations, which are published, they refuse the return; elsewhere
they are named in the receipt, and no letter is repaired: what it was would be a guess. Codes that hold one are unknown
codes and refuse by themselves.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.errors import ExitCode
from orchestration.intake.files.source import text_counts
from orchestration.intake.mapping.columns import MappedFile
from orchestration.intake.refusal import Problem, shown_name

_PUBLISHED = "organisation_name"
# The second byte of a letter of UTF-8, as the letters of Windows (cp1252) or of Latin-1 show it.
_SECOND = "\u0080-\u00bfŒœŠšŸŽžƒˆ˜–—‘’‚“”„†‡•…‰‹›€™"  # noqa: RUF001 - quotes and dashes of cp1252
_ENCODED_TWICE = "letters encoded twice"
# Encodings as which programs read UTF-8 by mistake: those of Windows, of a Mac and of DOS.
_READ_AS = ("cp1252", "latin-1", "mac_roman", "cp850", "cp437")
_DAMAGE = {
    "replacement characters (U+FFFD)": re.compile("\ufffd"),
    _ENCODED_TWICE: re.compile(f"[\u00c2-\u00c5][{_SECOND} ]|\u00e2[\u0080\u20ac\u201a][{_SECOND}]|\u00c2$"),
    # A capital or a mark of cp1252 behind a small letter is where a Mac wrote é, ’ or ü.
    "letters of a Mac (MacRoman) read as Windows": re.compile("[a-z][ÕÔÒÓÐÑŽŸŠˆ‰†‡„](?=[a-z]|\\b|$)|[A-Z]Õ[Ss]\\b"),
    "control characters": re.compile("[\u0080-\u009f]"),
}


def note_damaged_letters(mapped: MappedFile, problems: list[Problem]) -> MappedFile:
    """The file with a note for each column of damaged letters; those in names that are published go to `problems`."""
    published = mapped.columns.get(_PUBLISHED)
    notes = []
    for name, texts in zip(mapped.source.names, mapped.source.columns, strict=True):
        for damage, count in count_damaged(texts).items():
            if texts is published:
                what = f"names that are published hold {damage}"
                step = "ask the supplier for the file in UTF-8, exported once and not opened in between"
                problems.append(Problem(ExitCode.UNREADABLE_FILE, what, mapped.name, name, count, step))
            else:
                notes.append(f"column {shown_name(name)}: {count:,} cells with {damage}")
    if not notes:
        return mapped
    written = mapped.source.format
    return replace(mapped, source=replace(mapped.source, format=replace(written, notes=(*written.notes, *notes))))


def count_damaged(column: pa.DictionaryArray) -> dict[str, int]:
    """Cells of a column with damaged letters, by kind of damage; a cell counts once, by the first kind."""
    texts = column.dictionary
    is_ascii = pc.fill_null(pc.string_is_ascii(texts), True)
    if pc.all(is_ascii).as_py() is not False:
        return {}
    odd = [position for position, plain in enumerate(is_ascii.to_pylist()) if not plain]
    kinds = {position: kind for position in odd if (kind := _kind_of_damage(texts[position].as_py()))}
    if not kinds:
        return {}
    found: Counter[str] = Counter()
    for position, (_, count) in enumerate(text_counts(column)):
        if count and position in kinds:
            found[kinds[position]] += count
    return dict(found)


def _kind_of_damage(text: str) -> str | None:
    if kind := next((kind for kind, pattern in _DAMAGE.items() if pattern.search(text)), None):
        return kind
    return _ENCODED_TWICE if any(_is_utf8_in(text, encoding) for encoding in _READ_AS) else None


def _is_utf8_in(text: str, encoding: str) -> bool:
    """Whether the bytes of a text in an encoding are UTF-8, which they are by accident only in the rarest cases."""
    try:
        return text.encode(encoding).decode("utf-8") != text
    except UnicodeError:
        return False
