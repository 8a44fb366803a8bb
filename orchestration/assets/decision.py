"""What the decision on a candidate is based on: check results, the gate's decision, the quality report."""

from collections import Counter
from typing import Any

from dagster import AssetExecutionContext, MaterializeResult, MetadataValue, asset

from orchestration.assets.shared import ASSURERS, plain_failures
from orchestration.load.checks import run_checks
from orchestration.load.decision import decide_on_candidate
from orchestration.load.report import write_report
from orchestration.partitions import ONE_RUN, survey_years
from orchestration.resources.load import LoadResource


@asset(
    deps=["candidate_tables"],
    group_name="decision",
    kinds={"great_expectations", "dbt"},
    owners=[ASSURERS],
    partitions_def=survey_years,
    backfill_policy=ONE_RUN,
)
def check_results(context: AssetExecutionContext, load: LoadResource) -> MaterializeResult[None]:
    """Results of all checks of a load: suites and dbt tests. A check that cannot be evaluated is a result too."""
    with plain_failures(load):
        results = run_checks(load.of_candidate(context))
    counts = Counter(result.status for result in results)
    shown: dict[str, Any] = {status: counts[status] for status in sorted(counts)}
    return MaterializeResult(metadata=shown | {"dagster/row_count": len(results)})


@asset(
    deps=["check_results"],
    group_name="decision",
    kinds={"json"},
    owners=[ASSURERS],
    partitions_def=survey_years,
    backfill_policy=ONE_RUN,
)
def gate_decision(context: AssetExecutionContext, load: LoadResource) -> MaterializeResult[None]:
    """The stored decision on exactly these inputs and this content: passed, passed with waivers, or held."""
    with plain_failures(load):
        decision = decide_on_candidate(load.of_candidate(context))
    return MaterializeResult(
        metadata={
            "verdict": decision.verdict,
            "content digest": decision.content_digest,
            "reasons": MetadataValue.md("\n".join(f"- {reason}" for reason in decision.reasons) or "none"),
        }
    )


@asset(
    deps=["gate_decision"],
    group_name="decision",
    kinds={"html"},
    owners=[ASSURERS],
    partitions_def=survey_years,
    backfill_policy=ONE_RUN,
)
def quality_report(context: AssetExecutionContext, load: LoadResource) -> MaterializeResult[None]:
    """The report that a reviewer reads and signs; a held load has one too."""
    with plain_failures(load):
        report = write_report(load.of_candidate(context))
    return MaterializeResult(
        metadata={"report": MetadataValue.path(report), "open in a browser": MetadataValue.url(report.as_uri())}
    )
