"""The files of a return as a supplier sends them: source columns, source codes, missing values in several spellings.

Belongs here: from arrays to Arrow tables and CSV bytes. Does not belong here: who is sampled and what they answer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as pacsv

from orchestration.examples import assumptions as a
from orchestration.examples.answers import MISSING, Answers, Codes
from orchestration.examples.draws import Flags, Ints, random_stream
from orchestration.examples.errors import ExampleError
from orchestration.examples.identifiers import draw_comments, draw_nhs_numbers, draw_stated_birth_years
from orchestration.examples.people import ETHNIC_GROUPS, IMD_QUINTILES, SEXES, TUMOURS, People
from orchestration.examples.places import Places
from orchestration.examples.plan import ReturnPlan

_DAYS = 30  # every month from April to June has them
# Among codes of one meaning the first is usual; other white groups are few.
_NEXT_SOURCE_CODE = {"white": 0.06}


def build_sample(plan: ReturnPlan, people: People, places: Places) -> pa.Table:
    """The sample file: everyone mailed, one row a person in the order of record numbers, all columns text."""
    rng = random_stream(plan.seed, plan.survey_year, "sample file")
    first_month, last_month = plan.discharge_months
    month = rng.integers(first_month, last_month + 1, len(people))
    birth_month = 1 + rng.integers(0, 12, len(people))
    birth_year = plan.survey_year - people.age - (birth_month > month)
    no_birth = people.missing["birth_year"]
    fill: dict[str, Callable[[], pa.Array]] = {
        "record_number": lambda: pc.cast(pa.array(record_numbers(plan.survey_year, len(people))), pa.string()),
        "nhs_number": lambda: draw_nhs_numbers(rng, len(people)),
        "trust_code": lambda: _named(places.trust_codes, people.trust),
        "ccg_code": lambda: _named(places.ccg_codes, people.ccg),
        "sex": lambda: _coded(plan, rng, "sex", SEXES, people.is_male.astype(np.int64), people.missing["sex"]),
        "ethnic_group": lambda: _coded(
            plan, rng, "ethnic_group", ETHNIC_GROUPS, people.ethnic, people.missing["ethnic_group"]
        ),
        "imd_quintile": lambda: _coded(
            plan, rng, "imd_quintile", IMD_QUINTILES, people.imd, people.missing["imd_quintile"]
        ),
        "birth_year": lambda: _text(birth_year, no_birth),
        "birth_month": lambda: _text(birth_month, no_birth),
        "icd10": lambda: _icd10(plan, rng, people),
        "discharge_year": lambda: _text(np.full(len(people), plan.survey_year)),
        "discharge_month": lambda: _text(month),
        "discharge_day": lambda: _text(1 + rng.integers(0, _DAYS, len(people))),
        "outcome": lambda: _coded(plan, rng, "outcome", tuple(people.outcome), people.outcome_index),
    }
    return _table(plan, "sample", fill)


def build_responses(plan: ReturnPlan, people: People, answers: Answers) -> pa.Table:
    """The responses file: one row a returned form, empty forms among them; `answers` covers the useable ones only."""
    rng = random_stream(plan.seed, plan.survey_year, "responses file")
    rows = np.flatnonzero(people.has_responded | people.is_unusable)
    useable = np.flatnonzero(people.has_responded[rows])
    # The keying of forms differs by person: some have 999 for no answer, the others an empty field.
    has_code = rng.random(len(rows)) < 0.7
    known = {
        "record_number": lambda: pa.array(record_numbers(plan.survey_year, len(people))[rows]),
        "year_of_birth": lambda: draw_stated_birth_years(rng, plan.survey_year - people.age[rows]),
        "comments": lambda: draw_comments(rng, len(rows), useable),
    }
    arrays: list[pa.Array] = []
    columns = plan.source_columns["responses"]
    for column in columns:
        if column.source_column in answers.columns:
            codes = np.full(len(rows), MISSING, dtype=np.int16)
            codes[useable] = answers.columns[column.source_column]
            arrays.append(_answer_array(codes, has_code, column.missing_codes))
        elif column.target_column in known:
            arrays.append(known[column.target_column]())
        else:
            raise _unknown_column(plan, "responses", column.source_column)
    return pa.table(arrays, names=[column.source_column for column in columns])


def build_organisations(plan: ReturnPlan, places: Places) -> pa.Table:
    """The organisations file: alliances, then CCGs and trusts with the alliance they belong to."""
    alliances = list(places.alliance_codes)
    fill: dict[str, Callable[[], pa.Array]] = {
        "level": lambda: pa.array(
            ["alliance"] * len(alliances) + ["ccg"] * len(places.ccg_codes) + ["trust"] * len(places.trust_codes)
        ),
        "organisation_code": lambda: pa.array([*alliances, *places.ccg_codes, *places.trust_codes]),
        "organisation_name": lambda: pa.array([*places.alliance_names, *places.ccg_names, *places.trust_names]),
        "parent_code": lambda: pa.array(
            [None] * len(alliances)
            + [alliances[index] for index in np.concatenate([places.ccg_alliance, places.trust_alliance])]
        ),
    }
    return _table(plan, "organisations", fill)


def record_numbers(survey_year: int, count: int) -> Ints:
    """Record numbers of a year's sample in file order, (count,)."""
    return np.asarray((survey_year % 100) * 1_000_000 + 1 + np.arange(count), dtype=np.int64)


def write_csv(table: pa.Table, path: Path) -> None:
    """UTF-8, LF; quotes around text where the table has numbers beside it (the comments), none in tables of codes."""
    style = "none" if all(pa.types.is_string(column.type) for column in table.columns) else "needed"
    with path.open("wb") as file:
        file.write((",".join(table.column_names) + "\n").encode())
        pacsv.write_csv(table, file, pacsv.WriteOptions(include_header=False, quoting_style=style))


def _table(plan: ReturnPlan, file_kind: str, fill: dict[str, Callable[[], pa.Array]]) -> pa.Table:
    """The columns of that file in their order, each filled by its meaning."""
    columns = plan.source_columns[file_kind]
    for column in columns:
        if column.target_column not in fill:
            raise _unknown_column(plan, file_kind, column.source_column)
    # Filled in a fixed order: another order of columns must not move any random draw.
    arrays = {name: build() for name, build in fill.items()}
    return pa.table({column.source_column: arrays[column.target_column] for column in columns})


def _unknown_column(plan: ReturnPlan, file_kind: str, source_column: str) -> ExampleError:
    return ExampleError(
        f"{plan.survey_year} {file_kind}_{plan.survey_year}.csv: column {source_column} of source_columns.csv has a"
        " meaning that the examples cannot fill; correct its target_column, or add its question to questions.csv"
    )


def _named(names: tuple[str, ...], index: Ints) -> pa.Array:
    """Names by index, null where the index is negative."""
    return pa.array(names).take(pa.array(np.maximum(index, 0), mask=index < 0))


def _text(values: Ints, is_missing: Flags | None = None) -> pa.Array:
    return pc.cast(pa.array(values, mask=is_missing), pa.string())


def _answer_array(codes: Codes, has_code: Flags, missing_codes: tuple[str, ...]) -> pa.Array:
    """Option codes with no answer written as the missing code or left empty."""
    is_missing = codes == MISSING
    if not missing_codes:
        return pa.array(codes, mask=is_missing)
    return pa.array(np.where(is_missing, np.int16(missing_codes[-1]), codes), mask=is_missing & ~has_code)


def _coded(
    plan: ReturnPlan,
    rng: np.random.Generator,
    target_column: str,
    meanings: tuple[str, ...],
    index: Ints,
    is_missing: Flags | None = None,
) -> pa.Array:
    """A code of the file for each meaning; missing values are empty or the first missing code, by turns."""
    column = next(c for c in plan.source_columns["sample"] if c.target_column == target_column)
    names: list[str] = []
    starts, cumulative = np.zeros(len(meanings), dtype=np.int64), []
    for number, meaning in enumerate(meanings):
        codes = plan.source_codes.get((target_column, meaning))
        if not codes:
            raise ExampleError(
                f"{plan.survey_year} sample_{plan.survey_year}.csv, column {column.source_column}: no code stands for"
                f" {meaning}; add it to source_codes.csv (outcomes: outcome_codes.csv)"
            )
        starts[number] = len(names)
        names.extend(codes)
        weights = np.cumsum(_NEXT_SOURCE_CODE.get(meaning, a.NEXT_OPTION) ** np.arange(len(codes)))
        cumulative.append(number + weights / weights[-1])
    # One sorted ladder for all meanings: meaning + luck falls on the step of one of its codes.
    chosen = np.searchsorted(np.concatenate(cumulative), index + rng.random(len(index)), side="right")
    if is_missing is None:
        return _named(tuple(names), chosen)
    names.append(column.missing_codes[0] if column.missing_codes else "")
    by_turns = np.arange(len(index)) % 2 == 0
    return _named(tuple(names), np.where(is_missing, np.where(by_turns, -1, len(names) - 1), chosen))


def _icd10(plan: ReturnPlan, rng: np.random.Generator, people: People) -> pa.Array:
    """Diagnosis codes, with and without the point and the fourth character, that fit tumour group and sex."""
    prefix = np.zeros(len(people), dtype=np.int64)
    names: list[str] = []
    for number, tumour in enumerate(TUMOURS):
        for is_male, others in ((False, a.MALE_ICD10), (True, a.FEMALE_ICD10)):
            here = np.flatnonzero((people.tumour == number) & (people.is_male == is_male))
            options = [code for code in plan.icd10_prefixes.get(tumour, ()) if code not in others]
            if not options and len(here):
                raise ExampleError(f"{plan.survey_year}: icd10_tumour_groups.csv has no prefix for {tumour}; add one")
            if not options:
                continue
            weights = np.cumsum([15.0 if code in a.COMMON_ICD10 else 1.0 for code in options])
            picked = np.searchsorted(weights / weights[-1], rng.random(len(here)), side="right")
            prefix[here] = len(names) + picked
            names.extend(options)
    spelled = [code + tail for code in names for tail in (("",) * 2 if code in a.UNDIVIDED_ICD10 else (".9", "9"))]
    return _named(tuple(spelled), 2 * prefix + (rng.random(len(people)) < 0.35))
