"""What identifiers say of a return before they are left behind: counts, never values (law 9).

Belongs here: the only reading of columns that are registered as identifiers. Does not belong here: the fate of a row,
which no identifier decides; what the counts mean for a release (the checks).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake.arrays import Integers
from orchestration.intake.files.header import normal_name
from orchestration.intake.files.returns import KIND_COLUMNS
from orchestration.intake.mapping.codes import is_declared_missing, row_indices
from orchestration.intake.mapping.columns import MappedFile, rules_of_file
from orchestration.intake.reading import Intake
from orchestration.intake.rows.quarantine import FileRows
from orchestration.intake.rules import ColumnRule, YearRules, code_text

# An NHS number that is not there, or that is no NHS number.
NOT_GIVEN, INVALID = -2, -1
UNREADABLE = -1
# Nobody alive was born before; a form says 1066 or the number of the street.
EARLIEST_BIRTH_YEAR = 1880
# A form filled in by somebody else is often one year out; two years are another person or another column.
TOLERATED_YEARS = 1


def count_nhs_numbers(files: Iterable[FileRows], rules: YearRules) -> dict[str, int]:
    """NHS numbers of the accepted rows of all sample files; empty where no file has such a column.

    `nhs_number_given` of them have one, `nhs_number_invalid` of these cannot be one, and `nhs_number_repeated` share a
    valid one with another accepted row, whose record number is another: one number twice is never accepted twice.
    """
    found = []
    for file in files:
        column = _identifier(file.mapped, rules, "nhs_number") if _is_sample(file) else None
        if column is not None:
            numbers = np.append(read_nhs_numbers(_given_texts(file.mapped, column)), NOT_GIVEN)
            found.append(numbers[row_indices(column[1])[file.fates.accepted]])
    if not found:
        return {}
    numbers = np.concatenate(found)
    _, times = np.unique(numbers[numbers >= 0], return_counts=True)
    return {
        "nhs_number_given": int(np.count_nonzero(numbers != NOT_GIVEN)),
        "nhs_number_invalid": int(np.count_nonzero(numbers == INVALID)),
        "nhs_number_repeated": int(times[times > 1].sum()),
    }


def read_nhs_numbers(texts: pa.StringArray) -> Integers:
    """NHS numbers of texts (int64), spaces and hyphens left out; NOT_GIVEN where nothing stands, INVALID for no number.

    The tenth digit checks the others (NHS Data Dictionary, NHS NUMBER): digits times 10, 9, ... 1 sum to a multiple of
    11. A filler of one digit, such as 9999999999, passes: it shows as one number of many people.
    """
    texts = pc.fill_null(texts, "")
    if pc.all(pc.string_is_ascii(texts)).as_py() is False:
        texts = pc.replace_substring_regex(texts, r"\p{Pd}", "-")  # hyphens as a text processor writes them
    for separator in (" ", "-"):
        texts = pc.replace_substring(texts, separator, "")
    has_ten_digits = pc.and_(pc.equal(pc.binary_length(texts), 10), pc.ascii_is_decimal(texts))
    candidates = np.asarray(pc.cast(texts.filter(has_ten_digits), pa.int64()))
    total, rest = np.zeros(len(candidates), np.int64), candidates
    for weight in range(1, 11):
        rest, digit = np.divmod(rest, 10)
        total += weight * digit
    numbers = np.full(len(texts), INVALID, np.int64)
    numbers[np.asarray(has_ten_digits)] = np.where(total % 11 == 0, candidates, INVALID)
    numbers[np.asarray(pc.equal(texts, ""))] = NOT_GIVEN
    return numbers


def compare_birth_years(intake: Intake) -> dict[str, dict[str, int]]:
    """Year of birth on the form against the patient list, of the landed respondents, by trust of treatment.

    `compared`: both can be read; `differing`: of these, by more than one year. Trusts where none could be compared are
    left out; empty where the forms have no such column.
    """
    column = _identifier(intake.responses.mapped, intake.rules, "year_of_birth")
    if column is None:
        return {}
    latest, rows = intake.rules.survey_year, intake.rows_of_respondents
    stated = _read_years(intake.responses.mapped, column)[intake.useable.rows]
    listed = intake.people.birth_years[rows]
    compared = np.ones(len(rows), bool)
    for years in (stated, listed):
        compared &= (years >= EARLIEST_BIRTH_YEAR) & (years <= latest)
    differing = compared & (np.abs(stated - listed) > TOLERATED_YEARS)
    trusts = intake.people.labels["trust_code"][rows]
    n_compared, n_differing = Counter(trusts[compared].tolist()), Counter(trusts[differing].tolist())
    return {trust: {"compared": n_compared[trust], "differing": n_differing[trust]} for trust in sorted(n_compared)}


def _is_sample(file: FileRows) -> bool:
    """Whether rows are those of sampled people; the response side of a joined file has a kind of its own."""
    return "sample" in KIND_COLUMNS.get(file.kind, ())


def _identifier(mapped: MappedFile, rules: YearRules, target: str) -> tuple[ColumnRule, pa.DictionaryArray] | None:
    """An identifier of a file as it was read, which the mapped columns do not have; None where it was not delivered."""
    expected = rules_of_file(rules, mapped.file.kind)
    for name, column in zip(mapped.source.names, mapped.source.columns, strict=True):
        rule = expected.get(normal_name(name))
        if rule and rule.target_column == target and rule.disposition == "identifier":
            return rule, column
    return None


def _given_texts(mapped: MappedFile, column: tuple[ColumnRule, pa.DictionaryArray]) -> pa.StringArray:
    """Distinct texts of an identifier by dictionary position, null where they are a code for missing."""
    rule, texts = column[0], column[1].dictionary
    declared = mapped.declared_missing.get(rule.target_column, ())
    if not rule.missing_codes and not declared:
        return texts
    missing = [
        text is not None and (code_text(text) in rule.missing_codes or is_declared_missing(text, declared))
        for text in texts.to_pylist()
    ]
    return pc.if_else(pa.array(missing, pa.bool_()), pa.scalar(None, pa.string()), texts)


def _read_years(mapped: MappedFile, column: tuple[ColumnRule, pa.DictionaryArray]) -> Integers:
    """Years of every row (int64) where four digits stand, UNREADABLE elsewhere."""
    codes = [code_text(text or "") for text in _given_texts(mapped, column).to_pylist()]
    years = [int(code) if len(code) == 4 and code.isascii() and code.isdigit() else UNREADABLE for code in codes]
    return np.take(np.asarray([*years, UNREADABLE], np.int64), row_indices(column[1]))
