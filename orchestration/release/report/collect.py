"""Reads what the quality report shows: stored records of the candidate, the load's warehouse, and what came before.

Belongs here: small queries, one a section. Does not belong here: words and order on the page (`render`), and any figure
that is not stored already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb

from expectations.detection import read_detection, summary_lines
from expectations.results import CheckResult
from orchestration.records import RecordError, sha256_of_file
from orchestration.registry import load_registry
from orchestration.release.records.checks import read_full_results, read_results
from orchestration.release.records.decision import read_decision
from orchestration.release.report import queries, registry_queries
from orchestration.release.report.claims import read_claims
from orchestration.release.report.differences import compare_with_release
from orchestration.release.report.inputs import (
    Delivery,
    DetectionSummary,
    EarlierResult,
    FileBalance,
    MethodDiagnostic,
    Missingness,
    Movement,
    NotCompared,
    QuestionChange,
    Reconciliation,
    ReportInputs,
    ResponseRate,
    SeriesBreak,
    Suppression,
    TwoBases,
)
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.intake.landing.receipt import FileReceipt, Receipt

RECONCILING_CHECK = "marts_national_scores_are_the_published_ones"
# Packages that a number can depend on.
PACKAGES = ("duckdb", "dbt-core", "dbt-duckdb", "dagster", "great-expectations", "pandas", "numpy", "pyarrow")
_SUPPRESSED_TABLES = ("pub_question_scores", "pub_adjusted_scores", "pub_year_on_year", "pub_response_rates")


def collect_report_inputs(
    settings: Settings, candidate: Path, warehouse: Path, receipts: Mapping[int, Receipt], survey_years: Sequence[int]
) -> ReportInputs:
    """Everything the report shows of a stored candidate, check results with every figure.

    Args:
        settings: of the candidate's origin.
        candidate: folder with its tables, check results and decision.
        warehouse: the database file that the candidate was made from; it is opened read-only.
        receipts: delivery receipts by survey year, that of the release year among them.
        survey_years: years that were loaded together; their files are shown.

    Raises RecordError where a record of the candidate is missing or damaged.
    """
    decision, results = read_decision(candidate), read_full_results(candidate)
    year = decision.release_year
    previous = compare_with_release(settings, candidate, year)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        tables = read_tables(connection, year, results)
    return ReportInputs(
        decision=decision,
        results=tuple(results),
        required_signatures=load_registry(settings.seeds).survey_year(year).signatures_for(decision.data_origin),
        survey_years=tuple(survey_years),
        files=files_of_years(survey_years, receipts),
        deliveries=tuple(_delivery(year, receipts[year]) for year in sorted(receipts)),
        differences=previous.largest,
        n_differences=previous.n_differences,
        previous_version=previous.version,
        previous_problem=previous.problem,
        earlier_results=earlier_results(settings, year),
        versions={package: version(package) for package in PACKAGES},
        lock_sha256=sha256_of_file(settings.project_root / "requirements.lock"),
        suites_sha256=decision.suites_sha256,
        detection=_detection(decision.suites_sha256),
        **tables,
    )


def earlier_results(settings: Settings, release_year: int) -> dict[str, tuple[EarlierResult, ...]]:
    """What each check came to in the last load of each earlier survey year, held or not; the latest year first.

    Results that an older form of the program stored are left out: they would say nothing of today's check.
    """
    found: dict[str, tuple[EarlierResult, ...]] = {}
    years = [int(folder.name) for folder in settings.candidates.glob("*") if folder.name.isdigit()]
    for year in sorted((year for year in years if year < release_year), reverse=True):
        try:
            results = read_results(settings.candidate_of(year))
        except RecordError:
            continue
        for result in results:
            earlier = EarlierResult(year, result.status, result.observed)
            found[result.check_id] = (*found.get(result.check_id, ()), earlier)
    return found


def _detection(suites_sha256: str) -> DetectionSummary | None:
    """What the last campaign of planted faults measured, and whether it was with the suites of this release."""
    record = read_detection()
    if record is None:
        return None
    return DetectionSummary(
        measured_on=record.measured_on,
        is_of_these_checks=record.checks_sha256 == suites_sha256,
        sentences=tuple(summary_lines(record)),
        missed=tuple(entry.title for entry in record.missed),
    )


def read_tables(
    connection: duckdb.DuckDBPyConnection, release_year: int, results: Sequence[CheckResult]
) -> dict[str, Any]:
    """The parts of the report that are rows of the warehouse, by their names in ReportInputs.

    Published figures are compared where the check of them applies to this return.
    """
    read = _Reader(connection, release_year)
    reconciles = any(r.check_id == RECONCILING_CHECK and r.status != "not_applicable" for r in results)
    return {
        "claims": read_claims(read.rows(queries.CLAIMS)),
        "response_rates": tuple(ResponseRate(**row) for row in read.rows(queries.RESPONSE_RATES)),
        "movements": tuple(Movement(**row) for row in read.rows(queries.MOVEMENTS)),
        "reconciliation": tuple(Reconciliation(**row) for row in read.rows(queries.RECONCILIATION) if reconciles),
        "missingness": tuple(Missingness(**row) for row in read.rows(queries.MISSINGNESS)),
        "suppression": tuple(row for table in _SUPPRESSED_TABLES for row in _suppression(read, table)),
        "two_bases": next((TwoBases(**row) for row in read.rows(queries.TWO_BASES)), None),
        "not_compared": tuple(NotCompared(**row) for row in read.rows(queries.NOT_COMPARED)),
        "diagnostics": tuple(MethodDiagnostic(**row) for row in read.rows(queries.DIAGNOSTICS)),
        "schema_drift": tuple(QuestionChange(**row) for row in read.rows(registry_queries.SCHEMA_DRIFT)),
        "series_breaks": tuple(SeriesBreak(**row) for row in read.rows(registry_queries.SERIES_BREAKS)),
        "assumptions": tuple(row["note"] for row in read.rows(registry_queries.ASSUMPTIONS)),
    }


class _Reader:
    """Rows of a query as dictionaries, with the release year as its one parameter."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, release_year: int) -> None:
        self._connection = connection
        self._release_year = release_year

    def rows(self, sql: str) -> list[dict[str, Any]]:
        parameters = {"release_year": self._release_year} if "$release_year" in sql else {}
        cursor = self._connection.execute(sql, parameters)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def files_of_years(survey_years: Sequence[int], receipts: Mapping[int, Receipt]) -> tuple[FileBalance, ...]:
    """Row balance and reasons of every file of the deliveries of some survey years, from their receipts."""
    return tuple(
        _file_balance(year, file) for year in survey_years if year in receipts for file in receipts[year].files
    )


def _file_balance(survey_year: int, file: FileReceipt) -> FileBalance:
    return FileBalance(
        survey_year=survey_year,
        file=file.title,
        kind=file.kind,
        sha256=file.sha256,
        n_received=file.rows_received,
        n_accepted=file.rows_accepted,
        n_folded=file.rows_folded,
        n_quarantined=file.rows_quarantined,
        n_excluded=file.rows_excluded,
        reasons=tuple(sorted({**file.exclusions, **file.quarantine}.items())),
    )


def _delivery(survey_year: int, receipt: Receipt) -> Delivery:
    return Delivery(survey_year, receipt.delivery, receipt.data_origin, receipt.n_sampled, receipt.n_respondents)


def _suppression(read: _Reader, table: str) -> list[Suppression]:
    group_kind = "group_kind" if table in ("pub_question_scores", "pub_response_rates") else "'all'"
    year = "survey_year_to" if table == "pub_year_on_year" else "survey_year"
    counts: dict[tuple[str, str], dict[str, int]] = {}
    for row in read.rows(
        f"""
        select level, {group_kind} as group_kind, status, count(*) as n_rows
        from publication.{table}
        where {year} = $release_year
        group by all
        order by all
        """
    ):
        counts.setdefault((row["level"], row["group_kind"]), {})[row["status"]] = row["n_rows"]
    return [
        Suppression(table, level, group_kind, sum(by_status.values()), by_status)
        for (level, group_kind), by_status in counts.items()
    ]
