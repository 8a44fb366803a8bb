"""The gate: what holds a release, what a waiver can do, and that equal inputs give equal decisions."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pytest

from expectations.gate import Decision, is_passed
from expectations.results import LAYERS, CheckResult
from orchestration.registry.rows import Waiver
from tests.decisions import WAIVER, decided


def result(check_id: str = "marts_rule", **fields: object) -> CheckResult:
    given = {"layer": "marts", "title": "A rule", "why": "It matters.", "severity": "critical", "status": "pass"}
    return CheckResult(check_id=check_id, **{**given, **fields})


def all_layers(*extra: CheckResult) -> list[CheckResult]:
    return [result(f"{layer}_passes", layer=layer) for layer in LAYERS] + list(extra)


FAILED = all_layers(result(status="fail"))


def waived(results: list[CheckResult], *waivers: Waiver, **fields: object) -> Decision:
    return decided(results, waivers=waivers, **fields)


def test_everything_passed() -> None:
    decision = decided(all_layers())
    assert decision.verdict == "passed"
    assert decision.is_passed
    assert decision.reasons == ()
    assert decision.blocked_tables == ()


def test_only_known_verdicts_other_than_held_have_passed() -> None:
    verdicts = ("passed", "passed_with_waivers", "held", "", "Passed")
    assert [is_passed(verdict) for verdict in verdicts] == [True, True, False, False, False]


@pytest.mark.parametrize("status", ["fail", "error"])
def test_a_critical_check_that_failed_or_could_not_be_evaluated_holds(status: str) -> None:
    decision = decided(all_layers(result(status=status, n_affected=3, denominator=10)))
    assert decision.verdict == "held"
    assert "marts_rule" in decision.reasons[0]
    assert ("could not be evaluated and counts as failed" in decision.reasons[0]) == (status == "error")


@pytest.mark.parametrize("severity", ["warning", "info"])
def test_a_warning_alone_does_not_hold(severity: str) -> None:
    decision = decided(all_layers(result(status="fail", severity=severity)))
    assert decision.verdict == "passed"
    assert decision.failed_by_severity[severity] == 1


def test_no_results_are_not_a_pass() -> None:
    decision = decided([])
    assert decision.verdict == "held"
    assert len(decision.reasons) == len(LAYERS)


def test_a_layer_whose_checks_were_all_not_applicable_holds() -> None:
    results = [r for r in all_layers() if r.layer != "publication"]
    decision = decided([*results, result("publication_none", layer="publication", status="not_applicable")])
    assert decision.verdict == "held"
    assert "publication layer" in decision.reasons[0]


def test_a_required_check_without_result_holds() -> None:
    assert decided(all_layers(), required_checks=["marts_lost"]).verdict == "held"


def test_a_check_id_used_twice_holds() -> None:
    assert decided(all_layers(result(), result())).verdict == "held"


def test_only_the_affected_tables_are_blocked() -> None:
    decision = decided(all_layers(result(status="fail", affects=("pub_trends",))))
    assert decision.blocked_tables == ("pub_trends",)
    assert "pub_question_scores" in decision.publishable_tables


def test_a_valid_waiver_passes_the_release_and_is_named() -> None:
    decision = waived(FAILED, WAIVER)
    assert decision.verdict == "passed_with_waivers"
    assert decision.waivers_used == (
        {
            "check_id": "marts_rule", "survey_year": 2018, "reason": "a trust merged", "owner": "statistician",
            "raised_on": "2019-08-01", "expires_on": "2019-12-31",
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("waiver", "words"),
    [
        (replace(WAIVER, expires_on=date(2019, 8, 31)), "expired"),
        (replace(WAIVER, check_id="marts_other"), "matches no failed check"),
    ],
)
def test_a_bad_waiver_of_the_year_holds(waiver: Waiver, words: str) -> None:
    decision = waived(FAILED, waiver)
    assert decision.verdict == "held"
    assert words in " ".join(decision.reasons)


def test_a_check_that_could_not_be_evaluated_is_not_waived() -> None:
    decision = waived(all_layers(result(status="error", message="no table")), WAIVER)
    assert decision.verdict == "held"
    assert "only a known failure can be waived" in decision.reasons[0]


@pytest.mark.parametrize("fields", [{"status": "broken"}, {"status": "fail", "severity": "Critical"}])
def test_an_unknown_status_or_severity_holds(fields: dict[str, str]) -> None:
    assert decided(all_layers(result(**fields))).verdict == "held"


def test_the_decision_says_by_which_suites_and_rules_it_was_reached() -> None:
    returns = {2018: {"delivery": "b", "intake": "i", "registry": "r"}}
    record = json.loads(decided(all_layers(), returns=returns, suites_sha256="s").to_json())
    assert (record["suites_sha256"], record["returns"]) == ("s", {"2018": returns[2018]})


def test_an_expired_waiver_holds_even_where_nothing_failed() -> None:
    assert waived(all_layers(), replace(WAIVER, expires_on=date(2019, 8, 31))).verdict == "held"


def test_a_doubled_waiver_holds() -> None:
    assert waived(FAILED, WAIVER, WAIVER).verdict == "held"


def test_some_checks_cannot_be_waived() -> None:
    decision = waived(all_layers(result(status="fail", is_waivable=False)), WAIVER)
    assert decision.verdict == "held"
    assert "cannot be waived" in " ".join(decision.reasons)


@pytest.mark.parametrize("waiver", [replace(WAIVER, survey_year=2016), replace(WAIVER, raised_on=date(2019, 9, 2))])
def test_a_waiver_of_another_year_or_of_later_is_ignored_and_shown(waiver: Waiver) -> None:
    decision = waived(all_layers(), waiver)
    assert decision.verdict == "passed"
    assert len(decision.waivers_ignored) == 1


def test_expiry_is_judged_by_the_decision_date_not_by_the_clock() -> None:
    assert waived(FAILED, WAIVER, as_of=date(2019, 12, 31)).is_passed
    assert not waived(FAILED, WAIVER, as_of=date(2020, 1, 1)).is_passed


def test_equal_results_give_equal_bytes_whatever_their_order_and_durations() -> None:
    results = all_layers(result(status="fail", seconds=1.5))
    again = [replace(r, seconds=9.0) for r in reversed(results)]
    assert decided(results).to_json() == decided(again).to_json()


def test_other_results_give_another_hash() -> None:
    assert decided(all_layers()).checks_sha256 != decided(FAILED).checks_sha256


def test_json_form_names_what_publication_reads() -> None:
    record = json.loads(waived(all_layers(), replace(WAIVER, survey_year=2016)).to_json())
    assert set(record) == {
        *("verdict", "release_year", "data_origin", "content_digest", "inputs", "as_of", "checks_sha256"),
        *("suites_sha256", "returns", "reasons", "counts", "failed_by_severity", "waivers_used", "waivers_ignored"),
        *("corrections", "publishable_tables", "blocked_tables"),
    }
    assert record["inputs"] == {"2018": "b" * 12}
    assert record["counts"] == {"pass": 4, "fail": 0, "error": 0, "not_applicable": 0}


def failed_in(*years: int) -> list[CheckResult]:
    return all_layers(result(status="fail", survey_years=years))


def test_a_waiver_is_of_one_year_where_several_were_checked() -> None:
    years = (2016, 2017)
    both = [replace(WAIVER, survey_year=year) for year in years]
    assert waived(failed_in(2016), both[0], checked_years=years).verdict == "passed_with_waivers"
    assert waived(failed_in(2016, 2017), *both, checked_years=years).verdict == "passed_with_waivers"
    half = waived(failed_in(2016, 2017), both[0], checked_years=years)
    assert half.verdict == "held"
    assert "marts_rule failed" in half.reasons[0]


def test_a_waiver_of_the_release_year_does_not_cover_another_year() -> None:
    decision = waived(failed_in(2016), WAIVER, checked_years=(2016,))
    assert decision.verdict == "held"
    assert any("matches no failed check" in reason for reason in decision.reasons)


def test_a_waiver_of_a_year_that_was_not_checked_is_ignored() -> None:
    decision = waived(all_layers(), replace(WAIVER, survey_year=2016))
    assert decision.verdict == "passed"
    assert len(decision.waivers_ignored) == 1
