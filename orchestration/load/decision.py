"""Step 5, decision: the gate decides on exactly these results, inputs and content.

Reads: checks.json, candidate.json, plan.json, the delivery receipts and the registry. Stores: decision.json. Does not
belong here: the rule (`expectations.gate`).
"""

from __future__ import annotations

from expectations.corrections import corrections_of_release
from expectations.dbt import ids_of_dbt_tests
from expectations.gate import CheckedRelease, Decision, decide
from expectations.loader import SuiteError, load_suites, suites_digest
from orchestration.load.checks import CANDIDATE_CHECK
from orchestration.load.landing import plan_of, receipts_of
from orchestration.load.load import Load
from orchestration.load.run_record import timed
from orchestration.release.records.candidate import read_candidate
from orchestration.release.records.checks import read_results
from orchestration.release.records.decision import DECISION_FILE
from orchestration.warehouse.dbt_project import DbtProject


def decide_on_candidate(load: Load) -> Decision:
    """Decides on the stored candidate of a load. Raises RecordError where a record is missing."""
    plan, candidate = plan_of(load), read_candidate(load.candidate)
    fingerprints = plan.up_to(load.release_year)
    with timed(load, "decision"):
        checked = CheckedRelease(
            release_year=load.release_year,
            data_origin=load.settings.data_origin,
            content_digest=candidate.content_digest,
            deliveries={year: fingerprint.delivery for year, fingerprint in fingerprints.items()},
            returns={year: fingerprint.landed.model_dump() for year, fingerprint in fingerprints.items()},
            suites_sha256=suites_digest(load.settings.suites),
            checked_years=plan.checked_years(load.survey_years),
            tables=[table.name for table in candidate.tables],
        )
        receipts = receipts_of(load, plan)
        applied = {year: [item.model_dump() for item in receipt.corrections] for year, receipt in receipts.items()}
        decision = decide(
            checked,
            read_results(load.candidate),
            as_of=load.as_of,
            required_checks=required_checks(load),
            waivers=load.registry.waivers,
            corrections=corrections_of_release(load.registry.corrections, applied),
        )
        (load.candidate / DECISION_FILE).write_text(decision.to_json(), encoding="utf-8")
    return decision


def required_checks(load: Load) -> list[str]:
    """Ids of every check of the suites and every dbt test: a check that lost its result holds the release."""
    try:
        suites = load_suites(load.settings.suites)
    except SuiteError:  # the result of SUITES_CHECK says so, and holds the release
        suites = []
    tests = ids_of_dbt_tests(DbtProject(load.settings).manifest())
    return [*(check.id for suite in suites for check in suite.checks), *tests, CANDIDATE_CHECK]
