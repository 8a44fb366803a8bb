"""A fault planted in the files ends without a release: refused or held, with a message for the person who must act."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pytest

from orchestration.failures import Failed
from orchestration.registry.rows import Correction
from orchestration.release.publication.status import release_list
from tests.integration.conftest import World

pytestmark = pytest.mark.slow

Rows = list[dict[str, str]]


def double_a_trust_with_other_answers(world: World) -> None:
    sampled: Rows = []
    world.rewrite("sample", 2018, lambda rows: sampled.extend(rows) or rows)
    trust = sampled[0]["TRUST_CODE"]
    people = {row["PSID"] for row in sampled if row["TRUST_CODE"] == trust}

    def double(rows: Rows) -> Rows:
        copies = [row | {"Q59": "1" if row["Q59"] != "1" else "2"} for row in rows if row["PSID"] in people]
        return rows + copies

    world.rewrite("responses", 2018, double)


def shift_the_codes_of_a_tumour_group(world: World) -> None:
    def shift(rows: Rows) -> Rows:
        return [row | {"ICD10": "C61"} if row["ICD10"].startswith("C50") else row for row in rows]

    world.rewrite("sample", 2018, shift)


def write_an_unknown_answer_code(world: World) -> None:
    world.rewrite("responses", 2018, lambda rows: [*rows[:-1], rows[-1] | {"Q22": "8"}])


def blank_a_column(world: World) -> None:
    world.rewrite("responses", 2018, lambda rows: [row | {"Q31": ""} for row in rows])


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (double_a_trust_with_other_answers, ["responses_2018.csv", "duplicate"]),
        (shift_the_codes_of_a_tumour_group, ["breast"]),
        (write_an_unknown_answer_code, ["responses_2018.csv", "Q22", "8"]),
        (blank_a_column, ["q31"]),
    ],
)
def test_a_planted_fault_ends_without_a_release(world: World, fault: Callable[[World], None], words: list[str]) -> None:
    before = release_list(world.settings)
    fault(world)
    try:
        outcome = world.load(2018)
    except Failed as refusal:
        message = str(refusal)
        assert "2018" in message and "next" in message
    else:
        assert outcome.is_held
        report = outcome.candidate / "report.html"
        message = "\n".join(outcome.decision.reasons) + report.read_text(encoding="utf-8")
        assert (outcome.candidate / "decision.json").is_file()
    for word in words:
        assert word.lower() in message.lower()
    assert release_list(world.settings) == before
    assert (world.settings.releases / "latest").resolve().name == "2018.1.0"


def test_an_expired_correction_holds_an_otherwise_good_release(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    correction = Correction(
        *("c1", 2018, "sample", "TRUST_CODE", "TRUST_CODE", "ZZZ", "ZZZ"),
        corrected_value=first_trust(world),
        reason="typing error of the supplier",
        owner="data engineer",
        raised_on=date(2019, 1, 1),
        expires_on=date(2019, 8, 31),
    )
    # Put a wrong code in place of the right one: the correction then gives back what was there.
    world.rewrite("sample", 2018, lambda rows: [rows[0] | {"TRUST_CODE": "ZZZ"}, *rows[1:]])
    registry = replace(world.registry, corrections=(correction,))
    monkeypatch.setattr("orchestration.load.load.load_registry", lambda seeds: registry)
    before = release_list(world.settings)
    outcome = world.load(2018, as_of=date(2019, 9, 1))
    assert outcome.is_held
    (reason,) = outcome.decision.reasons
    assert "correction c1 of 2018 (owner data engineer) changed 1 rows and expired on 2019-08-31" in reason
    assert "until 2019-08-31, EXPIRED" in (outcome.candidate / "report.html").read_text(encoding="utf-8")
    stored = json.loads((outcome.candidate / "decision.json").read_text(encoding="utf-8"))
    assert [(item["correction_id"], item["rows"]) for item in stored["corrections"]] == [("c1", 1)]
    assert release_list(world.settings) == before


def first_trust(world: World) -> str:
    with world.file("sample", 2018).open(newline="", encoding="utf-8") as stream:
        return next(csv.DictReader(stream))["TRUST_CODE"]
