"""Asset checks made from the suites and the dbt tests: no check is written by hand, so none is forgotten.

They report what the load has stored; the judgement is the gate's, so none of these blocks.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    multi_asset_check,
)

from expectations.results import CheckResult
from orchestration.load.session import LoadSession, require


def check_name(check_id: str) -> str:
    """A check id as Dagster allows it in a name."""
    return re.sub(r"[^A-Za-z0-9_]", "_", check_id)


def make_stored_checks(checks: Mapping[str, tuple[AssetKey, str]]) -> AssetChecksDefinition:
    """One asset check per check id; `checks` gives the asset that it is shown on and its title."""
    specs = [
        AssetCheckSpec(
            name=check_name(check_id), asset=asset, description=title, additional_deps=[AssetKey("check_results")]
        )
        for check_id, (asset, title) in sorted(checks.items())
    ]
    assets = {check_name(check_id): asset for check_id, (asset, _) in checks.items()}

    @multi_asset_check(name="stored_check_results", specs=specs, required_resource_keys={"load"})
    def stored_check_results(context: AssetCheckExecutionContext) -> Iterator[AssetCheckResult]:
        """Shows every stored result on the asset that it speaks of."""
        session: LoadSession = context.resources.load
        results = {check_name(result.check_id): result for result in require(session.results, "check_results")}
        for name, asset in sorted(assets.items()):
            if name in results:
                yield _shown(name, asset, results[name])
            else:
                yield AssetCheckResult(asset_key=asset, check_name=name, passed=False, metadata={"status": "no result"})

    return stored_check_results


def _shown(name: str, asset: AssetKey, result: CheckResult) -> AssetCheckResult:
    is_critical = result.severity == "critical"
    values: dict[str, Any] = {
        "check id": result.check_id,
        "status": result.status,
        "severity": result.severity,
        "why": result.why,
        "expected": result.expected,
        "observed": result.observed,
        "affects": ", ".join(result.affects),
        "affected": result.n_affected,
        "of": result.denominator,
        "message": result.message,
    }
    return AssetCheckResult(
        asset_key=asset,
        check_name=name,
        passed=not result.has_failed,
        severity=AssetCheckSeverity.ERROR if is_critical else AssetCheckSeverity.WARN,
        metadata={key: value for key, value in values.items() if value not in (None, "")},
    )
