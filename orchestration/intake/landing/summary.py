"""The receipt of an intake: counts of everything, and the proof that no row was lost."""

from __future__ import annotations

from collections import Counter

import numpy as np

from orchestration.intake.arrays import Labels, absent
from orchestration.intake.landing.receipt import FileReceipt, Receipt
from orchestration.intake.landing.schema import COVARIATES
from orchestration.intake.reading import Intake
from orchestration.intake.rows.identifier_counts import compare_birth_years, count_nhs_numbers
from orchestration.intake.rows.outcomes import ACCEPTED, EXCLUDED, FOLDED, QUARANTINED, share_by_code
from orchestration.intake.rows.quarantine import UNREADABLE_ROW, FileRows


class RowsLostError(AssertionError):
    """Law 1 is broken: a defect of intake itself, never of a return. Nothing is written."""


def make_receipt(intake: Intake, fingerprint: str) -> Receipt:
    """The receipt of an intake, after proving that every file balances and that answers add up to respondents.

    Raises:
        RowsLostError: a row has no known place.
    """
    files = tuple(_file_receipt(file) for file in intake.files)
    n_sampled = int(np.count_nonzero(intake.people.fate == ACCEPTED))
    n_respondents = len(intake.useable.rows)
    counts = intake.useable.counts
    quarantine: Counter[str] = Counter()
    for file in files:
        quarantine.update(file.quarantine)
    labels = intake.people.labels
    missing = {name: int(absent(labels[name][intake.rows_of_respondents]).sum()) for name in COVARIATES}
    receipt = Receipt(
        survey_year=intake.rules.survey_year,
        delivery=intake.survey_return.delivery,
        intake_fingerprint=fingerprint,
        data_origin=intake.survey_return.data_origin,
        form=intake.survey_return.form,
        files=files,
        n_sampled=n_sampled,
        n_respondents=n_respondents,
        edits=intake.useable.edits.edits,
        contradictions={rule: n for rule, n in intake.useable.edits.contradictions.items() if n},
        missing={name: count.blank + count.missing_code + count.declared_missing for name, count in counts.items()},
        answers=counts,
        missing_covariates={name: n for name, n in missing.items() if n},
        quarantine=dict(sorted(quarantine.items())),
        quarantined_share_of_file={
            file.name: file.rows_quarantined / file.rows_received for file in files if file.rows_quarantined
        },
        quarantined_share_by_trust=quarantined_share_by_trust(intake),
        identities=count_nhs_numbers(intake.files, intake.rules),
        birth_years_by_trust=compare_birth_years(intake),
        corrections=tuple(intake.corrections),
    )
    _assert_nothing_lost(receipt, intake)
    return receipt


def _file_receipt(file: FileRows) -> FileReceipt:
    source, noticed = file.mapped.source, file.mapped.source.noticed
    quarantine = file.fates.reasons(QUARANTINED)
    if source.unreadable:
        quarantine[UNREADABLE_ROW] = len(source.unreadable)
    return FileReceipt(
        name=file.mapped.file.name,
        kind=file.kind,
        sha256=file.mapped.file.sha256,
        bytes=file.mapped.file.size,
        file_format=noticed.file_format,
        encoding=noticed.encoding,
        delimiter=noticed.delimiter,
        compression=noticed.compression,
        sheet=noticed.sheet,
        header_row=noticed.header_row,
        notes=noticed.notes,
        rows_received=source.n_rows + len(source.unreadable),
        rows_accepted=file.fates.count(ACCEPTED),
        rows_folded=file.fates.count(FOLDED),
        rows_quarantined=file.fates.count(QUARANTINED) + len(source.unreadable),
        rows_excluded=file.fates.count(EXCLUDED),
        exclusions=file.fates.reasons(EXCLUDED),
        quarantine=quarantine,
        columns=len(source.names),
    )


def _assert_nothing_lost(receipt: Receipt, intake: Intake) -> None:
    for file in receipt.files:
        if not file.balances():
            raise RowsLostError(f"{receipt.survey_year}, {file.name} ({file.kind}): the rows do not balance: {file}")
    for name, count in receipt.answers.items():
        parts = sum(count.model_dump().values())
        if parts != receipt.n_respondents:
            raise RowsLostError(
                f"{receipt.survey_year}, {name}: {parts} answers of {receipt.n_respondents} respondents"
            )
    if len(np.unique(intake.rows_of_respondents)) != receipt.n_respondents:
        raise RowsLostError(f"{receipt.survey_year}: a person would be landed twice")


def quarantined_share_by_trust(intake: Intake) -> dict[str, float]:
    """Share of a trust's rows that were quarantined, the greater of its sample and response rows; only above zero."""
    trusts: Labels = intake.people.labels["trust_code"]
    shares = share_by_code(trusts, intake.people.fate == QUARANTINED)
    response = intake.responses
    codes: Labels = np.append(trusts, np.asarray([None], dtype=object))[
        response.sample_row
    ]  # no sample row, -1: the None at the end
    for code, share in share_by_code(codes, response.fates.fate == QUARANTINED).items():
        shares[code] = max(share, shares.get(code, 0.0))
    return dict(sorted(shares.items()))
