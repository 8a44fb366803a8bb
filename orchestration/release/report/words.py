"""Numbers and names of the report in the words of its reader: formats, and what tables, levels and groups are called.

Belongs here: how a value is written. Does not belong here: which values are on the page (`render`, `decide`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orchestration.release.report.inputs import ReportInputs

MISSING = "\N{EN DASH}"
MINUS = "\N{MINUS SIGN}"
VERDICT_WORDS = {
    "passed": "Passed",
    "passed_with_waivers": "Passed with waivers",
    "held": "Held",
}
ORIGIN_WORDS = {
    "synthetic": (
        "SYNTHETIC: example data made by a computer. No patient is in it and no figure is a result of the survey."
    ),
    "reconstructed": "RECONSTRUCTED: rebuilt from published tables for rehearsal. Never to be published.",
    "actual": "",
}
_NAMES = {
    "national": "England",
    "alliance": "Cancer Alliances",
    "ccg": "CCGs",
    "icb": "ICBs",
    "trust": "trusts",
    "all": "all patients",
    "age_group": "age",
    "imd_quintile": "deprivation quintile",
    "case_mix_complete": "complete cases",
    "suppressed_primary": "suppressed, primary",
    "suppressed_secondary": "suppressed, secondary",
    "limit_lower": "lower limit",
    "limit_upper": "upper limit",
    "n_affected": "affected",
    "denominator": "checked",
    "question_id": "question",
    "trust_code": "trust",
    "pub_question_scores": "Scores",
    "pub_adjusted_scores": "Case-mix adjusted scores",
    "pub_year_on_year": "Changes between years",
    "pub_trends": "Trends",
    "pub_response_rates": "Response rates",
    "pub_headline_claims": "Headline claims",
    "pub_support_measures": "Support measures",
    "pub_coefficients": "Coefficients of the adjustment",
}
_NUMBER = re.compile(r"(?<![\w.,-])-?\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.,]*\w)")
_NEGATIVE = re.compile(r"(?<![\w])-(?=\d)")
# Whole numbers that may be survey years, which have no separator.
_YEARS = range(1900, 2101)


def count(value: float | None) -> str:
    """A whole number with separators."""
    return MISSING if value is None else _signed(f"{value:,.0f}")


def percent(value: float | None, decimals: int = 1) -> str:
    """A share as a percentage."""
    return MISSING if value is None else _signed(f"{value * 100:.{decimals}f}%")


def number(value: float | None, decimals: int = 2) -> str:
    """A number with separators and fixed decimals."""
    return MISSING if value is None else _signed(f"{value:,.{decimals}f}")


def points(value: float | None, is_rating: bool = False) -> str:
    """A change with its sign: of a rating in points of 10, else of a share in percentage points."""
    if value is None:
        return MISSING
    decimals, shown = (2, value) if is_rating else (1, value * 100)
    # A change that rounds to zero has no sign.
    return _signed(f"{shown:+.{decimals}f}") if round(shown, decimals) else f"{0:.{decimals}f}"


def figure(value: Any) -> str:
    """A value that a check observed: numbers to three or four digits and never with an exponent, text as it is."""
    if value is None:
        return MISSING
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if value == int(value):
        return _signed(f"{value:.0f}" if int(value) in _YEARS else f"{value:,.0f}")
    size = abs(value)
    if size < 0.0001:
        return "under 0.0001"
    return _signed(f"{value:,.0f}" if size >= 1000 else f"{float(f'{value:.4g}'):,f}".rstrip("0").rstrip("."))


def observed(text: str) -> str:
    """The text of what a check observed, each number in it as `figure` writes it."""
    return _NUMBER.sub(lambda found: figure(float(found[0])), text)


def signed(text: str) -> str:
    """Text with a minus sign, and not a hyphen, before its negative numbers."""
    return _NEGATIVE.sub(MINUS, text)


def words(name: str) -> str:
    """What a reader calls a level, a kind of group, a status or a column."""
    return _NAMES.get(name, name.replace("_", " "))


def names_of_groups(inputs: ReportInputs) -> Mapping[str, str]:
    """Question ids and trust codes with their labels, as far as the report has them."""
    names = {rate.code: f"{rate.label} ({rate.code})" for rate in inputs.response_rates if rate.level == "trust"}
    return names | {m.question_id: f"{m.question_number} {shorten(m.label, 72)}" for m in inputs.movements}


def shorten(text: str, length: int) -> str:
    """Text of at most `length` characters, cut between words, with an ellipsis where it was cut."""
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0].rstrip(" ,") + "…"


def _signed(text: str) -> str:
    return text.replace("-", MINUS)
