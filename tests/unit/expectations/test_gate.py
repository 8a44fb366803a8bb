"""The gate: what holds a release, what a waiver can do, and that equal inputs give equal decisions."""

from __future__ import annotations

import json
from datetime import date

import pytest

from expectations.gate import Decision, Waiver, decide
from expectations.results import LAYERS, CheckResult


def result(check_id: str = "marts_rule", **fields: object) -> CheckResult:
    given = {"layer": "marts", "title": "A rule", "why": "It matters.", "severity": "critical", "status": "pass"}
    return CheckResult(check_id=check_id, **{**given, **fields})


def all_layers(*extra: CheckResult) -> list[CheckResult]:
    return [result(f"{layer}_passes", layer=layer) for layer in LAYERS] + list(extra)


def judged(results: list[CheckResult], waivers: tuple[object, ...] = (), **fields: object) -> Decision:
    given = {
        "as_of": date(2019, 9, 1),
        "release_year": 2018,
        "data_origin": "synthetic",
        "content_digest": "d" * 64,
        "inputs": {2018: "0123456789ab"},
    }
    return decide(results, waivers, **{**given, **fields})


def waiver(**fields: object) -> dict[str, object]:
    given = {
        "check_id": "marts_rule",
        "survey_year": 2018,
        "reason": "A trust merged during fieldwork",
        "owner": "head of statistics",
        "raised_on": "2019-08-01",
        "expires_on": "2019-12-31",
    }
    return {**given, **fields}


def test_everything_passed() -> None:
    decision = judged(all_layers())
    assert decision.verdict == "passed"
    assert decision.is_passed
    assert decision.reasons == ()
    assert decision.blocked_tables == ()


@pytest.mark.parametrize("status", ["fail", "error"])
def test_a_critical_check_that_failed_or_broke_holds(status: str) -> None:
    decision = judged(all_layers(result(status=status, n_affected=3, denominator=10)))
    assert decision.verdict == "held"
    assert "marts_rule" in decision.reasons[0]


@pytest.mark.parametrize("severity", ["warning", "info"])
def test_a_warning_alone_does_not_hold(severity: str) -> None:
    decision = judged(all_layers(result(status="fail", severity=severity)))
    assert decision.verdict == "passed"
    assert decision.failed_by_severity[severity] == 1


def test_no_results_are_not_a_pass() -> None:
    decision = judged([])
    assert decision.verdict == "held"
    assert len(decision.reasons) == len(LAYERS)


def test_a_layer_whose_checks_were_all_not_applicable_holds() -> None:
    results = [r for r in all_layers() if r.layer != "publication"]
    decision = judged([*results, result("publication_none", layer="publication", status="not_applicable")])
    assert decision.verdict == "held"
    assert "publication layer" in decision.reasons[0]


def test_a_required_check_without_result_holds() -> None:
    assert judged(all_layers(), required_checks=["marts_lost"]).verdict == "held"


def test_a_check_id_used_twice_holds() -> None:
    assert judged(all_layers(result(), result())).verdict == "held"


def test_only_the_affected_tables_are_blocked() -> None:
    decision = judged(all_layers(result(status="fail", affects=("pub_trends",))))
    assert decision.blocked_tables == ("pub_trends",)
    assert "pub_question_scores" in decision.publishable_tables


def test_a_valid_waiver_passes_the_release_and_is_named() -> None:
    decision = judged(all_layers(result(status="fail")), (waiver(),))
    assert decision.verdict == "passed_with_waivers"
    assert decision.waivers_used[0]["owner"] == "head of statistics"


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (waiver(expires_on="2019-08-31"), "expired"),
        (waiver(check_id="marts_other"), "matches no failed check"),
        (waiver(reason=""), "reason is missing"),
        (waiver(expires_on="soon"), "isoformat"),
    ],
)
def test_a_bad_waiver_of_the_year_holds(row: dict[str, object], words: str) -> None:
    decision = judged(all_layers(result(status="fail")), (row,))
    assert decision.verdict == "held"
    assert words in " ".join(decision.reasons)


def test_a_check_that_broke_is_not_waived() -> None:
    decision = judged(all_layers(result(status="error", message="no table")), (waiver(),))
    assert decision.verdict == "held"
    assert "only a known failure can be waived" in decision.reasons[0]


@pytest.mark.parametrize("fields", [{"status": "broken"}, {"status": "fail", "severity": "Critical"}])
def test_what_nobody_knows_holds(fields: dict[str, str]) -> None:
    assert judged(all_layers(result(**fields))).verdict == "held"


def test_the_decision_says_by_which_suites_and_rules_it_was_reached() -> None:
    returns = {2018: {"delivery": "b", "intake": "i", "registry": "r"}}
    record = json.loads(judged(all_layers(), returns=returns, suites_sha256="s").to_json())
    assert (record["suites_sha256"], record["returns"]) == ("s", {"2018": returns[2018]})


def test_an_expired_waiver_holds_even_where_nothing_failed() -> None:
    assert judged(all_layers(), (waiver(expires_on="2019-08-31"),)).verdict == "held"


def test_a_doubled_waiver_holds() -> None:
    assert judged(all_layers(result(status="fail")), (waiver(), waiver())).verdict == "held"


def test_some_checks_cannot_be_waived() -> None:
    decision = judged(all_layers(result(status="fail", is_waivable=False)), (waiver(),))
    assert decision.verdict == "held"
    assert "cannot be waived" in " ".join(decision.reasons)


@pytest.mark.parametrize("row", [waiver(survey_year=2016), waiver(raised_on="2019-09-02")])
def test_a_waiver_of_another_year_or_of_later_is_ignored_and_shown(row: dict[str, object]) -> None:
    decision = judged(all_layers(), (row,))
    assert decision.verdict == "passed"
    assert len(decision.waivers_ignored) == 1


def test_expiry_is_judged_by_the_decision_date_not_by_the_clock() -> None:
    results = all_layers(result(status="fail"))
    assert judged(results, (waiver(),), as_of="2019-12-31").is_passed
    assert not judged(results, (waiver(),), as_of="2020-01-01").is_passed


def test_equal_results_give_equal_bytes_whatever_their_order_and_durations() -> None:
    results = all_layers(result(status="fail", seconds=1.5))
    again = [CheckResult(**{**r.__dict__, "seconds": 9.0}) for r in reversed(results)]
    assert judged(results).to_json() == judged(again).to_json()


def test_other_results_give_another_hash() -> None:
    assert judged(all_layers()).checks_sha256 != judged(all_layers(result(status="fail"))).checks_sha256


def test_json_form_names_what_publication_reads() -> None:
    record = json.loads(judged(all_layers(), (Waiver.from_row(waiver(survey_year=2016)),)).to_json())
    for key in (
        "verdict",
        "release_year",
        "data_origin",
        "content_digest",
        "inputs",
        "as_of",
        "checks_sha256",
        "reasons",
    ):
        assert key in record
    assert record["inputs"] == {"2018": "0123456789ab"}
    assert record["counts"] == {"pass": 4, "fail": 0, "error": 0, "not_applicable": 0}


def failed_in(*years: int) -> list[CheckResult]:
    return all_layers(result(status="fail", survey_years=years))


def test_a_waiver_is_of_one_year_where_several_were_judged() -> None:
    years = (2016, 2017)
    assert judged(failed_in(2016), (waiver(survey_year=2016),), judged_years=years).verdict == "passed_with_waivers"
    both = (waiver(survey_year=2016), waiver(survey_year=2017))
    assert judged(failed_in(2016, 2017), both, judged_years=years).verdict == "passed_with_waivers"
    half = judged(failed_in(2016, 2017), both[:1], judged_years=years)
    assert half.verdict == "held"
    assert "marts_rule failed" in half.reasons[0]


def test_a_waiver_of_the_release_year_does_not_cover_another_year() -> None:
    decision = judged(failed_in(2016), (waiver(),), judged_years=(2016,))
    assert decision.verdict == "held"
    assert any("matches no failed check" in reason for reason in decision.reasons)


def test_a_waiver_of_a_year_that_was_not_judged_is_ignored() -> None:
    decision = judged(all_layers(), (waiver(survey_year=2016),))
    assert decision.verdict == "passed"
    assert len(decision.waivers_ignored) == 1
