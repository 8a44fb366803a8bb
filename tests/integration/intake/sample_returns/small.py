"""A small return that is right in every way, as tables of text, for tests to spoil one cell at a time."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np

from orchestration.intake.landing.receipt import Receipt
from orchestration.intake.receive import receive_return
from orchestration.lake import landing_folder
from orchestration.registry import Correction, Registry, load_registry
from orchestration.settings import PROJECT_ROOT, Settings
from tests.integration.intake.sample_returns.formats import write_table

YEAR = 2018
SEEDS = PROJECT_ROOT / "dbt_project" / "seeds"
TRUSTS = ("RA1", "RB2", "RC3")
CCGS = ("01A", "02B", "011")
ALLIANCES = ("E01", "E02")
# What two receipts of the same people have in common, however the files hold them.
SAME_COUNTS = {
    *("n_sampled", "n_respondents", "answers", "missing", "edits", "missing_covariates", "quarantine"),
    *("identities", "birth_years_by_trust"),
}
TUMOURS = ("C50.9", "C509", "C34", "C61", "C18.2", "C43")


@dataclass
class Table:
    """Header and rows as text; an empty text is an empty cell."""

    header: list[str]
    rows: list[list[str]]

    def position(self, column: str) -> int:
        return self.header.index(column)

    def set(self, row: int, column: str, value: str) -> None:
        self.rows[row][self.position(column)] = value

    def set_all(self, column: str, value: str) -> None:
        for row in range(len(self.rows)):
            self.set(row, column, value)

    def drop(self, column: str) -> None:
        position = self.position(column)
        for cells in [self.header, *self.rows]:
            del cells[position]

    def add(self, column: str, value: str) -> None:
        self.header.append(column)
        for cells in self.rows:
            cells.append(value)


@dataclass
class Return:
    """The files of a return by kind, with the form each is written in."""

    tables: dict[str, Table]
    note: dict[str, object] | None
    forms: dict[str, str] = field(default_factory=dict)
    year: int = YEAR

    @property
    def sample(self) -> Table:
        return self.tables["sample"]

    @property
    def responses(self) -> Table:
        return self.tables["responses"]

    @property
    def organisations(self) -> Table:
        return self.tables["organisations"]

    def copy(self) -> Return:
        return copy.deepcopy(self)

    def write(self, settings: Settings) -> Path:
        folder = settings.returns / str(self.year)
        folder.mkdir(parents=True, exist_ok=True)
        for kind, table in self.tables.items():
            write_table(self.forms.get(kind, "csv"), folder / f"{kind}_{self.year}", table.header, table.rows)
        if self.note is not None:
            (folder / f"return_{self.year}.json").write_text(json.dumps(self.note))
        return folder


def small_return(registry: Registry, year: int = YEAR, people: int = 24, seed: int = 1) -> Return:
    """A return of `people` sampled people, of whom two thirds answered, without any fault."""
    rng = np.random.default_rng(seed)
    sample = Table([column.source_column for column in registry.source_columns_of(year, "sample")], [])
    responses = Table([column.source_column for column in registry.source_columns_of(year, "responses")], [])
    for number in range(people):
        responded = number % 3 != 2
        record = str(18_000_001 + number)
        sample.rows.append(_person(registry, year, sample.header, record, number, responded, rng))
        if responded:
            responses.rows.append(_response(registry, year, record, rng))
    return Return(
        {"sample": sample, "responses": responses, "organisations": _organisations()},
        {"survey_year": year, "data_origin": "synthetic"},
        year=year,
    )


def nhs_number(number: int) -> str:
    """A valid NHS number of the range kept for tests, written with spaces, another for each number."""
    digits = [9, 9, 9, *(int(digit) for digit in f"{number:05d}")]
    # One of two ninth digits has a tenth that checks: the remainder 10 comes of one only.
    for ninth in (0, 1):
        check = -sum(digit * weight for digit, weight in zip([*digits, ninth], range(10, 1, -1), strict=True)) % 11
        if check < 10:
            text = "".join(str(digit) for digit in [*digits, ninth, check])
            return f"{text[:3]} {text[3:6]} {text[6:]}"
    raise AssertionError(number)


def _person(
    registry: Registry,
    year: int,
    header: list[str],
    record: str,
    number: int,
    responded: bool,
    rng: np.random.Generator,
) -> list[str]:
    targets = {column.source_column: column.target_column for column in registry.source_columns_of(year, "sample")}
    values = {
        "record_number": record,
        "nhs_number": nhs_number(number),
        "trust_code": TRUSTS[number % 3],
        "ccg_code": CCGS[number % 3] if number % 7 else "",
        "sex": str(1 + number % 2),
        "birth_year": str(1940 + number),
        "birth_month": str(1 + number % 12),
        "ethnic_group": "A",
        "icd10": TUMOURS[number % len(TUMOURS)],
        "imd_quintile": str(1 + number % 5),
        "discharge_year": str(year),
        "discharge_month": str(4 + number % 3),
        "discharge_day": str(1 + int(rng.integers(0, 28))),
        "outcome": "1" if responded else str(2 + number % 5),
    }
    return [values[targets[name]] for name in header]


def _response(registry: Registry, year: int, record: str, rng: np.random.Generator) -> list[str]:
    cells = []
    for column in registry.source_columns_of(year, "responses"):
        if column.disposition == "key":
            cells.append(record)
        elif column.disposition != "answer":
            cells.append("1945" if column.target_column == "year_of_birth" else 'She said "fine", then\nleft')
        elif codes := registry.source_codes_of(year, "responses", column.target_column):
            cells.append(sorted(codes)[int(rng.integers(0, len(codes)))])
        else:
            options = [option.option_code for option in registry.options(year, column.question_id)]
            cells.append(str(options[int(rng.integers(0, len(options)))]))
    _obey_routing(registry, year, cells)
    return cells


def _obey_routing(registry: Registry, year: int, cells: list[str]) -> None:
    columns = [column.target_column for column in registry.source_columns_of(year, "responses")]
    for rule in registry.routing_rules_of(year):
        answer = cells[columns.index(rule.routing_question_id)]
        if answer.isdigit() and int(answer) in rule.skip_option_codes:
            for question in rule.skipped_question_ids:
                cells[columns.index(question)] = "999"


def _organisations() -> Table:
    rows = [["alliance", code, f"Alliance {code}", ""] for code in ALLIANCES]
    rows += [["ccg", code, f"CCG {code}", ALLIANCES[position % 2]] for position, code in enumerate(CCGS)]
    rows += [["trust", code, f"Trust {code}", ALLIANCES[position % 2]] for position, code in enumerate(TRUSTS)]
    return Table(["LEVEL", "CODE", "NAME", "PARENT_CODE"], rows)


# Writes a return and receives it, under another registry than that of the project where one is given.
Take = Callable[..., Receipt]


def small_settings(home: Path) -> Settings:
    """Settings of a home of its own, with the registry of the project."""
    return Settings(home=home, data_origin="synthetic")


def project_registry() -> Registry:
    """The registry of the project."""
    return load_registry(SEEDS)


def with_corrections(registry: Registry, *corrections: dict[str, str]) -> Registry:
    """The registry with corrections of this year: what is not given is that of a trust code in the sample."""
    base = {"file_kind": "sample", "source_column": "TRUST_CODE", "match_column": "TRUST_CODE"}
    rows = (
        Correction(
            correction_id=f"c{number}",
            survey_year=YEAR,
            **base | correction,
            reason="typing error of the supplier",
            owner="data engineer",
            raised_on=date(2026, 1, 1),
            expires_on=date(2027, 1, 1),
        )
        for number, correction in enumerate(corrections)
    )
    return dataclasses.replace(registry, corrections=tuple(rows))


def joined(given: Return, form: str) -> Return:
    """Sample and responses as one file (`joined`), or as respondents and non-respondents."""
    sample, responses = given.tables.pop("sample"), given.tables.pop("responses")
    answers = {row[0]: row[1:] for row in responses.rows}
    header = [*sample.header, *responses.header[1:]]
    both = [[*row, *answers.get(row[0], [""] * (len(responses.header) - 1))] for row in sample.rows]
    if form == "joined":
        given.tables["joined"] = Table(header, both)
    else:
        given.tables["respondents"] = Table(header, [row for row in both if row[0] in answers])
        given.tables["nonrespondents"] = Table(sample.header, [row for row in sample.rows if row[0] not in answers])
    return given


def state_births(given: Return, years_off: int = 0) -> None:
    """Every form with the year of birth of the patient list, or so many years later."""
    year = given.sample.position("BIRTH_YEAR")
    births = {row[0]: int(row[year]) for row in given.sample.rows}
    for number, row in enumerate(given.responses.rows):
        given.responses.set(number, "Q61", str(births[row[0]] + years_off))


def with_odd_identifiers(given: Return) -> Return:
    """A year of birth that differs, an NHS number that cannot be one, and one that two people share."""
    state_births(given)
    given.responses.set(0, "Q61", "1960")
    given.sample.set(0, "NHS_NUMBER", "943 476 5918")
    for row in (1, 2):  # one who answered and one who did not
        given.sample.set(row, "NHS_NUMBER", "943 476 5919")
    return given


def landed(settings: Settings, receipt: Receipt) -> Path:
    """The folder of a landing."""
    return landing_folder(settings, receipt.survey_year, receipt.delivery)


def receive(settings: Settings, registry: Registry, year: int = YEAR) -> Receipt:
    """Receive, and check law 1 each time."""
    receipt = receive_return(settings, registry, year)
    for file in receipt.files:
        assert file.balances(), file
    return receipt
