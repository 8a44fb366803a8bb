"""What the receipt counts of a return, with the proof that no row was lost, and the counts of identifiers.

Belongs here: the only reading of columns that are registered as identifiers, which gives counts and never values
of them. Does not belong here: the outcome of a row, which no identifier decides; what the counts mean for a release
(the checks).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from orchestration.intake.files.returns import KIND_COLUMNS
from orchestration.intake.files.source import Integers, Labels, absent, code_text, normal_name, plain_text, row_indices
from orchestration.intake.landing.receipt import FileReceipt, Receipt
from orchestration.intake.landing.tables import ReadReturn
from orchestration.intake.mapping.codes import is_declared_missing
from orchestration.intake.mapping.columns import MappedFile, columns_by_name
from orchestration.intake.rows.organisations import unknown_codes
from orchestration.intake.rows.outcomes import (
    ACCEPTED,
    EXCLUDED,
    FOLDED,
    QUARANTINED,
    UNREADABLE_ROW,
    FileRows,
    share_by_code,
)
from orchestration.intake.rows.sample import COVARIATES, LEVEL_OF_COLUMN
from orchestration.intake.rules import YearRules, missing_codes
from orchestration.registry import SourceColumn

# An NHS number that is not given, or that is no NHS number.
NOT_GIVEN, INVALID = -2, -1
_UNREADABLE = -1
# Nobody alive was born before; a form says 1066 or the number of the street.
_EARLIEST_BIRTH_YEAR = 1880
# A form filled in by somebody else is often one year out; two years are another person or another column.
_TOLERATED_YEARS = 1


class RowsLostError(AssertionError):
    """Law 1 is broken: a defect of intake itself, never of a return. Nothing is written."""


def make_receipt(read: ReadReturn, fingerprint: str, key: str) -> Receipt:
    """The receipt of a return, after proving that every file balances and that answers add up to respondents.

    `fingerprint` and `key` say what the landing was made with: rules and code, and the identity of the respondent key.

    Raises:
        RowsLostError: a row has no known place.
    """
    files = tuple(_file_receipt(file) for file in read.files)
    counts = read.useable.counts
    quarantine: Counter[str] = Counter()
    for file in files:
        quarantine.update(file.quarantine)
    respondents = read.rows_of_respondents
    missing = {name: int(absent(read.people.labels[name][respondents]).sum()) for name in COVARIATES}
    receipt = Receipt(
        survey_year=read.rules.survey_year,
        delivery=read.survey_return.delivery,
        intake_fingerprint=fingerprint,
        key_identity=key,
        data_origin=read.survey_return.data_origin,
        form=read.survey_return.form,
        files=files,
        n_sampled=int(np.count_nonzero(read.people.row_outcome == ACCEPTED)),
        n_respondents=len(respondents),
        edits=read.useable.edits.edits,
        contradictions={rule: n for rule, n in read.useable.edits.contradictions.items() if n},
        missing={name: count.blank + count.missing_code + count.declared_missing for name, count in counts.items()},
        answers=counts,
        missing_covariates={name: n for name, n in missing.items() if n},
        quarantine=dict(sorted(quarantine.items())),
        quarantined_share_of_file={
            file.title: file.rows_quarantined / file.rows_received for file in files if file.rows_quarantined
        },
        quarantined_share_by_trust=_quarantined_share_by_trust(read),
        identities=_count_nhs_numbers(read.files, read.rules),
        birth_years_by_trust=_compare_birth_years(read),
        unknown_organisations=_unknown_organisations(read),
        corrections=tuple(read.corrections),
    )
    _assert_nothing_lost(receipt, respondents)
    return receipt


def _file_receipt(file: FileRows) -> FileReceipt:
    source, written, outcomes = file.mapped.source, file.mapped.source.format, file.outcomes
    quarantine = outcomes.reasons(QUARANTINED)
    if source.unreadable:
        quarantine[UNREADABLE_ROW] = len(source.unreadable)
    return FileReceipt(
        name=file.mapped.name,
        kind=file.kind,
        sha256=file.mapped.file.sha256,
        bytes=file.mapped.file.size,
        file_format=written.name,
        encoding=written.encoding,
        delimiter=written.delimiter,
        compression=written.compression,
        sheet=written.sheet,
        header_row=written.header_row,
        notes=written.notes,
        rows_received=source.n_rows + len(source.unreadable),
        rows_accepted=outcomes.count(ACCEPTED),
        rows_folded=outcomes.count(FOLDED),
        rows_quarantined=outcomes.count(QUARANTINED) + len(source.unreadable),
        rows_excluded=outcomes.count(EXCLUDED),
        exclusions=outcomes.reasons(EXCLUDED),
        quarantine=quarantine,
        columns=len(source.names),
    )


def _assert_nothing_lost(receipt: Receipt, rows_of_respondents: np.ndarray) -> None:
    year = receipt.survey_year
    for file in receipt.files:
        if not file.balances():
            raise RowsLostError(f"{year}, {file.name} ({file.kind}): the rows do not balance: {file}")
    for name, count in receipt.answers.items():
        parts = sum(count.model_dump().values())
        if parts != receipt.n_respondents:
            raise RowsLostError(f"{year}, {name}: {parts} answers of {receipt.n_respondents} respondents")
    if len(np.unique(rows_of_respondents)) != receipt.n_respondents:
        raise RowsLostError(f"{year}: a person would be landed twice")


def _unknown_organisations(read: ReadReturn) -> dict[str, dict[str, int]]:
    """Rows of the sample with a code that no organisation of its level has, by level and code."""
    found: dict[str, Counter[str]] = {}
    for file in read.files:
        if "sample" not in KIND_COLUMNS.get(file.kind, ()):
            continue
        for column, level in LEVEL_OF_COLUMN.items():
            known = read.organisations.codes.get(level, frozenset())
            found.setdefault(level, Counter()).update(unknown_codes(file.mapped, column, known))
    return {level: dict(sorted(codes.items())) for level, codes in found.items() if codes}


def _quarantined_share_by_trust(read: ReadReturn) -> dict[str, float]:
    """Share of a trust's rows that were quarantined, the greater of its sample and response rows; only above zero."""
    trusts: Labels = read.people.labels["trust_code"]
    shares = share_by_code(trusts, read.people.row_outcome == QUARANTINED)
    # A response without a sample row has the row -1: the None at the end.
    codes = np.append(trusts, np.asarray([None], dtype=object))[read.responses.sample_row]
    for code, share in share_by_code(codes, read.responses.rows.outcomes.outcome == QUARANTINED).items():
        shares[code] = max(share, shares.get(code, 0.0))
    return dict(sorted(shares.items()))


def _count_nhs_numbers(files: Iterable[FileRows], rules: YearRules) -> dict[str, int]:
    """NHS numbers of the accepted rows of all sample files; empty where no file has such a column.

    `nhs_number_given` of them have one, `nhs_number_invalid` of these cannot be one, and `nhs_number_repeated` share a
    valid one with another accepted row, whose record number is another: one number twice is never accepted twice.
    """
    found = []
    for file in files:
        # The response side of a joined file has a kind of its own: its rows are counted as sample rows.
        is_sample = "sample" in KIND_COLUMNS.get(file.kind, ())
        column = _identifier(file.mapped, rules, "nhs_number") if is_sample else None
        if column is not None:
            numbers = np.append(read_nhs_numbers(_given_texts(file.mapped, *column)), NOT_GIVEN)
            found.append(numbers[row_indices(column[1])[file.outcomes.accepted]])
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
    """NHS numbers of texts (int64), spaces and hyphens left out; NOT_GIVEN for an empty text, INVALID for no number.

    The tenth digit checks the others (NHS Data Dictionary, NHS NUMBER): digits times 10, 9, ... 1 sum to a multiple of
    11. A filler of one digit, such as 9999999999, passes: it shows as one number of many people.
    """
    texts = pc.fill_null(texts, "")
    if pc.all(pc.string_is_ascii(texts)).as_py() is False:
        texts = pa.array([plain_text(text) for text in texts.to_pylist()], pa.string())
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


def _compare_birth_years(read: ReadReturn) -> dict[str, dict[str, int]]:
    """Year of birth on the form against the patient list, of the landed respondents, by trust of treatment.

    `compared`: both can be read; `differing`: of these, by more than one year. Trusts where none could be compared are
    left out; empty where the forms have no such column.
    """
    mapped = read.responses.rows.mapped
    column = _identifier(mapped, read.rules, "year_of_birth")
    if column is None:
        return {}
    rows = read.rows_of_respondents
    stated = _read_years(mapped, *column)[read.useable.rows]
    listed = read.people.birth_years[rows]
    compared = np.ones(len(rows), bool)
    for years in (stated, listed):
        compared &= (years >= _EARLIEST_BIRTH_YEAR) & (years <= read.rules.survey_year)
    differing = compared & (np.abs(stated - listed) > _TOLERATED_YEARS)
    trusts = read.people.labels["trust_code"][rows]
    n_compared, n_differing = Counter(trusts[compared].tolist()), Counter(trusts[differing].tolist())
    return {trust: {"compared": n_compared[trust], "differing": n_differing[trust]} for trust in sorted(n_compared)}


def _identifier(mapped: MappedFile, rules: YearRules, target: str) -> tuple[SourceColumn, pa.DictionaryArray] | None:
    """An identifier of a file as it was read, which the mapped columns do not have; None where it was not delivered."""
    expected = columns_by_name(rules, mapped.file.kind)
    for name, texts in zip(mapped.source.names, mapped.source.columns, strict=True):
        column = expected.get(normal_name(name))
        if column and column.target_column == target and column.disposition == "identifier":
            return column, texts
    return None


def _given_texts(mapped: MappedFile, column: SourceColumn, texts: pa.DictionaryArray) -> pa.StringArray:
    """Distinct texts of an identifier by dictionary position, null where they are a code for missing."""
    codes, declared = missing_codes(column), mapped.declared_missing.get(column.target_column, ())
    if not codes and not declared:
        return texts.dictionary
    missing = [
        text is not None and (code_text(text) in codes or is_declared_missing(text, declared))
        for text in texts.dictionary.to_pylist()
    ]
    return pc.if_else(pa.array(missing, pa.bool_()), pa.scalar(None, pa.string()), texts.dictionary)


def _read_years(mapped: MappedFile, column: SourceColumn, texts: pa.DictionaryArray) -> Integers:
    """Years of every row (int64) where there are four digits, -1 elsewhere."""
    codes = [code_text(text or "") for text in _given_texts(mapped, column, texts).to_pylist()]
    years = [int(code) if len(code) == 4 and code.isascii() and code.isdigit() else _UNREADABLE for code in codes]
    return np.take(np.asarray([*years, _UNREADABLE], np.int64), row_indices(texts))
