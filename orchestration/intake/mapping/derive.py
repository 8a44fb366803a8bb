"""Values that a return does not hold but implies: age at discharge, age group, tumour group, alliance.

Pure functions on arrays; None and -1 stand for a missing value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

YOUNGEST = 16
OLDEST = 115
MISSING = -1
_LAST_YEAR = 9999
_DAYS = np.asarray([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_ICD10 = re.compile(r"([A-Z][0-9]{2})(?:\.?[0-9A-Z]{1,4}|\.?X|\.?-)?")


def age_at_discharge(
    birth_year: np.ndarray,
    birth_month: np.ndarray,
    discharge_year: np.ndarray,
    discharge_month: np.ndarray,
) -> np.ndarray:
    """Completed years of age at discharge (int64, -1 where a part is missing), from dates and never from self-report.

    The day of birth is not delivered; the birthday counts as the first of its month, so who is discharged in the month
    of the birthday has had it.
    """
    had_birthday = discharge_month >= birth_month
    age = discharge_year - birth_year - np.where(had_birthday, 0, 1)
    known = (birth_year != MISSING) & (birth_month != MISSING) & (discharge_year != MISSING)
    known &= discharge_month != MISSING
    return np.where(known, age, MISSING)


def impossible_dates(
    birth_year: np.ndarray,
    birth_month: np.ndarray,
    discharge_year: np.ndarray,
    discharge_month: np.ndarray,
    discharge_day: np.ndarray,
) -> np.ndarray:
    """Mask of rows whose dates cannot be: no such month or day, birth after discharge, or an age over 115."""
    bad = ((birth_month != MISSING) & ((birth_month < 1) | (birth_month > 12))) | (
        (discharge_month != MISSING) & ((discharge_month < 1) | (discharge_month > 12))
    )
    bad |= (birth_year == 0) | (discharge_year == 0) | (discharge_year > _LAST_YEAR) | (birth_year > _LAST_YEAR)
    with_day = (discharge_day != MISSING) & (discharge_month != MISSING) & ~bad
    leap = (discharge_year % 4 == 0) & ((discharge_year % 100 != 0) | (discharge_year % 400 == 0))
    days = _DAYS[np.where(with_day, discharge_month, 0)] + ((discharge_month == 2) & leap)
    bad |= with_day & ((discharge_day < 1) | (discharge_day > days))
    age = age_at_discharge(birth_year, birth_month, discharge_year, discharge_month)
    # The month may be missing while the years alone already contradict each other.
    years_known = (birth_year != MISSING) & (discharge_year != MISSING)
    months_known = (birth_month != MISSING) & (discharge_month != MISSING)
    span = np.where(years_known, discharge_year - birth_year, 0)
    bad |= (span < 0) | (span > OLDEST + 1) | (age > OLDEST)
    return np.asarray(bad | (years_known & months_known & (span == 0) & (discharge_month < birth_month)))


def outside_months(
    discharge_year: np.ndarray, discharge_month: np.ndarray, survey_year: int, months: tuple[int, int]
) -> np.ndarray:
    """Mask of rows discharged in another year, or in a month before the first or after the last of `months`.

    Year and month are judged apart, and only where they are there.
    """
    first, last = months
    outside = (discharge_year != MISSING) & (discharge_year != survey_year)
    outside |= (discharge_month != MISSING) & ((discharge_month < first) | (discharge_month > last))
    return np.asarray(outside)


def age_group(age: np.ndarray, groups: Sequence[tuple[int, str]]) -> np.ndarray:
    """Age group codes (object array) for completed years, by the lowest ages of the groups; None where age is -1."""
    lowest = np.asarray([low for low, _ in groups])
    codes = np.asarray([*(code for _, code in groups), None], dtype=object)
    position = np.searchsorted(lowest, age, side="right") - 1
    return codes[np.where((age == MISSING) | (position < 0), len(groups), position)]


def icd10_prefix(code: str) -> str | None:
    """Three-character category of an ICD-10 code written `C50.9`, `C509`, `C50` or `C50.X`; None if it is none."""
    match = _ICD10.fullmatch(code.replace(" ", ""))
    return match.group(1) if match else None


def tumour_group(code: str, groups: Mapping[str, str]) -> str | None:
    """Tumour group of an ICD-10 code by its category; None when the code or its category is not registered."""
    prefix = icd10_prefix(code)
    return groups.get(prefix) if prefix else None
