"""What a load is judged by: check results, the gate's decision, the quality report."""

from collections import Counter
from typing import Any

from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, MaterializeResult, MetadataValue, asset

from orchestration.assets.step import load_step
from orchestration.load import steps
from orchestration.load.session import require
from orchestration.partitions import ONE_RUN, survey_years

# Every publication table is judged, so the results wait for all of them.
PUBLICATION_GROUP = "publication"


def make_check_results(publication_tables: list[AssetKey]) -> AssetsDefinition:
    """The asset that holds every check's result; it depends on all publication tables."""

    @asset(
        key="check_results",
        deps=publication_tables,
        partitions_def=survey_years,
        backfill_policy=ONE_RUN,
        group_name="judgement",
        kinds={"great_expectations"},
        required_resource_keys={"load"},
    )
    def check_results(context: AssetExecutionContext) -> MaterializeResult[None]:
        """Results of all checks of a load: Great Expectations suites and dbt tests. A broken check is a result too."""
        with load_step(context) as session:
            steps.start_candidate(session)
            steps.run_checks(session)
            counts = Counter(result.status for result in require(session.results, "check_results"))
            shown: dict[str, Any] = {status: counts[status] for status in sorted(counts)}
            return MaterializeResult(metadata=shown)

    return check_results


@asset(
    deps=["check_results"],
    partitions_def=survey_years,
    backfill_policy=ONE_RUN,
    group_name="judgement",
    required_resource_keys={"load"},
)
def gate_decision(context: AssetExecutionContext) -> MaterializeResult[None]:
    """The stored decision on exactly these inputs and this content: passed, passed with waivers, or held."""
    with load_step(context) as session:
        steps.decide(session)
        decision = require(session.decision, "gate_decision")
        return MaterializeResult(
            metadata={
                "verdict": decision.verdict,
                "content digest": decision.content_digest,
                "reasons": MetadataValue.md("\n".join(f"- {reason}" for reason in decision.reasons) or "none"),
            }
        )


@asset(
    deps=["gate_decision"],
    partitions_def=survey_years,
    backfill_policy=ONE_RUN,
    group_name="judgement",
    kinds={"html"},
    required_resource_keys={"load"},
)
def quality_report(context: AssetExecutionContext) -> MaterializeResult[None]:
    """The report that a reviewer reads and signs; a held load has one too."""
    with load_step(context) as session:
        report = steps.write_report(session)
        return MaterializeResult(metadata={"report": MetadataValue.path(report)})
