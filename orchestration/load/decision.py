"""Step 5, decision: the gate decides on exactly these results, inputs and content.

Reads: checks.json, candidate.json, plan.json, the delivery receipts and the registry. Stores: decision.json. Does not
belong here: the rule (`expectations.gate`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from expectations.dbt import ids_of_dbt_tests
from expectations.gate import Decision, decide
from expectations.loader import SuiteError, load_suites, suites_digest
from orchestration.intake.landing.receipt import Receipt
from orchestration.load.checks import CANDIDATE_CHECK
from orchestration.load.landing import plan_of, receipts_of
from orchestration.load.load import Load
from orchestration.load.run_record import timed
from orchestration.registry import Registry
from orchestration.release.records.candidate import read_candidate
from orchestration.release.records.checks import read_results
from orchestration.release.records.decision import DECISION_FILE
from orchestration.warehouse.dbt_project import DbtProject


def decide_on_candidate(load: Load) -> Decision:
    """Decides on the stored candidate of a load. Raises RecordError where a record is missing."""
    plan, candidate = plan_of(load), read_candidate(load.candidate)
    fingerprints = plan.up_to(load.release_year)
    with timed(load, "decision"):
        decision = decide(
            read_results(load.candidate),
            [asdict(waiver) for waiver in load.registry.waivers],
            load.as_of,
            load.release_year,
            load.settings.data_origin,
            candidate.content_digest,
            {year: fingerprint.delivery for year, fingerprint in fingerprints.items()},
            required_checks=required_checks(load),
            corrections=corrections_of_release(load.registry, receipts_of(load, plan)),
            tables=[table.name for table in candidate.tables],
            judged_years=plan.checked_years(load.survey_years),
            returns={year: fingerprint.landed.model_dump() for year, fingerprint in fingerprints.items()},
            suites_sha256=suites_digest(load.settings.suites),
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


def corrections_of_release(registry: Registry, receipts: Mapping[int, Receipt]) -> list[dict[str, Any]]:
    """Corrections of the survey years of `receipts`, each with the rows that it changed.

    A registered correction that no receipt lists has zero rows: its year was landed before it was raised. One that was
    applied and has left the registry since is still in the landed tables, with the expiry that its receipt holds; else
    the registry's row says when a correction expires.
    """
    found = []
    for year, receipt in sorted(receipts.items()):
        applied = {correction.correction_id: correction for correction in receipt.corrections}
        registered = {row.correction_id: row for row in registry.corrections_of(year)}
        for name in sorted({*applied, *registered}):
            row = registered.get(name)
            found.append(
                {
                    "correction_id": name,
                    "survey_year": year,
                    "rows": applied[name].rows if name in applied else 0,
                    "expires_on": row.expires_on.isoformat() if row else applied[name].expires_on,
                    "reason": row.reason if row else "no longer registered, but applied when the year was landed",
                    "owner": row.owner if row else "",
                }
            )
    return found
