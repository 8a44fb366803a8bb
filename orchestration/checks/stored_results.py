"""Asset checks made from the suites and the dbt tests: no check is written by hand, so none is forgotten.

They show what the load has stored; the decision is the gate's, so none of these blocks.
"""

from collections.abc import Iterator, Sequence

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetChecksDefinition,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetKey,
    MetadataValue,
    multi_asset_check,
)

from expectations.results import CheckResult
from orchestration.checks.inventory import StoredCheck
from orchestration.release.records.checks import read_full_results
from orchestration.resources.load import LoadResource


def make_stored_checks(stored: Sequence[StoredCheck]) -> AssetChecksDefinition:
    """One asset check for each stored check; it reports when the results of the load are there."""
    specs = [
        AssetCheckSpec(
            name=check.name,
            asset=check.asset,
            description=check.description,
            additional_deps=[AssetKey("check_results")],
        )
        for check in stored
    ]

    @multi_asset_check(name="stored_check_results", specs=specs, can_subset=True)
    def stored_check_results(context: AssetCheckExecutionContext, load: LoadResource) -> Iterator[AssetCheckResult]:
        """Shows the stored results of the candidate on the assets that they are about."""
        results = {result.check_id: result for result in read_full_results(load.of_candidate(context).candidate)}
        asked = {(key.asset_key, key.name) for key in context.selected_asset_check_keys}
        for check in stored:
            if (check.asset, check.name) in asked:
                yield _shown(check, [results[check_id] for check_id in check.check_ids if check_id in results])

    return stored_check_results


def _shown(check: StoredCheck, results: Sequence[CheckResult]) -> AssetCheckResult:
    """Passed if every check of it has a result and none has failed; failures are listed, the worst first."""
    failed = sorted((result for result in results if result.has_failed), key=lambda result: result.severity)
    missing = len(check.check_ids) - len(results)
    is_critical = missing > 0 or any(result.severity == "critical" for result in failed)
    lines = [f"| {r.severity} | {r.check_id} | {r.title} | {r.observed or r.message} |" for r in failed]
    table = "\n".join(["| severity | check | rule | observed |", "|---|---|---|---|", *lines])
    return AssetCheckResult(
        asset_key=check.asset,
        check_name=check.name,
        passed=not failed and not missing,
        severity=AssetCheckSeverity.ERROR if is_critical else AssetCheckSeverity.WARN,
        metadata={
            "passed": sum(result.status == "pass" for result in results),
            "failed": len(failed),
            "not applicable": sum(result.status == "not_applicable" for result in results),
            "without a result": missing,
            "failures": MetadataValue.md(table if failed else "none"),
        },
    )
