"""Publication reads what the gate writes, and nothing looser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from expectations.results import CheckResult
from orchestration.records import RecordError
from orchestration.release.candidate.tables import keys_of_dbt_manifest
from orchestration.release.errors import CandidateError
from orchestration.release.records.decision import StoredDecision, checks_digest
from tests.decisions import decided

RESULTS = [
    CheckResult(
        "b", "publication", "Título", "why", "critical", "pass", groups=({"trust": "R0A", "n": 1},), seconds=2.5
    ),
    CheckResult("a", "landing", "title", "why", "info", "fail", n_affected=3, seconds=0.5),
]


def test_a_decision_of_the_gate_is_read_and_bound_to_its_results(tmp_path: Path) -> None:
    decision = decided(RESULTS)
    (tmp_path / "decision.json").write_text(decision.to_json(), encoding="utf-8")
    (tmp_path / "checks.json").write_text(json.dumps([result.to_dict() for result in RESULTS]), encoding="utf-8")
    stored = StoredDecision.read(tmp_path / "decision.json")
    assert (stored.verdict, stored.release_year, stored.inputs) == (decision.verdict, 2018, {2018: "b" * 12})
    assert stored.checks_sha256 == checks_digest(tmp_path / "checks.json")


@pytest.mark.parametrize("text", ["", "{}", "3", '[{"seconds": 1}]', "[1]"])
def test_check_results_of_another_form_are_no_check_results(tmp_path: Path, text: str) -> None:
    (tmp_path / "checks.json").write_text(text, encoding="utf-8")
    with pytest.raises(RecordError, match="is not a list of check results"):
        checks_digest(tmp_path / "checks.json")


def test_keys_come_from_the_models_meta() -> None:
    def node(name: str, **meta: object) -> dict[str, object]:
        return {"resource_type": "model", "name": name, "config": {"meta": meta}}

    nodes = {"a": node("pub_methods", key=["method_id"]), "b": node("fct_ratings")}
    assert keys_of_dbt_manifest({"nodes": nodes}) == {"pub_methods": ["method_id"]}
    with pytest.raises(CandidateError, match="No key is stated for pub_trends"):
        keys_of_dbt_manifest({"nodes": {**nodes, "c": node("pub_trends")}})
