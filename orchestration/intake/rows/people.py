"""The sample: every sampled person with outcome, place and covariates, or a reason why a row could not be taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from orchestration.intake.arrays import absent
from orchestration.intake.landing.schema import COVARIATES
from orchestration.intake.mapping import derive
from orchestration.intake.mapping.codes import decode_integers, decode_labels, row_indices, text_values
from orchestration.intake.mapping.columns import MappedFile
from orchestration.intake.mapping.keys import normal_record_numbers
from orchestration.intake.refusal import Problem
from orchestration.intake.rows.organisations import Organisations, organisation_code
from orchestration.intake.rows.outcomes import EXCLUDED, QUARANTINED, RowFates, fold_duplicates
from orchestration.intake.rules import YearRules


@dataclass
class SampleRows:
    """A sample file row by row: normal record numbers, labels by landing column, and what became of each row.

    `birth_years` (int64, -1 for missing) is there to be compared (`witnesses`) and is never landed.
    """

    mapped: MappedFile
    record_numbers: pa.DictionaryArray
    labels: dict[str, np.ndarray]
    birth_years: np.ndarray
    is_eligible: np.ndarray
    fates: RowFates

    @property
    def fate(self) -> np.ndarray:
        """Fate of each row."""
        return self.fates.fate


@dataclass(frozen=True)
class People:
    """All sampled people of a return, row by row over its sample files in order; columns as in `SampleRows`."""

    record_numbers: pa.Array
    labels: dict[str, np.ndarray]
    birth_years: np.ndarray
    is_eligible: np.ndarray
    fate: np.ndarray


def gather_people(samples: Sequence[SampleRows]) -> People:
    """Sample files of a return as one; a record number in two of them is in neither (both rows are quarantined)."""
    numbers = pa.concat_arrays([sample.record_numbers.cast(pa.string()) for sample in samples])
    if len(samples) > 1:
        file_of = np.repeat(np.arange(len(samples)), [len(sample.fate) for sample in samples])
        accepted = np.concatenate([sample.fates.accepted for sample in samples])
        codes = row_indices(numbers.dictionary_encode())
        sets = [set(codes[(file_of == file) & accepted].tolist()) for file in range(len(samples))]
        shared = np.isin(codes, sorted(set.intersection(*sets)))
        for file, sample in enumerate(samples):
            sample.fates.decide(shared[file_of == file], QUARANTINED, "in_two_files")
    return People(
        numbers,
        {name: np.concatenate([sample.labels[name] for sample in samples]) for name in samples[0].labels},
        np.concatenate([sample.birth_years for sample in samples]),
        np.concatenate([sample.is_eligible for sample in samples]),
        np.concatenate([sample.fate for sample in samples]),
    )


def read_sample(
    mapped: MappedFile, rules: YearRules, organisations: Organisations, fates: RowFates, problems: list[Problem]
) -> SampleRows:
    """Decode a sample file (or the sample side of a joined one) and decide on each of its rows."""
    numbers = take_record_numbers(mapped, fates)
    labels = {
        "sex": _decode_covariate(mapped, "sex", rules, problems),
        "ethnic_group": _decode_covariate(mapped, "ethnic_group", rules, problems),
        "imd_quintile": _decode_covariate(mapped, "imd_quintile", rules, problems),
    }
    outcome_step = f"add to outcome_codes.csv: {rules.survey_year},<code>,<outcome>,<is_mailed_eligible>,<source>"
    outcome_by_code = {code: outcome for code, (outcome, _) in rules.outcomes.items()}
    eligible = dict(rules.outcomes.values())
    labels["outcome"], _ = decode_labels(mapped, "outcome", outcome_by_code.get, problems, outcome_step)
    fates.decide(absent(labels["outcome"]), QUARANTINED, "impossible_outcome")
    _place(mapped, organisations, labels, fates)
    birth_years = _derive_age(mapped, rules, labels, fates)
    labels["tumour_group"], unknown = decode_labels(
        mapped, "icd10", lambda code: derive.tumour_group(code, rules.tumour_groups), None
    )
    fates.decide(unknown, QUARANTINED, "unknown_icd10")
    is_eligible = np.asarray([eligible.get(outcome, False) for outcome in labels["outcome"]], bool)
    return SampleRows(mapped, numbers, labels, birth_years, is_eligible, fates)


def take_record_numbers(mapped: MappedFile, fates: RowFates) -> pa.DictionaryArray:
    """Normal record numbers of a file; repetitions folded or quarantined, rows without a usable number quarantined."""
    numbers = normal_record_numbers(mapped.column("record_number"))
    texts = text_values(numbers)
    fold_duplicates(mapped, [numbers], fates)
    fates.decide(absent(texts), QUARANTINED, "no_record_number")
    lost = [text is not None and text.startswith("?") for text in numbers.dictionary.to_pylist()]
    if any(lost):
        unusable = np.asarray([text is not None and text.startswith("?") for text in texts], bool)
        fates.decide(unusable, QUARANTINED, "unreadable_record_number")
    return numbers


def _decode_covariate(mapped: MappedFile, target: str, rules: YearRules, problems: list[Problem]) -> np.ndarray:
    step = f"add to source_codes.csv: {rules.survey_year},sample,{target},<code>,<{target}>,<source>"
    labels, _ = decode_labels(mapped, target, rules.codes.get(("sample", target), {}).get, problems, step)
    return labels


def _place(mapped: MappedFile, organisations: Organisations, labels: dict[str, np.ndarray], fates: RowFates) -> None:
    """Trust by treatment; CCG and alliance by residence, which some patients have none of."""
    for column, level in (("trust_code", "trust"), ("ccg_code", "ccg")):
        known = organisations.codes.get(level, frozenset())

        def find(code: str, known: frozenset[str] = known) -> str | None:
            normal = organisation_code(code)
            return normal if normal in known else None

        labels[column], unknown = decode_labels(mapped, column, find, None)
        fates.decide(unknown, QUARANTINED, f"unknown_{level}")
    fates.decide(absent(labels["trust_code"]), QUARANTINED, "no_trust")
    alliance = {code: organisations.alliance_of("ccg", code) for code in organisations.codes.get("ccg", ())}
    labels["alliance_code"] = np.asarray([alliance.get(code) for code in labels["ccg_code"]], dtype=object)


def _derive_age(mapped: MappedFile, rules: YearRules, labels: dict[str, np.ndarray], fates: RowFates) -> np.ndarray:
    """Age group by the dates, which are judged here; gives the years of birth (int64, -1 for missing)."""
    names = ("birth_year", "birth_month", "discharge_year", "discharge_month", "discharge_day")
    parts = {}
    for name in names:
        parts[name], unreadable = decode_integers(mapped, name)
        fates.decide(unreadable, QUARANTINED, "impossible_date")
    fates.decide(derive.impossible_dates(*parts.values()), QUARANTINED, "impossible_date")
    age = derive.age_at_discharge(*(parts[name] for name in names[:4]))
    fates.decide((age != derive.MISSING) & (age < derive.YOUNGEST), EXCLUDED, "under_16")
    # Last: a child or a date that cannot be is the better reason, whatever the month.
    discharged = (parts["discharge_year"], parts["discharge_month"])
    outside = derive.outside_months(*discharged, rules.survey_year, rules.discharge_months)
    fates.decide(outside, QUARANTINED, "outside_survey_months")
    labels["age_group"] = derive.age_group(age, rules.age_groups)
    return parts["birth_year"]


def is_case_mix_complete(labels: dict[str, np.ndarray]) -> np.ndarray:
    """Mask of people with every covariate of the case-mix adjustment."""
    complete = np.ones(len(labels["sex"]), bool)
    for name in COVARIATES:
        complete &= ~absent(labels[name])
    return complete
