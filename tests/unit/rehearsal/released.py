"""A small release made from known counts, printed by an oracle of its own, as a published results file.

Belongs here: what the tests of the rehearsal share. The oracle uses decimals and fractions, the warehouse arrays.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[3]
SEEDS = REPOSITORY / "dbt_project" / "seeds"
THRESHOLD = 20
Z = Decimal("1.959963985")
HEADER = (
    *("level", "code", "year", "sex", "imd", "cancer", "question", "kind", "n", "score", "ci_lo", "ci_hi"),
    *("er_lo", "er_hi", "band", "change_1718", "change_all_years", "sig_subgroup"),
)
GROUPS = ("Brain and CNS", "Breast", "Colorectal", "Gynaecological", "Haematological", "Head and Neck", "Lung")
GROUPS += ("Other", "Prostate", "Sarcoma", "Skin", "Upper Gastro", "Urological")


@dataclass(frozen=True)
class Counts:
    """Answers of one cell: of a scored question n and positives, of the rating every answer."""

    n: int
    positives: int = 0
    ratings: tuple[int, ...] = ()


def half_up(value: Decimal | Fraction, decimals: int) -> Decimal:
    if isinstance(value, Fraction):
        value = Decimal(value.numerator) / Decimal(value.denominator)
    return value.quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)


def print_percentage(positives: int, n: int) -> Decimal:
    """Rounded twice, as the 2018 release prints: 86.47 -> 86.5 -> 87."""
    return half_up(half_up(Fraction(100 * positives, n), 1), 0)


def print_wilson(positives: int, n: int) -> tuple[Decimal, Decimal]:
    share, size = Decimal(positives) / n, Decimal(n)
    half = Z * (share * (1 - share) / size + Z**2 / (4 * size**2)).sqrt()
    scale = 1 + Z**2 / size
    limits = ((share + Z**2 / (2 * size) + sign * half) / scale * 100 for sign in (-1, 1))
    lower, upper = (half_up(half_up(limit, 5), 1) for limit in limits)
    return lower, upper


def print_mean_limits(ratings: tuple[int, ...]) -> tuple[Decimal, Decimal] | None:
    n, total = len(ratings), sum(ratings)
    squares = n * sum(rating**2 for rating in ratings) - total**2
    if n < 2 or not squares:
        return None
    half = Z * (Decimal(squares) / (n * (n - 1)) / n).sqrt()
    return half_up(Decimal(total) / n - half, 2), half_up(Decimal(total) / n + half, 2)


def published_row(
    level: str, code: str, cancer: str, question: str, counts: Counts, *, is_shown: bool
) -> dict[str, str]:
    row = dict.fromkeys(HEADER, "") | {"level": level, "code": code, "year": "2018", "sex": "Both", "imd": "All"}
    row |= {"cancer": cancer, "question": question, "kind": "unadjusted", "n": str(counts.n)}
    if not is_shown:
        return row
    if counts.ratings:
        limits = print_mean_limits(counts.ratings)
        row["score"] = str(half_up(Fraction(sum(counts.ratings), counts.n), 2).normalize())
    else:
        limits = print_wilson(counts.positives, counts.n)
        row["score"] = str(print_percentage(counts.positives, counts.n))
    if cancer == "All Cancers" and limits:
        row["ci_lo"], row["ci_hi"] = (str(limit) for limit in limits)
    return row


def add_up(counts: Iterable[Counts]) -> Counts:
    counts = list(counts)
    ratings = tuple(rating for part in counts for rating in part.ratings)
    return Counts(sum(part.n for part in counts), sum(part.positives for part in counts), ratings)


def trust_rows(code: str, question: str, groups: Mapping[str, Counts]) -> list[dict[str, str]]:
    """A table of a trust: every tumour group, and all cancers. Hidden are bases of 20 or fewer."""
    cells = {"All Cancers": add_up(groups.values())} | {name: groups.get(name, Counts(0)) for name in GROUPS}
    return [
        published_row("Trust", code, name, question, counts, is_shown=counts.n > THRESHOLD)
        for name, counts in cells.items()
    ]


def write_release(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, HEADER, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def small_release() -> list[dict[str, str]]:
    """Two trusts: a large one with shown, hidden and empty groups and a routed question, and one too small to show."""
    rating = (10, 9, 9, 8, 10, 7, 10, 10, 9, 3) * 3
    large = {
        "Q1": {"Breast": Counts(40, 30), "Lung": Counts(33, 20), "Skin": Counts(7, 7), "Sarcoma": Counts(1, 0)},
        "Q22": {"Breast": Counts(36, 17), "Lung": Counts(35, 35), "Skin": Counts(9, 0)},
        "Q25": {"Breast": Counts(21, 19), "Lung": Counts(5, 5)},
        "Q28": {"Breast": Counts(30, 24), "Lung": Counts(28, 21), "Skin": Counts(2, 1)},
        "Q59": {"Breast": Counts(30, ratings=rating), "Lung": Counts(31, ratings=(*rating, 10))},
    }
    small = {
        "Q1": {"Other": Counts(5, 3)},
        "Q22": {"Other": Counts(8, 2)},
        "Q59": {"Other": Counts(4, ratings=(9,) * 4)},
    }
    rows = [row for question, groups in large.items() for row in trust_rows("R01", question, groups)]
    return rows + [row for question, groups in small.items() for row in trust_rows("R02", question, groups)]
