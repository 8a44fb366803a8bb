"""Publication reads what the gate writes, and nothing looser."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from expectations.gate import Decision
from expectations.results import CheckResult, results_digest
from orchestration.records import RecordError
from orchestration.release.candidate.tables import publication_models
from orchestration.release.errors import CandidateError
from orchestration.release.records.checks import read_full_results, read_results, write_results
from orchestration.release.records.decision import StoredDecision, read_decision
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
    write_results(tmp_path, RESULTS, 20)
    stored = read_decision(tmp_path)
    assert (stored.verdict, stored.release_year, stored.inputs) == (decision.verdict, 2018, {2018: "b" * 12})
    assert stored.checks_sha256 == results_digest(read_full_results(tmp_path))
    assert stored.to_json() == decision.to_json()


def test_the_stored_form_has_every_field_of_the_decision() -> None:
    assert set(StoredDecision.model_fields) == {field.name for field in fields(Decision)}


def test_the_reviewer_keeps_the_figures_that_are_withheld(tmp_path: Path) -> None:
    group = {"trust_code": "R0A", "observed": 0.3, "n_affected": 3, "denominator": 10}
    small = CheckResult("c", "marts", "t", "w", "critical", "fail", groups=(group,), n_groups=1)
    write_results(tmp_path, [small], 20)
    assert read_full_results(tmp_path) == [small]
    assert read_results(tmp_path)[0].groups[0]["observed"] == "withheld"
    (tmp_path / "check_results.json").unlink()  # as an older load left it
    assert read_full_results(tmp_path) == read_results(tmp_path)


@pytest.mark.parametrize("text", ["", "{}", "3", '[{"seconds": 1}]', "[1]"])
def test_check_results_of_another_form_are_no_check_results(tmp_path: Path, text: str) -> None:
    (tmp_path / "checks.json").write_text(text, encoding="utf-8")
    with pytest.raises(RecordError, match="is not a list of check results"):
        read_results(tmp_path)


def test_published_tables_with_their_keys_and_texts_come_from_the_models() -> None:
    def node(name: str, **meta: object) -> dict[str, object]:
        columns = {"z": {"description": "Multiplier\n of an error."}}
        texts = {"description": "A\ntable.", "columns": columns}
        return {"resource_type": "model", "name": name, "config": {"meta": meta}, **texts}

    nodes = {"a": node("pub_methods", key=["method_id"]), "b": node("fct_ratings")}
    (name, model), *others = publication_models({"nodes": nodes}).items()
    assert (name, model.key, others) == ("pub_methods", ("method_id",), [])
    assert (model.description, model.columns) == ("A table.", {"z": "Multiplier of an error."})
    with pytest.raises(CandidateError, match="No key is stated for pub_trends"):
        publication_models({"nodes": {**nodes, "c": node("pub_trends")}})
