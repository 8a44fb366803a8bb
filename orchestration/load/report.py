"""Step 6, report: the quality report on the stored candidate, as a page, JSON and CSV. A held load has one too.

Reads: decision.json, check_results.json, the receipts, the load's warehouse and the current release. Stores:
report.html, report.json and checks.csv.
"""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from expectations.gate import Decision
from orchestration.load.checks import stored_results
from orchestration.load.landing import plan_of, receipts_of
from orchestration.load.load import Load
from orchestration.load.run_record import put_run_record_into_candidate, timed
from orchestration.records import sha256_of_file
from orchestration.release.records.decision import read_results
from orchestration.release.records.forms import CHECKS_FILE, DECISION_FILE, REPORT_FILE
from orchestration.release.report import checks_csv, collect_report_inputs, render_report, report_json
from orchestration.release.report.earlier import compare_with_release, earlier_results
from orchestration.release.report.plain_report import plain_report

# Packages that a number can depend on.
_PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb", "dagster", "great-expectations", "pandas", "numpy", "pyarrow")


def write_report(load: Load) -> Path:
    """Writes the report of the stored candidate.

    Where it cannot be made, a plain page of the decision takes its place and the error is raised: no manifest follows,
    so nothing of the candidate can be published.
    """
    path = load.candidate / REPORT_FILE
    with timed(load, "report"):
        try:
            _write_full_report(load)
        except Exception as error:  # whatever it is, the verdict needs a page
            _write_plain_report(load, error)
            raise
    return path


def _write_full_report(load: Load) -> None:
    folder, plan = load.candidate, plan_of(load)
    version_before, diff = compare_with_release(load.settings, folder, load.release_year)
    with duckdb.connect(load.built_database.as_posix(), read_only=True) as connection:
        inputs = collect_report_inputs(
            connection,
            release_year=load.release_year,
            decision=_decision(folder),
            results=stored_results(folder),
            receipts={year: receipt.model_dump(mode="json") for year, receipt in receipts_of(load, plan).items()},
            survey_years=load.survey_years,
            required_signatures=load.registry.survey_year(load.release_year).signatures_for(load.settings.data_origin),
            differences=diff.largest,
            n_differences=diff.n_differences,
            previous_version=version_before,
            previous_problem=diff.problem,
            previous_results=earlier_results(load.settings, load.release_year),
            versions={package: version(package) for package in _PACKAGES},
            lock_sha256=sha256_of_file(load.settings.project_root / "requirements.lock"),
        )
    published = replace(inputs, results=tuple(read_results(folder / CHECKS_FILE)))
    (folder / REPORT_FILE).write_text(render_report(published), encoding="utf-8")
    (folder / "report.json").write_text(report_json(inputs), encoding="utf-8")
    (folder / "checks.csv").write_text(checks_csv(inputs), encoding="utf-8")


def _write_plain_report(load: Load, error: Exception) -> None:
    page = plain_report(_decision(load.candidate), read_results(load.candidate / CHECKS_FILE), type(error).__name__)
    (load.candidate / REPORT_FILE).write_text(page, encoding="utf-8")
    put_run_record_into_candidate(load)


def _decision(folder: Path) -> Decision:
    fields: dict[str, Any] = json.loads((folder / DECISION_FILE).read_text(encoding="utf-8"))
    kept: Any = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    return Decision(**kept)
