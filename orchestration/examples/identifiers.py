"""Things that must never leave the raw area, put into the raw files so that tests can look for them.

Belongs here: NHS numbers of the range kept for tests (999), comments with invented names, stated birth years. Does not
belong here: anything that a score is made of.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.examples import assumptions as a
from orchestration.examples.draws import Ints

# What a search of lake, results, reports, logs and releases must not find. Telephone numbers are of the range kept for
# drama, the postcode of the range that no place has.
PLANTED_IDENTIFIERS = (
    "Petronella Quillfeather",
    "Barnaby Thistlewhistle",
    "Ottoline Wobbleworth",
    "07700 900461",
    "020 7946 0372",
    "ZZ99 3VZ",
    "999 021 3347",
)
_COMMENTS = (
    "Nurse Petronella Quillfeather was wonderful, thank you to all on the ward.",
    "Dr Barnaby Thistlewhistle explained everything twice. I could not ask for more.",
    'They said "two weeks", it was seven. Please ring me: 07700 900461.',
    "My sister, Ottoline Wobbleworth, filled this in for me. Her number is 020 7946 0372",
    "We live at ZZ99 3VZ, too far to come by bus for ten minutes.",
    "My NHS number is 999 021 3347, please check what you hold about me.",
    "Parking, parking, parking.\nThe care itself was excellent.",
)


def draw_nhs_numbers(rng: np.random.Generator, count: int) -> pa.Array:
    """Distinct NHS numbers 999xxxxxxC with a right check digit, one in three written with spaces; (count,) text."""
    spare = 1_000_000
    if count > spare * 10 // 12:
        raise ValueError(f"the range of test NHS numbers ends before {count:,} persons")
    # A full cycle through the range (odd multiplier not divisible by 5): distinct, in no visible order.
    start, candidates = int(rng.integers(0, spare)), np.arange(count * 12 // 10 + 50)
    middle = (start + candidates * 387_421) % spare
    digits = [9, 9, 9, *((middle // 10**power) % 10 for power in range(5, -1, -1))]
    check = 11 - sum((10 - position) * digit for position, digit in enumerate(digits)) % 11
    valid = np.flatnonzero(check != 10)[:count]
    number = 9_990_000_000 + middle[valid] * 10 + check[valid] % 11
    plain = pc.cast(pa.array(number), pa.string())
    parts = [pc.utf8_slice_codeunits(plain, begin, end) for begin, end in ((0, 3), (3, 6), (6, 10))]
    return pc.if_else(pa.array(rng.random(count) < 1 / 3), pc.binary_join_element_wise(*parts, " "), plain)


def draw_stated_birth_years(rng: np.random.Generator, birth_year: Ints) -> pa.Array:
    """Year of birth as answered: right for most, empty for some, absurd for a few; (n,) whole numbers."""
    luck = rng.random(len(birth_year))
    stated = np.where(luck < 0.0005, 1066 + rng.integers(0, 900, len(birth_year)), birth_year)
    return pa.array(stated, mask=luck > 1 - a.MISSING_ANSWER_SHARE)


def draw_comments(rng: np.random.Generator, n_rows: int, writers: Ints) -> pa.Array:
    """Comments of a few of the `writers` (row indices), every planted identifier once at least; (n_rows,) text."""
    count = min(len(writers), max(len(_COMMENTS), round(a.COMMENT_SHARE * n_rows)))
    which = np.full(n_rows, -1, dtype=np.int64)
    which[rng.permutation(writers)[:count]] = np.arange(count) % len(_COMMENTS)
    return pa.array(_COMMENTS).take(pa.array(np.maximum(which, 0), mask=which < 0))
