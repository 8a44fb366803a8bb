"""dbt's test results as check records."""

from __future__ import annotations

from typing import Any

from expectations.dbt import dbt_results

MANIFEST: dict[str, Any] = {
    "nodes": {
        "model.ncpes.fct_scores": {"name": "fct_scores", "fqn": ["ncpes", "marts", "fct_scores"]},
        "test.ncpes.unique_key.1": {
            "name": "unique_key",
            "fqn": ["ncpes", "marts", "unique_key"],
            "attached_node": "model.ncpes.fct_scores",
            "config": {
                "meta": {
                    "check_id": "dbt_scores_key",
                    "severity": "warning",
                    "description": "The key is unique",
                    "affects": ["pub_question_scores"],
                }
            },
        },
        "test.ncpes.bare.2": {"name": "bare", "fqn": ["ncpes", "staging", "bare"]},
    },
}


def outcome(unique_id: str, status: str, **fields: Any) -> dict[str, Any]:
    return {"unique_id": unique_id, "status": status, "failures": None, "message": None, "execution_time": 0.1} | fields


def test_a_warning_of_dbt_is_a_failure_of_the_severity_in_meta() -> None:
    (result,) = dbt_results({"results": [outcome("test.ncpes.unique_key.1", "warn", failures=7)]}, MANIFEST)
    assert (result.check_id, result.status, result.severity, result.layer) == (
        "dbt_scores_key",
        "fail",
        "warning",
        "marts",
    )
    assert (result.n_affected, result.affects, result.engine) == (7, ("pub_question_scores",), "dbt")


def test_a_test_without_meta_is_critical_and_named_after_itself() -> None:
    (result,) = dbt_results({"results": [outcome("test.ncpes.bare.2", "pass", failures=0)]}, MANIFEST)
    assert (result.check_id, result.status, result.severity) == ("dbt_bare", "pass", "critical")


def test_a_test_says_itself_whether_it_can_be_waived() -> None:
    node = MANIFEST["nodes"]["test.ncpes.bare.2"] | {"config": {"meta": {"is_waivable": False}}}
    ran = {"results": [outcome("test.ncpes.bare.2", "warn", failures=1)]}
    assert not dbt_results(ran, {"nodes": {"test.ncpes.bare.2": node}})[0].is_waivable
    assert dbt_results(ran, MANIFEST)[0].is_waivable


def test_skipped_and_broken_tests_are_errors() -> None:
    ran = {
        "results": [
            outcome("test.ncpes.bare.2", "skipped"),
            outcome("test.ncpes.unique_key.1", "error", message="Binder Error\nmore"),
        ]
    }
    results = dbt_results(ran, MANIFEST)
    assert [result.status for result in results] == ["error", "error"]
    assert results[1].message == "Binder Error"
