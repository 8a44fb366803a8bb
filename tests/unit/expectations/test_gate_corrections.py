"""Corrections at the gate: judged at the decision's own date, for every year of the release, and always shown."""

from __future__ import annotations

from datetime import date

import pytest

from expectations.gate import Decision, decide
from expectations.results import LAYERS, CheckResult

PASSED = [
    CheckResult(f"{layer}_passes", layer, "A rule", "It matters.", severity="critical", status="pass")
    for layer in LAYERS
]


def judged(*corrections: dict[str, object], as_of: date | str = date(2019, 9, 1)) -> Decision:
    return decide(
        *(PASSED, (), as_of, 2018, "synthetic", "d" * 64, {2017: "ab" * 6, 2018: "cd" * 6}), corrections=corrections
    )


def correction(**fields: object) -> dict[str, object]:
    given = {
        "correction_id": "c1",
        "survey_year": 2018,
        "rows": 12,
        "expires_on": "2019-12-31",
        "reason": "codes of a trust were swapped",
        "owner": "data engineer",
    }
    return {**given, **fields}


def test_a_correction_in_force_passes_and_stands_in_the_decision() -> None:
    decision = judged(correction())
    assert decision.verdict == "passed"
    assert decision.to_dict()["corrections"] == (correction(),)


def test_expiry_is_judged_by_the_decision_date() -> None:
    assert judged(correction(), as_of="2019-12-31").is_passed
    late = judged(correction(), as_of="2020-01-01")
    assert late.verdict == "held"
    assert "c1 of 2018 (owner data engineer) changed 12 rows and expired on 2019-12-31" in late.reasons[0]
    assert "corrections.csv" in late.reasons[0]


def test_a_correction_of_an_earlier_year_of_the_release_counts() -> None:
    assert judged(correction(survey_year=2016, expires_on="2019-08-31")).verdict == "held"


def test_a_correction_of_a_later_year_is_no_part_of_the_release() -> None:
    decision = judged(correction(survey_year=2019, expires_on="2019-08-31"))
    assert decision.verdict == "passed"
    assert decision.corrections == ()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([correction(rows=0)], "changed no row"),
        ([correction(), correction()], "stands 2 times"),
        ([correction(rows=None)], "rows is missing"),
        ([correction(expires_on="")], "expires_on is missing"),
        ([correction(expires_on="soon")], "isoformat"),
    ],
)
def test_a_correction_that_matched_nothing_or_cannot_be_read_holds(rows: list[dict[str, object]], words: str) -> None:
    decision = judged(*rows)
    assert decision.verdict == "held"
    assert words in " ".join(decision.reasons)


def test_the_order_of_corrections_does_not_change_the_bytes() -> None:
    one, other = correction(), correction(correction_id="c0", survey_year=2017)
    assert judged(one, other).to_json() == judged(other, one).to_json()
