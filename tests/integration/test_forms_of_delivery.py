"""Every accepted form of delivery goes through the whole load, and ends in the same release as the others."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from orchestration.intake.landing.receipt import read_receipt
from orchestration.lake import active_deliveries, landing_folder
from tests.integration.conftest import World
from tests.integration.test_load import digest_of, published, same_returns

YEAR = 2016
Table = list[list[str]]


def _read(path: Path) -> Table:
    with path.open(newline="", encoding="utf-8") as stream:
        return list(csv.reader(stream))


def _write(path: Path, table: Table) -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(table)


def _deliver_as(world: World, form: str) -> None:
    """Writes sample and responses of the year as one file, or as respondents and non-respondents."""
    sample_file, responses_file = world.file("sample", YEAR), world.file("responses", YEAR)
    (names, *sample), (answer_names, *responses) = _read(sample_file), _read(responses_file)
    key, answer_key = names.index("PSID"), answer_names.index("PSID")
    answers = {row[answer_key]: row[:answer_key] + row[answer_key + 1 :] for row in responses}
    header = names + answer_names[:answer_key] + answer_names[answer_key + 1 :]
    blank = [""] * (len(answer_names) - 1)
    if form == "one joined file":
        _write(world.file("joined", YEAR), [header, *([*row, *answers.get(row[key], blank)] for row in sample)])
    else:
        given = [[*row, *answers[row[key]]] for row in sample if row[key] in answers]
        _write(world.file("respondents", YEAR), [header, *given])
        _write(world.file("nonrespondents", YEAR), [names, *(row for row in sample if row[key] not in answers)])
    sample_file.unlink()
    responses_file.unlink()


@pytest.mark.parametrize("form", ["one joined file", "respondents and non-respondents"])
def test_every_form_of_delivery_is_published_as_the_same_release(loaded: World, tmp_path: Path, form: str) -> None:
    world = same_returns(loaded, tmp_path)
    _deliver_as(world, form)
    outcome = world.load(YEAR)
    assert published(outcome) == (True, f"{YEAR}.1.0"), outcome.decision.reasons
    assert digest_of(world, YEAR) == digest_of(loaded, YEAR)
    receipt = read_receipt(landing_folder(world.settings, YEAR, active_deliveries(world.settings)[YEAR]))
    assert receipt is not None
    assert receipt.form == form
    assert all(file.balances() for file in receipt.files)
    assert len({file.title for file in receipt.files}) == len(receipt.files)
