"""dbt's test results as check records, so that the gate decides on both engines by one rule.

Belongs here: reading `run_results` and `manifest`. dbt tests run as `warn` and never stop a load; what a failure
means is in the `meta` of the test: check_id, severity, description, affects, is_waivable.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from expectations.error_messages import dbt_headline
from expectations.results import ALL_TABLES, LAYERS, SEVERITIES, CheckResult, Severity, Status

_STATUS: dict[str, Status] = {"pass": "pass", "warn": "fail", "fail": "fail"}


def dbt_results(run_results: Mapping[str, Any], manifest: Mapping[str, Any]) -> list[CheckResult]:
    """One record for each dbt data test that ran.

    Both arguments are the artifacts of `dbt test` as parsed JSON. A test that dbt skipped or could not run is an
    `error`; one without `meta.severity` counts as critical.
    """
    nodes = manifest["nodes"]
    records = [
        _test_record(str(outcome["unique_id"]), nodes.get(str(outcome["unique_id"]), {}), outcome, nodes)
        for outcome in run_results.get("results", [])
    ]
    return sorted(records, key=lambda record: record.check_id)


def ids_of_dbt_tests(manifest: Mapping[str, Any]) -> list[str]:
    """Check ids of every data test of a project, whether a load has run it or not."""
    nodes = manifest.get("nodes", {})
    return sorted(check_id_of(name, node) for name, node in nodes.items() if node["resource_type"] == "test")


def check_id_of(unique_id: str, node: Mapping[str, Any]) -> str:
    """The check id of a dbt test: that of its `meta`, else made from its name."""
    return str(_meta(node).get("check_id") or f"dbt_{_name(unique_id, node)}")


def _test_record(
    unique_id: str, node: Mapping[str, Any], outcome: Mapping[str, Any], nodes: Mapping[str, Any]
) -> CheckResult:
    meta = _meta(node)
    status = _STATUS.get(str(outcome["status"]), "error")
    failures = outcome.get("failures")
    severity = meta.get("severity")
    title = str(meta.get("title") or meta.get("description") or node.get("description") or _name(unique_id, node))
    affects = meta.get("affects") or [ALL_TABLES]
    return CheckResult(
        check_id=check_id_of(unique_id, node),
        layer=_layer(node, nodes),
        title=title.strip(),
        why=str(meta.get("why") or meta.get("description") or "").strip(),
        severity=cast("Severity", severity) if severity in SEVERITIES else "critical",
        status=status,
        affects=tuple([affects] if isinstance(affects, str) else affects),
        engine="dbt",
        expected="no row breaks the rule",
        observed="" if failures is None else f"{failures} rows",
        n_affected=None if failures is None else int(failures),
        message=dbt_headline(str(outcome.get("message") or "")) if status == "error" else "",
        next_step="run the compiled test in the load's warehouse and look at its rows" if status != "pass" else "",
        is_waivable=bool(meta.get("is_waivable", True)),
        seconds=round(float(outcome.get("execution_time") or 0.0), 4),
    )


def _meta(node: Mapping[str, Any]) -> Mapping[str, Any]:
    config = node.get("config") or {}
    return {**(node.get("meta") or {}), **(config.get("meta") or {})}


def _name(unique_id: str, node: Mapping[str, Any]) -> str:
    return str(node.get("name") or unique_id.split(".")[-1])


def _layer(node: Mapping[str, Any], nodes: Mapping[str, Any]) -> str:
    """Layer of the model a test is about, by its folder; registry seeds and intermediate models count as staging."""
    about = nodes.get(str(node.get("attached_node") or ""), node)
    for depended in [] if about is not node else (node.get("depends_on") or {}).get("nodes", []):
        about = nodes.get(depended, about)
    folders = set(about.get("fqn") or ())
    return next((layer for layer in reversed(LAYERS) if layer in folders), "staging")
