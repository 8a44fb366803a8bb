"""What identifiers say of a return: counts in the receipt and the report, and never a value."""

from __future__ import annotations

import dataclasses
import json
import logging
from collections.abc import Callable

import pytest

from expectations.inputs import flatten_receipt
from orchestration.intake.landing.receipt import RECEIPT_FILE, Receipt, read_receipt
from orchestration.intake.landing.report import REPORT_FILE
from orchestration.lake import landing_folder
from orchestration.registry import Registry
from orchestration.settings import Settings
from tests.intake.small import YEAR, Return, receive, small_return
from tests.intake.test_keeping import joined

RESPONDENTS = {"RA1": 8, "RB2": 8}  # of the small return; nobody of RC3 answered
OTHER = "943 476 5919"


def identities(given: int = 24, invalid: int = 0, repeated: int = 0) -> dict[str, int]:
    return {"nhs_number_given": given, "nhs_number_invalid": invalid, "nhs_number_repeated": repeated}


def page(settings: Settings, receipt: Receipt) -> str:
    return (landing_folder(settings, YEAR, receipt.delivery) / REPORT_FILE).read_text()


def state_births(given: Return, years_off: int = 0) -> None:
    """Every form with the year of the patient list, or so many years later."""
    year = given.sample.position("BIRTH_YEAR")
    births = {row[0]: int(row[year]) for row in given.sample.rows}
    for number, row in enumerate(given.responses.rows):
        given.responses.set(number, "Q61", str(births[row[0]] + years_off))


NHS_CASES: dict[str, tuple[Callable[[Return], object], dict[str, int]]] = {
    "all there": (lambda r: None, identities()),
    "one blank": (lambda r: r.sample.set(0, "NHS_NUMBER", ""), identities(23)),
    "one of blanks and hyphens": (lambda r: r.sample.set(0, "NHS_NUMBER", " - "), identities(23)),
    "all blank": (lambda r: r.sample.set_all("NHS_NUMBER", ""), identities(0)),
    "nine digits": (lambda r: r.sample.set(0, "NHS_NUMBER", "943 476 591"), identities(invalid=1)),
    "another check digit": (lambda r: r.sample.set(0, "NHS_NUMBER", "943 476 5918"), identities(invalid=1)),
    "an invalid one twice": (
        lambda r: [r.sample.set(row, "NHS_NUMBER", "123 456 7890") for row in (0, 1)],
        identities(invalid=2),
    ),
    "a valid one twice, in two spellings": (
        lambda r: [r.sample.set(0, "NHS_NUMBER", OTHER), r.sample.set(1, "NHS_NUMBER", OTHER.replace(" ", "-"))],
        identities(repeated=2),
    ),
    "a valid one three times": (
        lambda r: [r.sample.set(row, "NHS_NUMBER", OTHER) for row in (3, 4, 5)],
        identities(repeated=3),
    ),
    "a filler": (lambda r: r.sample.set_all("NHS_NUMBER", "9999999999"), identities(repeated=24)),
    "the same row again is one person": (lambda r: r.sample.rows.append(list(r.sample.rows[2])), identities()),
    "rows set apart are no witnesses": (
        lambda r: [
            *(r.sample.set(row, "NHS_NUMBER", OTHER) for row in (0, 1)),
            r.sample.set(0, "TRUST_CODE", "XXX"),
        ],
        identities(23),
    ),
    "no column": (lambda r: r.sample.drop("NHS_NUMBER"), {}),
    "a column in lower case": (
        lambda r: r.sample.header.__setitem__(r.sample.position("NHS_NUMBER"), "nhs number"),
        identities(),
    ),
}


@pytest.mark.parametrize("name", NHS_CASES)
def test_nhs_numbers_are_counted(name: str, good: Return, registry: Registry, settings: Settings) -> None:
    spoil, expected = NHS_CASES[name]
    spoil(good)
    good.write(settings)
    receipt = receive(settings, registry)
    assert receipt.identities == expected
    assert not receipt.quarantine or name == "rows set apart are no witnesses"


def test_one_number_in_two_files_is_shared(good: Return, registry: Registry, settings: Settings) -> None:
    for row in (0, 2):  # one who answered and one who did not
        good.sample.set(row, "NHS_NUMBER", OTHER)
    joined(good, "apart").write(settings)
    assert receive(settings, registry).identities == identities(repeated=2)


def test_codes_for_missing_are_not_given(good: Return, registry: Registry, settings: Settings) -> None:
    good.sample.set(0, "NHS_NUMBER", "n/k")
    good.sample.set(1, "NHS_NUMBER", "0999")
    good.write(settings)
    assert receive(settings, registry).identities == identities(invalid=2)
    assert receive(settings, with_missing(registry, "nhs_number", "N/K|999")).identities == identities(22)


def with_missing(registry: Registry, target: str, codes: str) -> Registry:
    rows = [
        {**row, "missing_codes": codes} if row["target_column"] == target else row
        for row in registry.seed_rows["source_columns"]
    ]
    return dataclasses.replace(registry, seed_rows={**registry.seed_rows, "source_columns": rows})


def births(compared: int = 8, differing: int = 0) -> dict[str, int]:
    return {"compared": compared, "differing": differing}


# What stands on the form of the first respondent, who is of RA1 and born in 1940, and what is made of it.
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
def test_the_year_on_the_form_is_compared(stated: str, good: Return, registry: Registry, settings: Settings) -> None:
    state_births(good)
    good.responses.set(0, "Q61", stated)
    good.write(settings)
    assert receive(settings, registry).birth_years_by_trust == {"RA1": FIRST_FORM[stated], "RB2": births()}


def test_who_has_no_year_in_the_list_is_not_compared(good: Return, registry: Registry, settings: Settings) -> None:
    state_births(good)
    good.sample.set(0, "BIRTH_YEAR", "")
    good.sample.set(1, "BIRTH_YEAR", "9999")  # its code for missing
    good.write(settings)
    assert receive(settings, registry).birth_years_by_trust == {"RA1": births(7), "RB2": births(7)}


def test_only_landed_respondents_are_compared(good: Return, registry: Registry, settings: Settings) -> None:
    state_births(good, years_off=2)
    good.sample.set(0, "TRUST_CODE", "XXX")  # sets the first person of RA1 apart
    row = good.responses.rows[1]  # the first of RB2 answered nothing that is scored
    columns = good.responses.header
    good.responses.rows[1] = [
        cell if name in ("PSID", "Q61") else "999" for name, cell in zip(columns, row, strict=True)
    ]
    good.write(settings)
    receipt = receive(settings, registry)
    assert receipt.n_respondents == 14
    assert receipt.birth_years_by_trust == {"RA1": births(7, 7), "RB2": births(7, 7)}


def test_a_trust_where_nothing_is_compared_is_left_out(good: Return, registry: Registry, settings: Settings) -> None:
    good.responses.set_all("Q61", "")
    good.write(settings)
    receipt = receive(settings, registry)
    assert receipt.birth_years_by_trust == {}
    assert "Year of birth" not in page(settings, receipt)


def without_birth_column(registry: Registry) -> Registry:
    rows = [row for row in registry.seed_rows["source_columns"] if row["target_column"] != "year_of_birth"]
    return dataclasses.replace(registry, seed_rows={**registry.seed_rows, "source_columns": rows})


def test_a_return_without_identifiers_says_nothing(good: Return, registry: Registry, settings: Settings) -> None:
    good.sample.drop("NHS_NUMBER")
    good.responses.drop("Q61")
    good.write(settings)
    receipt = receive(settings, without_birth_column(registry))
    assert (receipt.identities, receipt.birth_years_by_trust) == ({}, {})
    assert "witnesses" not in page(settings, receipt)


@pytest.mark.parametrize("form", ["joined", "apart"])
def test_other_forms_give_the_same_counts(form: str, good: Return, registry: Registry, settings: Settings) -> None:
    state_births(good)
    good.responses.set(0, "Q61", "1960")
    good.sample.set(0, "NHS_NUMBER", "943 476 5918")
    joined(good, form).write(settings)
    receipt = receive(settings, registry)
    assert receipt.identities == identities(invalid=1)
    assert receipt.birth_years_by_trust == {"RA1": births(differing=1), "RB2": births()}


@pytest.mark.parametrize("form", ["xlsx", "sav", "parquet"])
def test_other_formats_give_the_same_counts(form: str, good: Return, registry: Registry, settings: Settings) -> None:
    state_births(good)
    good.responses.set(0, "Q61", "1960")
    for row in (0, 1):
        good.sample.set(row, "NHS_NUMBER", OTHER)
    good.forms = {"sample": form, "responses": form}
    good.write(settings)
    receipt = receive(settings, registry)
    assert receipt.identities == identities(repeated=2)
    assert receipt.birth_years_by_trust == {"RA1": births(differing=1), "RB2": births()}


def test_the_report_says_it_in_two_lines(good: Return, registry: Registry, settings: Settings) -> None:
    state_births(good)
    good.responses.set(0, "Q61", "1960")
    good.sample.set(0, "NHS_NUMBER", "")
    good.sample.set(1, "NHS_NUMBER", "943 476 5918")
    for row in (2, 3):
        good.sample.set(row, "NHS_NUMBER", OTHER)
    good.write(settings)
    report = page(settings, receive(settings, registry))
    assert "- NHS numbers: 23 given, 1 invalid, 2 shared by two record numbers.\n" in report
    assert "patient list for 6.2% of 16; most in RA1 (12.5% of 8).\n" in report


def test_the_report_names_no_trust_where_all_agree(good: Return, registry: Registry, settings: Settings) -> None:
    state_births(good)
    good.write(settings)
    assert "patient list for 0.0% of 16.\n" in page(settings, receive(settings, registry))


def test_the_counts_are_measures_of_the_checks(good: Return, registry: Registry, settings: Settings) -> None:
    state_births(good, years_off=2)
    good.write(settings)
    receipt = receive(settings, registry)
    folder = landing_folder(settings, YEAR, receipt.delivery)
    rows = list(flatten_receipt(json.loads((folder / RECEIPT_FILE).read_text())))
    assert ("", "", "identities", "nhs_number_given", 24.0) in rows
    for trust, n in RESPONDENTS.items():
        assert ("", "", "birth_years_by_trust.compared", trust, float(n)) in rows
        assert ("", "", "birth_years_by_trust.differing", trust, float(n)) in rows


def test_no_identifier_is_written_or_told(
    good: Return,
    registry: Registry,
    settings: Settings,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    state_births(good)
    good.responses.set_all("Q61", "1887")
    wrong, shared = "943 476 5918", "401 023 2137"
    good.sample.set(0, "NHS_NUMBER", wrong)
    for row in (1, 2):
        good.sample.set(row, "NHS_NUMBER", shared)
    good.write(settings)
    receipt = receive(settings, registry)
    assert receipt.identities == identities(invalid=1, repeated=2)
    folder = landing_folder(settings, YEAR, receipt.delivery)
    texts = [path.read_bytes() for path in folder.iterdir()] + [
        caplog.text.encode(),
        *map(str.encode, capfd.readouterr()),
    ]
    for secret in [wrong, shared, *(row[good.sample.position("NHS_NUMBER")] for row in good.sample.rows)]:
        for spelling in (secret, secret.replace(" ", "")):
            assert not any(spelling.encode() in text for text in texts)
    assert not any(b"1887" in path.read_bytes() for path in folder.glob("*.*") if path.suffix != ".parquet")


def test_the_order_of_rows_changes_no_count(registry: Registry, settings: Settings) -> None:
    given = small_return(registry)
    state_births(given)
    given.responses.set(0, "Q61", "1960")
    for row in (0, 5):
        given.sample.set(row, "NHS_NUMBER", OTHER)
    given.write(settings)
    first = receive(settings, registry)
    given.sample.rows.reverse()
    given.responses.rows.reverse()
    given.write(settings)
    second = receive(settings, registry)
    same = {"identities", "birth_years_by_trust"}
    assert first.model_dump(include=same) == second.model_dump(include=same)


def test_a_receipt_of_an_older_form_is_read_and_landed_again(
    good: Return, registry: Registry, settings: Settings
) -> None:
    good.write(settings)
    receipt = receive(settings, registry)
    folder = landing_folder(settings, YEAR, receipt.delivery)
    old = json.loads((folder / RECEIPT_FILE).read_text())
    del old["identities"], old["birth_years_by_trust"]
    (folder / RECEIPT_FILE).write_text(json.dumps({**old, "intake_fingerprint": "made by older code"}))
    stored = read_receipt(folder)
    assert stored is not None and (stored.identities, stored.birth_years_by_trust) == ({}, {})
    assert receive(settings, registry) == receipt == read_receipt(folder)
