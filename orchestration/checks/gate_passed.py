"""The one blocking check: nothing after the candidate runs unless the stored decision allows it."""

import json

from dagster import AssetCheckExecutionContext, AssetCheckResult, asset_check

from orchestration.load.session import LoadSession


@asset_check(asset="release_candidate", name="gate_passed", blocking=True, required_resource_keys={"load"})
def gate_passed(context: AssetCheckExecutionContext) -> AssetCheckResult:
    """The decision stored beside the candidate is `passed` or `passed_with_waivers`."""
    session: LoadSession = context.resources.load
    decision = json.loads((session.candidate_folder / "decision.json").read_text(encoding="utf-8"))
    return AssetCheckResult(
        passed=decision["verdict"] in {"passed", "passed_with_waivers"},
        metadata={"verdict": decision["verdict"], "reasons": decision["reasons"]},
    )
