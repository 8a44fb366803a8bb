"""Counts of identifiers in the receipt and the report, and never a value."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Callable

import pytest

from expectations.inputs import flatten_receipt
from orchestration.intake.landing.receipt import RECEIPT_FILE, Receipt
from orchestration.intake.review.report import REPORT_FILE
from orchestration.registry import Registry, SourceColumn
from orchestration.settings import Settings
from tests.integration.intake.sample_returns.small import Return, Take, landed, receive, state_births

RESPONDENTS = {"RA1": 8, "RB2": 8}  # of the small return; nobody of RC3 answered
OTHER = "943 476 5919"


def identities(given: int = 24, invalid: int = 0, repeated: int = 0) -> dict[str, int]:
    return {"nhs_number_given": given, "nhs_number_invalid": invalid, "nhs_number_repeated": repeated}


def page(settings: Settings, receipt: Receipt) -> str:
    return (landed(settings, receipt) / REPORT_FILE).read_text()


def numbers(*texts: str) -> Callable[[Return], object]:
    """NHS numbers of the first people of the sample."""
    return lambda given: [given.sample.set(row, "NHS_NUMBER", text) for row, text in enumerate(texts)]


def lower_case(given: Return) -> None:
    given.sample.header[given.sample.position("NHS_NUMBER")] = "nhs number"


NHS_CASES: dict[str, tuple[Callable[[Return], object], dict[str, int]]] = {
    "all there": (numbers(), identities()),
    "one blank": (numbers(""), identities(23)),
    "one of blanks and hyphens": (numbers(" - "), identities(23)),
    "all blank": (numbers(*[""] * 24), identities(0)),
    "nine digits": (numbers("943 476 591"), identities(invalid=1)),
    "another check digit": (numbers("943 476 5918"), identities(invalid=1)),
    "an invalid one twice": (numbers("123 456 7890", "123 456 7890"), identities(invalid=2)),
    "a valid one twice, in two spellings": (numbers(OTHER, OTHER.replace(" ", "-")), identities(repeated=2)),
    "a valid one three times": (numbers(OTHER, OTHER, OTHER), identities(repeated=3)),
    "a filler": (numbers(*["9999999999"] * 24), identities(repeated=24)),
    "the same row again is one person": (lambda r: r.sample.rows.append(list(r.sample.rows[2])), identities()),
    "no column": (lambda r: r.sample.drop("NHS_NUMBER"), {}),
    "a column in lower case": (lower_case, identities()),
}


@pytest.mark.parametrize("name", NHS_CASES)
def test_nhs_numbers_are_counted(name: str, good: Return, take: Take) -> None:
    spoil, expected = NHS_CASES[name]
    spoil(good)
    receipt = take(good)
    assert receipt.identities == expected
    assert not receipt.quarantine


def test_rows_that_are_not_accepted_are_not_counted(good: Return, take: Take) -> None:
    numbers(OTHER, OTHER)(good)
    good.sample.set(0, "TRUST_CODE", "XXX")
    assert take(good).identities == identities(23)


def test_codes_for_missing_are_not_given(good: Return, registry: Registry, settings: Settings, take: Take) -> None:
    good.sample.set(0, "NHS_NUMBER", "n/k")
    good.sample.set(1, "NHS_NUMBER", "0999")
    assert take(good).identities == identities(invalid=2)
    assert receive(settings, with_missing(registry, "nhs_number", "N/K", "999")).identities == identities(22)


def with_missing(registry: Registry, target: str, *codes: str) -> Registry:
    return with_columns(
        registry,
        lambda column: dataclasses.replace(column, missing_codes=codes) if column.target_column == target else column,
    )


def with_columns(registry: Registry, change: Callable[[SourceColumn], SourceColumn | None]) -> Registry:
    """The registry with other columns; those that the change makes None are left out."""
    columns = tuple(changed for column in registry.source_columns if (changed := change(column)))
    return dataclasses.replace(registry, source_columns=columns)


def births(compared: int = 8, differing: int = 0) -> dict[str, int]:
    return {"compared": compared, "differing": differing}


# The year on the form of the first respondent, who is of RA1 and born in 1940, and the counts of RA1.
FIRST_FORM = {
    "1940": births(),
    "1941": births(),
    "1939": births(),
    "1942": births(differing=1),
    "1938": births(differing=1),
    " 1940.0 ": births(),
    "2018": births(differing=1),
    "1880": births(differing=1),
    "1879": births(compared=7),
    "2019": births(compared=7),
    "1066": births(compared=7),
    "40": births(compared=7),
    "": births(compared=7),
    "999": births(compared=7),
    "9999": births(compared=7),
    "nineteen forty": births(compared=7),
    "12/05/1940": births(compared=7),
    "-1940": births(compared=7),
}


@pytest.mark.parametrize("stated", FIRST_FORM)
def test_the_year_on_the_form_is_compared(stated: str, good: Return, take: Take) -> None:
    state_births(good)
    good.responses.set(0, "Q61", stated)
    assert take(good).birth_years_by_trust == {"RA1": FIRST_FORM[stated], "RB2": births()}


def test_a_person_without_a_year_in_the_list_is_not_compared(good: Return, take: Take) -> None:
    state_births(good)
    good.sample.set(0, "BIRTH_YEAR", "")
    good.sample.set(1, "BIRTH_YEAR", "9999")  # its code for missing
    assert take(good).birth_years_by_trust == {"RA1": births(7), "RB2": births(7)}


def test_only_landed_respondents_are_compared(good: Return, take: Take) -> None:
    state_births(good, years_off=2)
    good.sample.set(0, "TRUST_CODE", "XXX")  # quarantines the first person of RA1
    row = good.responses.rows[1]  # the first of RB2 answered nothing that is scored
    columns = good.responses.header
    good.responses.rows[1] = [
        cell if name in ("PSID", "Q61") else "999" for name, cell in zip(columns, row, strict=True)
    ]
    receipt = take(good)
    assert receipt.n_respondents == 14
    assert receipt.birth_years_by_trust == {"RA1": births(7, 7), "RB2": births(7, 7)}


def test_a_trust_where_nothing_is_compared_is_left_out(good: Return, settings: Settings, take: Take) -> None:
    good.responses.set_all("Q61", "")
    receipt = take(good)
    assert receipt.birth_years_by_trust == {}
    assert "Year of birth" not in page(settings, receipt)


def without_birth_column(registry: Registry) -> Registry:
    return with_columns(registry, lambda column: None if column.target_column == "year_of_birth" else column)


def test_a_return_without_identifiers_has_no_counts(
    good: Return, registry: Registry, settings: Settings, take: Take
) -> None:
    good.sample.drop("NHS_NUMBER")
    good.responses.drop("Q61")
    receipt = take(good, without_birth_column(registry))
    assert (receipt.identities, receipt.birth_years_by_trust) == ({}, {})
    assert "identifiers" not in page(settings, receipt)


def test_the_report_has_two_lines_of_identifiers(good: Return, settings: Settings, take: Take) -> None:
    state_births(good)
    good.responses.set(0, "Q61", "1960")
    good.sample.set(0, "NHS_NUMBER", "")
    good.sample.set(1, "NHS_NUMBER", "943 476 5918")
    for row in (2, 3):
        good.sample.set(row, "NHS_NUMBER", OTHER)
    report = page(settings, take(good))
    assert "- NHS numbers: 23 given, 1 invalid, 2 shared by two record numbers.\n" in report
    assert "patient list for 6.2% of 16; most in RA1 (12.5% of 8).\n" in report


def test_the_report_names_no_trust_where_all_agree(good: Return, settings: Settings, take: Take) -> None:
    state_births(good)
    assert "patient list for 0.0% of 16.\n" in page(settings, take(good))


def test_the_counts_are_measures_of_the_checks(good: Return, settings: Settings, take: Take) -> None:
    state_births(good, years_off=2)
    receipt = take(good)
    folder = landed(settings, receipt)
    rows = list(flatten_receipt(json.loads((folder / RECEIPT_FILE).read_text())))
    assert ("", "", "identities", "nhs_number_given", 24.0) in rows
    for trust, n in RESPONDENTS.items():
        assert ("", "", "birth_years_by_trust.compared", trust, float(n)) in rows
        assert ("", "", "birth_years_by_trust.differing", trust, float(n)) in rows


def test_no_identifier_is_written_or_logged(
    good: Return, settings: Settings, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], take: Take
) -> None:
    caplog.set_level(logging.DEBUG)
    state_births(good)
    good.responses.set_all("Q61", "1887")
    wrong, shared = "943 476 5918", "401 023 2137"
    good.sample.set(0, "NHS_NUMBER", wrong)
    for row in (1, 2):
        good.sample.set(row, "NHS_NUMBER", shared)
    receipt = take(good)
    assert receipt.identities == identities(invalid=1, repeated=2)
    folder = landed(settings, receipt)
    texts = [path.read_bytes() for path in folder.iterdir()] + [
        caplog.text.encode(),
        *map(str.encode, capfd.readouterr()),
    ]
    for secret in [wrong, shared, *(row[good.sample.position("NHS_NUMBER")] for row in good.sample.rows)]:
        for spelling in (secret, secret.replace(" ", "")):
            assert not any(spelling.encode() in text for text in texts)
    assert not any(b"1887" in path.read_bytes() for path in folder.glob("*.*") if path.suffix != ".parquet")
