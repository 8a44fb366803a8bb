"""The steps of a load, in order. Each reads what the steps before it left in the session and adds its own.

intake, models, candidate, checks, decision, report, files and manifest, promotion, publication. Only intake may refuse;
everything after it runs to its end and is judged.
"""

from __future__ import annotations

import hashlib
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from orchestration.load.corrections import corrections_of_release
from orchestration.load.run_record import write_run_record
from orchestration.load.session import LoadSession, require
from orchestration.settings import Settings
from orchestration.warehouse.history import landing_of, plan_rebuild
from orchestration.warehouse.scratch import DATABASE, make_scratch, promote

if TYPE_CHECKING:
    from expectations.runner import CheckContext
    from orchestration.release.candidate import Candidate
    from orchestration.release.package import WrittenFiles


@contextmanager
def timed(session: LoadSession, step: str) -> Iterator[None]:
    """Keeps how long a step took, for run.json."""
    session.say(f"{step} ...")
    start = time.perf_counter()
    try:
        yield
    finally:
        session.seconds[step] = round(time.perf_counter() - start, 3)


def receive(session: LoadSession) -> None:
    """Intake of the files of every year of the load: lands them and keeps the receipts.

    Raises IntakeRefused, or ReturnsRefused with the problems of all years where several were refused.
    """
    from orchestration.intake.receive import receive_return
    from orchestration.intake.refusal import IntakeRefused, ReturnsRefused

    refusals: list[IntakeRefused] = []
    with timed(session, "intake"):
        for year in session.survey_years:
            try:
                session.receipts[year] = receive_return(session.settings, session.registry, year)
            except IntakeRefused as refusal:
                refusals.append(refusal)
    if refusals:
        raise refusals[0] if len(refusals) == 1 else ReturnsRefused(refusals)
    session.plan = plan_rebuild(
        session.settings,
        session.registry,
        {year: receipt.delivery for year, receipt in session.receipts.items()},
        full_refresh=session.options.full_refresh,
    )
    for year, reason in sorted(session.plan.reasons.items()):
        session.say(f"{year} is built anew: {reason}.")
    if session.plan.kept_years:
        session.say(f"Kept as they stand: {', '.join(map(str, session.plan.kept_years))}.")
    session.scratch = make_scratch(session.settings, session.load_id, session.plan)


def build_models(session: LoadSession) -> None:
    """One dbt invocation: the years of the plan, and everything across years. Raises DbtBuildFailed."""
    plan, scratch = require(session.plan, "landing"), require(session.scratch, "landing")
    from expectations.judge import start_great_expectations

    # Its import takes seconds of one core, while the models wait for the disk or for other processes.
    threading.Thread(target=start_great_expectations, name="great_expectations", daemon=True).start()
    with timed(session, "models"):
        session.build = session.dbt.build(scratch / DATABASE, session.survey_year, plan, session.progress)


def start_candidate(session: LoadSession) -> None:
    """Begins the candidate and its files, on a thread of their own: the checks need neither of them.

    The candidate is the publication tables as they would go out, in order of their keys, with the content digest.
    """
    from orchestration.release.candidate import build_candidate, keys_of_dbt_manifest
    from orchestration.release.package import write_candidate_files

    database, folder = require(session.scratch, "landing") / DATABASE, session.candidate_folder

    def make() -> Candidate:
        with timed(session, "candidate"):
            keys = keys_of_dbt_manifest(session.dbt.manifest_path)
            return build_candidate(database, session.survey_year, keys, folder)

    def write() -> WrittenFiles:
        made.result()
        with timed(session, "files"):
            return write_candidate_files(folder)

    pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="candidate")
    session.candidate_made = made = pool.submit(make)
    session.files_written = pool.submit(write)
    pool.shutdown(wait=False)


def run_checks(session: LoadSession) -> None:
    """Every check of the suites and every dbt test, stored; a check that breaks is a result too."""
    import duckdb

    from expectations.dbt import dbt_results
    from expectations.loader import load_suites
    from expectations.over_years import run_checks_of_years

    build = require(session.build, "survey_year_models")
    database = require(session.scratch, "landing") / DATABASE
    contexts = [_check_context(session, year) for year in session.survey_years]
    with timed(session, "checks"):
        session.connection = duckdb.connect(database.as_posix(), read_only=True)
        suites = load_suites(session.settings.suites)
        session.results = [
            *run_checks_of_years(session.connection, suites, contexts),
            *dbt_results(build.run_results, build.manifest),
        ]
    # Whatever an earlier load left in the folder is gone once the candidate stands.
    session.candidate = require(session.candidate_made, "check_results").result()
    text = json.dumps([result.to_dict() for result in session.results], indent=1, ensure_ascii=False, default=str)
    (session.candidate_folder / "checks.json").write_text(text + "\n", encoding="utf-8")
    if session.options.writes_data_docs:
        from expectations.data_docs import write_data_docs

        with timed(session, "data docs"):
            write_data_docs(session.candidate_folder / "data_docs", suites, session.results, contexts[-1])


def decide(session: LoadSession) -> None:
    """The gate's decision on these results, inputs and content, stored."""
    from dataclasses import asdict

    from expectations.gate import decide

    plan = require(session.plan, "landing")
    candidate = require(session.candidate, "check_results")
    with timed(session, "decision"):
        session.decision = decide(
            require(session.results, "check_results"),
            [asdict(waiver) for waiver in session.registry.waivers],
            session.as_of,
            session.survey_year,
            session.settings.data_origin,
            candidate.content_digest,
            {year: f.delivery for year, f in plan.fingerprints.items() if year <= session.survey_year},
            required_checks=_required_checks(session),
            corrections=corrections_of_release(session.registry, _receipts(session)),
        )
        (session.candidate_folder / "decision.json").write_text(session.decision.to_json(), encoding="utf-8")


def write_report(session: LoadSession) -> Path:
    """The quality report beside the decision: page, JSON and CSV. A held load has one too."""
    from orchestration.release.report import checks_csv, collect_report_inputs, render_report, report_json
    from orchestration.release.report.earlier import compare_with_release, earlier_results

    decision = require(session.decision, "gate_decision")
    folder = session.candidate_folder
    with timed(session, "report"):
        version, diff = compare_with_release(session.settings, folder, session.survey_year)
        inputs = collect_report_inputs(
            require(session.connection, "check_results"),
            release_year=session.survey_year,
            decision=decision,
            results=require(session.results, "check_results"),
            receipts=_receipts(session),
            required_signatures=session.registry.survey_year(session.survey_year).signatures_for(
                session.settings.data_origin
            ),
            differences=diff.largest,
            n_differences=diff.n_differences,
            previous_version=version,
            previous_results=earlier_results(session.settings, session.survey_year),
            versions=_versions(),
            lock_sha256=_sha256(session.settings.project_root / "requirements.lock"),
        )
        report = folder / "report.html"
        report.write_text(render_report(inputs), encoding="utf-8")
        (folder / "report.json").write_text(report_json(inputs), encoding="utf-8")
        (folder / "checks.csv").write_text(checks_csv(inputs), encoding="utf-8")
        session.close_connection()
    return report


def write_files(session: LoadSession) -> None:
    """The candidate's files, read back and compared cell by cell, and the manifest."""
    from orchestration.release.package import seal_candidate

    require(session.decision, "gate_decision")
    written = require(session.files_written, "check_results").result()
    with timed(session, "manifest"):
        seal_candidate(session.settings, session.candidate_folder, written)
    write_run_record(session)


def promote_warehouse(session: LoadSession) -> None:
    """Makes the scratch warehouse the current one, and the analysts' marts from it."""
    from orchestration.release.marts_copy import swap_marts

    plan, scratch = require(session.plan, "landing"), require(session.scratch, "landing")
    with timed(session, "marts"):
        place = promote(session.settings, scratch, plan)
        swap_marts(session.settings, place / DATABASE)


def publish(session: LoadSession) -> dict[str, Any]:
    """Publishes, where the stored decision, signatures and time allow it; says what became of it.

    Raises PublicationRefused. Reconstructed data end at the candidate; so does a load that was told not to publish.
    """
    from orchestration.release.publish import AlreadyPublished, publish

    if session.settings.data_origin == "reconstructed" or not session.options.publishes:
        return {"published": False, "reason": "this load ends at its candidate"}
    with timed(session, "publication"):
        session.publication = publish(session.settings, session.candidate_folder, now=datetime.now(UTC))
    return {
        "published": not isinstance(session.publication, AlreadyPublished),
        "version": session.publication.version,
        "content digest": session.publication.content_digest,
    }


def _check_context(session: LoadSession, survey_year: int) -> CheckContext:
    from expectations.runner import CheckContext

    settings, plan = session.settings, require(session.plan, "landing")
    return CheckContext(
        release_year=session.survey_year,
        survey_year=survey_year,
        data_origin=settings.data_origin,
        landing=landing_of(settings, survey_year, plan.fingerprints[survey_year].delivery),
        has_published_figures=_has_published_figures(settings, survey_year),
        thresholds={
            "max_quarantined_share_of_file": settings.max_quarantined_share_of_file,
            "max_quarantined_share_of_organisation": settings.max_quarantined_share_of_organisation,
        },
    )


def _has_published_figures(settings: Settings, survey_year: int) -> bool:
    """Actual returns and calibrated examples should give the published national figures; drawn years should not."""
    if settings.data_origin == "actual":
        return True
    note = settings.returns / str(survey_year) / f"return_{survey_year}.json"
    return bool(json.loads(note.read_text(encoding="utf-8")).get("is_calibrated", False))


def _required_checks(session: LoadSession) -> list[str]:
    """Ids of every check of the suites: a check that lost its result holds the release."""
    from expectations.loader import load_suites

    return [check.id for suite in load_suites(session.settings.suites) for check in suite.checks]


def _receipts(session: LoadSession) -> dict[int, Any]:
    plan = require(session.plan, "landing")
    return {
        year: json.loads(
            (landing_of(session.settings, year, fingerprint.delivery) / "receipt.json").read_text(encoding="utf-8")
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
