"""The steps of a load after its intake (`receiving`), in order. Each reads what those before it left in the session.

models, candidate, checks, decision, report, files and manifest, promotion, publication. Only intake may refuse;
everything after it runs to its end and is judged.
"""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.lake import DATABASE, landing_folder
from orchestration.load.checking import CANDIDATE_CHECK, defects_of_candidate, results_of_load
from orchestration.load.corrections import corrections_of_release
from orchestration.load.judged_years import check_context, judged_years
from orchestration.load.run_record import write_run_record
from orchestration.load.session import LoadSession, StepOutOfOrder, require, timed
from orchestration.warehouse.scratch import promote

if TYPE_CHECKING:
    from orchestration.release.records.candidate import Candidate


def build_models(session: LoadSession) -> None:
    """One dbt invocation: the years of the plan, and everything across years. Raises DbtBuildFailed."""
    from expectations.judge import start_great_expectations

    plan, scratch = require(session.plan, "landing"), require(session.scratch, "landing")
    # Its import takes seconds of one core, while the models wait for the disk or for other processes.
    threading.Thread(target=start_great_expectations, name="great_expectations", daemon=True).start()
    with timed(session, "models"):
        session.build = session.dbt.build(scratch / DATABASE, session.survey_year, plan, session.progress)


def start_candidate(session: LoadSession) -> None:
    """Begins the candidate's tables on a thread of their own: the checks do not need them.

    The candidate is the publication tables as they would go out, in order of their keys, with the content digest.
    """
    from orchestration.release.candidate.tables import build_candidate, publication_models

    build = require(session.build, "survey_year_models")
    database, folder = require(session.scratch, "landing") / DATABASE, session.candidate_folder

    def make() -> Candidate:
        with timed(session, "candidate"):
            return build_candidate(database, session.survey_year, publication_models(build.manifest), folder)

    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="candidate")
    session.candidate_made = pool.submit(make)
    pool.shutdown(wait=False)


def run_checks(session: LoadSession) -> None:
    """Every check of the suites and every dbt test, stored; a check that breaks is a result too."""
    from orchestration.release.records.checks import write_results

    with timed(session, "checks"):
        session.results = results_of_load(session)
    folder = session.candidate_folder
    try:
        # Whatever an earlier load left in the folder is gone once the candidate stands.
        session.candidate = require(session.candidate_made, "check_results").result()
        session.results.append(defects_of_candidate(session))
    finally:  # a candidate that could not be made does not take the results with it
        folder.mkdir(parents=True, exist_ok=True)
        years = [year for year in session.registry.years if year <= session.survey_year]
        threshold = max(session.registry.suppression_policy_of(year).primary_threshold for year in years)
        write_results(folder, session.results, threshold)
    if session.options.writes_data_docs:
        _write_data_docs(session)


def _write_data_docs(session: LoadSession) -> None:
    """Data Docs beside the report; they decide nothing, so a load goes on without them."""
    from expectations.data_docs import write_data_docs

    suites, results = require(session.suites, "check_results"), require(session.results, "check_results")
    context = check_context(session, session.survey_year)
    with timed(session, "data docs"):
        try:
            write_data_docs(session.candidate_folder / "data_docs", suites, results, context)
        except Exception as error:  # an extra for whoever asked for it
            session.say(f"Data Docs could not be written ({type(error).__name__}); the quality report is not theirs.")


def decide(session: LoadSession) -> None:
    """The gate's decision on these results, inputs and content, stored."""
    from dataclasses import asdict

    from expectations.gate import decide
    from expectations.loader import suites_digest
    from orchestration.release.records.checks import read_results
    from orchestration.release.records.decision import DECISION_FILE

    plan = require(session.plan, "landing")
    candidate = require(session.candidate, "check_results")
    fingerprints = plan.up_to(session.survey_year)
    with timed(session, "decision"):
        session.decision = decide(
            read_results(session.candidate_folder),
            [asdict(waiver) for waiver in session.registry.waivers],
            session.as_of,
            session.survey_year,
            session.settings.data_origin,
            candidate.content_digest,
            {year: fingerprint.delivery for year, fingerprint in fingerprints.items()},
            required_checks=_required_checks(session),
            corrections=corrections_of_release(session.registry, _receipts(session)),
            judged_years=judged_years(session),
            tables=[table.name for table in candidate.tables],
            returns={year: fingerprint.landed.model_dump() for year, fingerprint in fingerprints.items()},
            suites_sha256=suites_digest(session.settings.suites),
        )
        (session.candidate_folder / DECISION_FILE).write_text(session.decision.to_json(), encoding="utf-8")


def write_report(session: LoadSession) -> Path:
    """The quality report beside the decision: page, JSON and CSV. A held load has one too.

    Where it cannot be made, a plain page of the decision stands in its place and the error is raised and kept in the
    session: no manifest follows, so nothing of the candidate can be published.
    """
    require(session.decision, "gate_decision")
    report = session.candidate_folder / "report.html"
    try:
        with timed(session, "report"):
            _write_full_report(session)
    except Exception as error:  # whatever it is, the verdict needs a page
        session.report_error = error
        _write_plain_report(session, error)
        raise
    finally:
        session.close_connection()
    return report


def _write_full_report(session: LoadSession) -> None:
    from orchestration.intake.landing.receipt import Receipt
    from orchestration.release.report.write import write_quality_report

    warehouse = require(session.scratch, "landing") / DATABASE
    receipts = {year: Receipt.model_validate(receipt) for year, receipt in _receipts(session).items()}
    write_quality_report(session.settings, session.candidate_folder, warehouse, receipts, session.survey_years)


def _write_plain_report(session: LoadSession, error: Exception) -> None:
    from orchestration.release.report.write import write_plain_report

    write_plain_report(session.candidate_folder, type(error).__name__)
    write_run_record(session)


def write_files(session: LoadSession) -> None:
    """The candidate's files, read back and compared cell by cell, and the manifest.

    A held candidate whose defects no file can hold has neither: its decision says so. Raises CandidateError or
    FilesDiffer for any other.
    """
    from orchestration.release.candidate.manifest import package_candidate

    require(session.decision, "gate_decision")
    if not (session.is_held and require(session.candidate, "check_results").defects):
        with timed(session, "files"):
            package_candidate(session.settings, session.candidate_folder)
    write_run_record(session)


def promote_warehouse(session: LoadSession) -> None:
    """Makes the scratch warehouse the current one, and the analysts' marts from it.

    Raises StepOutOfOrder unless this load's decision allows it: no later year may be built on a return that was held.
    """
    from orchestration.warehouse.marts import swap_marts

    if session.decision is None or session.is_held:
        raise StepOutOfOrder("Only what the gate has passed is promoted. Launch the job `annual_load` as a whole.")
    plan, scratch = require(session.plan, "landing"), require(session.scratch, "landing")
    with timed(session, "marts"):
        place = promote(session.settings, scratch, plan, judged_years(session))
        swap_marts(session.settings, place / DATABASE)


def publish(session: LoadSession) -> dict[str, Any]:
    """Publishes, where the stored decision, signatures and time allow it; says what became of it.

    Raises PublicationRefused. Reconstructed data end at the candidate; so does a load that was told not to publish.
    """
    from orchestration.release.publication.publish import AlreadyPublished, publish

    if session.settings.data_origin == "reconstructed" or not session.options.publishes:
        return {"published": False, "reason": "this load ends at its candidate"}
    with timed(session, "publication"):
        session.publication = publish(session.settings, session.candidate_folder, now=datetime.now(UTC))
    return {
        "published": not isinstance(session.publication, AlreadyPublished),
        "version": session.publication.version,
        "content digest": session.publication.content_digest,
    }


def _required_checks(session: LoadSession) -> list[str]:
    """Ids of every check of the suites and every dbt test: a check that lost its result holds the release."""
    from expectations.dbt import ids_of_dbt_tests

    tests = ids_of_dbt_tests(require(session.build, "survey_year_models").manifest)
    suites = require(session.suites, "check_results")
    return [*(check.id for suite in suites for check in suite.checks), *tests, CANDIDATE_CHECK]


def _receipts(session: LoadSession) -> dict[int, Any]:
    plan = require(session.plan, "landing")
    return {
        year: json.loads(
            (landing_folder(session.settings, year, fingerprint.delivery) / "receipt.json").read_text(encoding="utf-8")
        )
        for year, fingerprint in plan.fingerprints.items()
        if year <= session.survey_year
    }
