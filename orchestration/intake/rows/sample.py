"""The sample: every sampled person with outcome, place and covariates, or a reason why a row could not be taken.

Ages and their groups follow from the dates, tumour groups from the diagnosis: pure functions on arrays, where -1 and
None mean a missing value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from orchestration.intake.files.source import Labels, Mask, absent, row_indices, text_values
from orchestration.intake.mapping.codes import decode_integers, decode_labels, normal_record_numbers
from orchestration.intake.mapping.columns import MappedFile
from orchestration.intake.refusal import Problem
from orchestration.intake.rows.organisations import Organisations, organisation_code
from orchestration.intake.rows.outcomes import EXCLUDED, QUARANTINED, FileRows, RowOutcomes, fold_duplicates
from orchestration.intake.rules import YearRules
from orchestration.registry import DemographicGroup

COVARIATES = ("sex", "age_group", "ethnic_group", "imd_quintile", "tumour_group")
PLACES = ("trust_code", "ccg_code", "alliance_code")
LEVEL_OF_COLUMN = {"trust_code": "trust", "ccg_code": "ccg"}
_YOUNGEST = 16
_OLDEST = 115
_MISSING = -1
_LAST_YEAR = 9999
_DAYS = np.asarray([0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
# Behind the three characters: a point or comma, more characters, and the marks of the classification, a dash for "any",
# dagger (or plus) and asterisk for cause and manifestation.
_ICD10 = re.compile(r"([A-Z][0-9]{2})[.,]?[0-9A-Z]{0,4}[.,]?[-+*†‡]{0,2}")


@dataclass
class SampleRows:
    """A sample file row by row: normal record numbers, labels by landing column, and what became of each row.

    `birth_years` (int64, -1 for missing) is only compared with the forms and never landed.
    """

    rows: FileRows
    record_numbers: pa.DictionaryArray
    labels: dict[str, Labels]
    birth_years: np.ndarray
    is_eligible: Mask


@dataclass(frozen=True)
class People:
    """All sampled people of a return, row by row over its sample files in order; columns as in `SampleRows`."""

    record_numbers: pa.Array
    labels: dict[str, Labels]
    birth_years: np.ndarray
    is_eligible: Mask
    row_outcome: np.ndarray


def gather_people(samples: Sequence[SampleRows]) -> People:
    """Sample files of a return as one; a record number in two of them is in neither (both rows are quarantined)."""
    numbers = pa.concat_arrays([sample.record_numbers.cast(pa.string()) for sample in samples])
    outcomes = [sample.rows.outcomes for sample in samples]
    if len(samples) > 1:
        file_of = np.repeat(np.arange(len(samples)), [sample.rows.mapped.n_rows for sample in samples])
        accepted = np.concatenate([outcome.accepted for outcome in outcomes])
        codes = row_indices(numbers.dictionary_encode())
        sets = [set(codes[(file_of == file) & accepted].tolist()) for file in range(len(samples))]
        shared = np.isin(codes, sorted(set.intersection(*sets)))
        for file, outcome in enumerate(outcomes):
            outcome.decide(shared[file_of == file], QUARANTINED, "in_two_files")
    return People(
        numbers,
        {name: np.concatenate([sample.labels[name] for sample in samples]) for name in samples[0].labels},
        np.concatenate([sample.birth_years for sample in samples]),
        np.concatenate([sample.is_eligible for sample in samples]),
        np.concatenate([outcome.outcome for outcome in outcomes]),
    )


def read_sample(rows: FileRows, rules: YearRules, organisations: Organisations, problems: list[Problem]) -> SampleRows:
    """Decode a sample file (or the sample side of a joined one) and decide on each of its rows."""
    mapped, outcomes = rows.mapped, rows.outcomes
    numbers = take_record_numbers(rows)
    labels: dict[str, Labels] = {}
    for name in ("sex", "ethnic_group", "imd_quintile"):
        codes = rules.source_codes("sample", name)
        step = f"add to source_codes.csv: {rules.survey_year},sample,{name},<code>,<{name}>,<source>"
        labels[name], _ = decode_labels(mapped, name, codes.get, problems, step)
    outcome_of = {code: row.outcome for code, row in rules.outcomes.items()}
    step = f"add to outcome_codes.csv: {rules.survey_year},<code>,<outcome>,<is_mailed_eligible>,<source>"
    labels["outcome"], _ = decode_labels(mapped, "outcome", outcome_of.get, problems, step)
    outcomes.decide(absent(labels["outcome"]), QUARANTINED, "impossible_outcome")
    _place(mapped, organisations, labels, outcomes)
    birth_years = _derive_age(mapped, rules, labels, outcomes)
    tumour_group_of = rules.registry.tumour_group_of_icd10
    labels["tumour_group"], unknown = decode_labels(
        mapped, "icd10", lambda code: tumour_group_of(icd10_prefix(code) or "")
    )
    outcomes.decide(unknown, QUARANTINED, "unknown_icd10")
    eligible = {row.outcome: row.is_mailed_eligible for row in rules.outcomes.values()}
    is_eligible = np.asarray([eligible.get(outcome, False) for outcome in labels["outcome"]], bool)
    return SampleRows(rows, numbers, labels, birth_years, is_eligible)


def take_record_numbers(rows: FileRows) -> pa.DictionaryArray:
    """Normal record numbers of a file; repetitions folded or quarantined, rows without a usable number quarantined."""
    numbers = normal_record_numbers(rows.mapped.column("record_number"))
    texts = text_values(numbers)
    if any(text is not None and text.startswith("?") for text in numbers.dictionary.to_pylist()):
        unusable = np.asarray([text is not None and text.startswith("?") for text in texts], bool)
        # First: two people whose numbers lost their last digits are no duplicates.
        rows.outcomes.decide(unusable, QUARANTINED, "unreadable_record_number")
    fold_duplicates(rows, [numbers])
    rows.outcomes.decide(absent(texts), QUARANTINED, "no_record_number")
    return numbers


def _place(mapped: MappedFile, organisations: Organisations, labels: dict[str, Labels], outcomes: RowOutcomes) -> None:
    """Trust by treatment; CCG and alliance by residence, which some patients have none of."""
    for column, level in LEVEL_OF_COLUMN.items():
        known = organisations.codes.get(level, frozenset())

        def find(code: str, known: frozenset[str] = known) -> str | None:
            normal = organisation_code(code)
            return normal if normal in known else None

        labels[column], unknown = decode_labels(mapped, column, find)
        outcomes.decide(unknown, QUARANTINED, f"unknown_{level}")
    outcomes.decide(absent(labels["trust_code"]), QUARANTINED, "no_trust")
    parents = organisations.parents
    labels["alliance_code"] = np.asarray([parents.get(("ccg", code)) for code in labels["ccg_code"]], dtype=object)


def _derive_age(mapped: MappedFile, rules: YearRules, labels: dict[str, Labels], outcomes: RowOutcomes) -> np.ndarray:
    """Age group by the dates, which are checked here; gives the years of birth (int64, -1 for missing)."""
    names = ("birth_year", "birth_month", "discharge_year", "discharge_month", "discharge_day")
    parts = {}
    for name in names:
        parts[name], unreadable = decode_integers(mapped, name)
        outcomes.decide(unreadable, QUARANTINED, "impossible_date")
    outcomes.decide(impossible_dates(*parts.values()), QUARANTINED, "impossible_date")
    age = age_at_discharge(*(parts[name] for name in names[:4]))
    outcomes.decide((age != _MISSING) & (age < _YOUNGEST), EXCLUDED, "under_16")
    # Last: a child or a date that cannot be is the better reason, whatever the month.
    months = (rules.year.first_discharge_month, rules.year.last_discharge_month)
    outside = outside_months(parts["discharge_year"], parts["discharge_month"], rules.survey_year, months)
    outcomes.decide(outside, QUARANTINED, "outside_survey_months")
    labels["age_group"] = age_group(age, rules.registry.groups("age_group"))
    return parts["birth_year"]


def age_at_discharge(
    birth_year: np.ndarray, birth_month: np.ndarray, discharge_year: np.ndarray, discharge_month: np.ndarray
) -> np.ndarray:
    """Completed years of age at discharge (int64, -1 where a part is missing), from dates and never from self-report.

    The day of birth is not delivered; the birthday counts as the first of its month, so a person who is discharged in
    the month of the birthday has had it.
    """
    had_birthday = discharge_month >= birth_month
    age = discharge_year - birth_year - np.where(had_birthday, 0, 1)
    known = (birth_year != _MISSING) & (birth_month != _MISSING) & (discharge_year != _MISSING)
    return np.where(known & (discharge_month != _MISSING), age, _MISSING)


def impossible_dates(
    birth_year: np.ndarray,
    birth_month: np.ndarray,
    discharge_year: np.ndarray,
    discharge_month: np.ndarray,
    discharge_day: np.ndarray,
) -> Mask:
    """Mask of rows whose dates cannot be: no such month or day, birth after discharge, or an age over 115."""
    bad = ((birth_month != _MISSING) & ((birth_month < 1) | (birth_month > 12))) | (
        (discharge_month != _MISSING) & ((discharge_month < 1) | (discharge_month > 12))
    )
    bad |= (birth_year == 0) | (discharge_year == 0) | (discharge_year > _LAST_YEAR) | (birth_year > _LAST_YEAR)
    with_day = (discharge_day != _MISSING) & (discharge_month != _MISSING) & ~bad
    leap = (discharge_year % 4 == 0) & ((discharge_year % 100 != 0) | (discharge_year % 400 == 0))
    days = _DAYS[np.where(with_day, discharge_month, 0)] + ((discharge_month == 2) & leap)
    bad |= with_day & ((discharge_day < 1) | (discharge_day > days))
    age = age_at_discharge(birth_year, birth_month, discharge_year, discharge_month)
    # The month may be missing while the years alone already contradict each other.
    years_known = (birth_year != _MISSING) & (discharge_year != _MISSING)
    months_known = (birth_month != _MISSING) & (discharge_month != _MISSING)
    span = np.where(years_known, discharge_year - birth_year, 0)
    bad |= (span < 0) | (span > _OLDEST + 1) | (age > _OLDEST)
    return np.asarray(bad | (years_known & months_known & (span == 0) & (discharge_month < birth_month)))


def outside_months(
    discharge_year: np.ndarray, discharge_month: np.ndarray, survey_year: int, months: tuple[int, int]
) -> Mask:
    """Mask of rows discharged in another year, or in a month before the first or after the last of `months`.

    Year and month are checked separately, and only where they are given.
    """
    first, last = months
    outside = (discharge_year != _MISSING) & (discharge_year != survey_year)
    outside |= (discharge_month != _MISSING) & ((discharge_month < first) | (discharge_month > last))
    return np.asarray(outside)


def age_group(age: np.ndarray, groups: Sequence[DemographicGroup]) -> Labels:
    """Age group codes for completed years, by the lowest ages of the groups; None where age is -1 or below them."""
    groups = sorted(groups, key=lambda group: group.age_from or 0)
    codes = np.asarray([*(group.group_code for group in groups), None], dtype=object)
    position = np.searchsorted([group.age_from or 0 for group in groups], age, side="right") - 1
    return codes[np.where((age == _MISSING) | (position < 0), len(groups), position)]


def icd10_prefix(code: str) -> str | None:
    """Three-character category of an ICD-10 code, None if it is none.

    `C50.9`, `C509`, `C50`, `C50.X`, `C61.`, `C50,9`, and marks of the classification behind (`C50.9-`, `C79.3†`).
    """
    match = _ICD10.fullmatch(code.replace(" ", ""))
    return match.group(1) if match else None
