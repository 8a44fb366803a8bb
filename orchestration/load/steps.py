"""The steps of a load after its intake (`receiving`), in order. Each reads what those before it left in the session.

models, candidate, checks, decision, report, files and manifest, promotion, publication. Only intake may refuse;
everything after it runs to its end and is judged.
"""

from __future__ import annotations

import hashlib
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.lake import DATABASE, landing_folder
from orchestration.load.checking import CANDIDATE_CHECK, defects_of_candidate, results_of_load
from orchestration.load.judged_years import judged_years
from orchestration.load.run_record import write_run_record
from orchestration.load.session import LoadSession, StepOutOfOrder, require, timed
from orchestration.warehouse.scratch import promote

if TYPE_CHECKING:
    from expectations.results import CheckResult
    from orchestration.release.candidate.package import WrittenFiles
    from orchestration.release.candidate.tables import Candidate


def build_models(session: LoadSession) -> None:
    """One dbt invocation: the years of the plan, and everything across years. Raises DbtBuildFailed."""
    plan, scratch = require(session.plan, "landing"), require(session.scratch, "landing")
    with timed(session, "models"):
        session.build = session.dbt.build(scratch / DATABASE, session.survey_year, plan, session.progress)


def start_candidate(session: LoadSession, *, writes_files: bool = True) -> None:
    """Begins the candidate and its files, on a thread of their own: the checks need neither of them.

    The candidate is the publication tables as they would go out, in order of their keys, with the content digest. No
    decision waits for the files: whoever wants nothing else does without them.
    """
    from orchestration.release.candidate.package import write_candidate_files
    from orchestration.release.candidate.tables import build_candidate, keys_of_dbt_manifest, texts_of_dbt_manifest

    build = require(session.build, "survey_year_models")
    database, folder = require(session.scratch, "landing") / DATABASE, session.candidate_folder

    def make() -> Candidate:
        with timed(session, "candidate"):
            keys, texts = keys_of_dbt_manifest(build.manifest), texts_of_dbt_manifest(build.manifest)
            return build_candidate(database, session.survey_year, keys, folder, texts)

    def write() -> WrittenFiles:
        made.result()
        with timed(session, "files"):
            return write_candidate_files(folder)

    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="candidate")
    session.candidate_made = made = pool.submit(make)
    if writes_files:
        session.files_written = pool.submit(write)
    pool.shutdown(wait=False)


def run_checks(session: LoadSession) -> None:
    """Every check of the suites and every dbt test, stored; a check that breaks is a result too."""
    from expectations.results import without_times

    with timed(session, "checks"):
        session.results = results_of_load(session)
    folder = session.candidate_folder
    try:
        # Whatever an earlier load left in the folder is gone once the candidate stands.
        session.candidate = require(session.candidate_made, "check_results").result()
        session.results.append(defects_of_candidate(session))
    finally:  # a candidate that could not be made does not take the results with it
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(without_times(_published_results(session)), indent=1, ensure_ascii=False, default=str)
        (folder / "checks.json").write_text(text + "\n", encoding="utf-8")
    if session.options.writes_data_docs:
        _write_data_docs(session)


def _write_data_docs(session: LoadSession) -> None:
    """Data Docs beside the report; they decide nothing, so a load goes on without them."""
    from expectations.data_docs import write_data_docs

    suites, run = require(session.suites, "check_results"), require(session.check_run, "check_results")
    with timed(session, "data docs"):
        try:
            write_data_docs(session.candidate_folder / "data_docs", suites, run, session.settings.data_origin)
        except Exception as error:  # an extra for whoever asked for it
            session.say(f"Data Docs could not be written ({type(error).__name__}); the quality report is not theirs.")


def decide(session: LoadSession) -> None:
    """The gate's decision on these results, inputs and content, stored."""
    from expectations.corrections import applied_corrections
    from expectations.gate import CheckedRelease, decide
    from expectations.loader import suites_digest

    plan = require(session.plan, "landing")
    candidate = require(session.candidate, "check_results")
    fingerprints = plan.up_to(session.survey_year)
    with timed(session, "decision"):
        checked = CheckedRelease(
            release_year=session.survey_year,
            data_origin=session.settings.data_origin,
            content_digest=candidate.content_digest,
            deliveries={year: fingerprint.delivery for year, fingerprint in fingerprints.items()},
            returns={year: fingerprint.landed.model_dump() for year, fingerprint in fingerprints.items()},
            suites_sha256=suites_digest(session.settings.suites),
            checked_years=judged_years(session),
            tables=[table.name for table in candidate.tables],
        )
        session.decision = decide(
            checked,
            _published_results(session),
            as_of=session.as_of,
            required_checks=_required_checks(session),
            waivers=session.registry.waivers,
            corrections=applied_corrections(session.registry.corrections, _receipts(session)),
        )
        (session.candidate_folder / "decision.json").write_text(session.decision.to_json(), encoding="utf-8")


def write_report(session: LoadSession) -> Path:
    """The quality report beside the decision: page, JSON and CSV. A held load has one too.

    Where it cannot be made, a plain page of the decision stands in its place and the error is raised and kept in the
    session: no manifest follows, so nothing of the candidate can be published.
    """
    require(session.decision, "gate_decision")
    report = session.candidate_folder / "report.html"
    try:
        with timed(session, "report"):
            _write_full_report(session, report)
    except Exception as error:  # whatever it is, the verdict needs a page
        session.report_error = error
        _write_plain_report(session, report, error)
        raise
    finally:
        session.close_connection()
    return report


def _write_full_report(session: LoadSession, report: Path) -> None:
    from orchestration.release.report import checks_csv, collect_report_inputs, render_report, report_json
    from orchestration.release.report.earlier import compare_with_release, earlier_results

    folder = session.candidate_folder
    version, diff = compare_with_release(session.settings, folder, session.survey_year)
    inputs = collect_report_inputs(
        require(session.connection, "check_results"),
        release_year=session.survey_year,
        decision=require(session.decision, "gate_decision"),
        results=require(session.results, "check_results"),
        receipts=_receipts(session),
        survey_years=session.survey_years,
        required_signatures=session.registry.survey_year(session.survey_year).signatures_for(
            session.settings.data_origin
        ),
        differences=diff.largest,
        n_differences=diff.n_differences,
        previous_version=version,
        previous_problem=diff.problem,
        previous_results=earlier_results(session.settings, session.survey_year),
        versions=_versions(),
        lock_sha256=_sha256(session.settings.project_root / "requirements.lock"),
    )
    published = replace(inputs, results=_published_results(session))
    report.write_text(render_report(published), encoding="utf-8")
    (folder / "report.json").write_text(report_json(inputs), encoding="utf-8")
    (folder / "checks.csv").write_text(checks_csv(inputs), encoding="utf-8")


def _write_plain_report(session: LoadSession, report: Path, error: Exception) -> None:
    from orchestration.release.report.plain_report import plain_report

    decision = require(session.decision, "gate_decision")
    page = plain_report(decision, _published_results(session), type(error).__name__)
    report.write_text(page, encoding="utf-8")
    write_run_record(session)


def write_files(session: LoadSession) -> None:
    """The candidate's files, read back and compared cell by cell, and the manifest.

    A held candidate whose defects no file can hold has neither: its decision says so. Raises CandidateError or
    FilesDiffer for any other.
    """
    from orchestration.release.candidate.package import seal_candidate
    from orchestration.release.errors import CandidateError

    require(session.decision, "gate_decision")
    try:
        written = require(session.files_written, "check_results").result()
    except CandidateError:
        if not (session.is_held and require(session.candidate, "check_results").defects):
            raise
        write_run_record(session)
        return
    with timed(session, "manifest"):
        seal_candidate(session.settings, session.candidate_folder, written)
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


def _published_results(session: LoadSession) -> tuple[CheckResult, ...]:
    """Results in the form in which they go out: what is stored, judged and shown on the page."""
    from orchestration.release.report.published_checks import published_results

    results, registry = require(session.results, "check_results"), session.registry
    years = [year for year in registry.years if year <= session.survey_year]
    return published_results(results, max(registry.suppression_policy_of(year).primary_threshold for year in years))


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


def _versions() -> dict[str, str]:
    """Versions of the packages that a number can depend on."""
    from importlib.metadata import version

    packages = ("duckdb", "dbt-core", "dbt-duckdb", "dagster", "great-expectations", "pandas", "numpy", "pyarrow")
    return {package: version(package) for package in packages}


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
