"""Reads what the quality report shows from the warehouse of a load, its receipts, results and decision.

Belongs here: small queries, one a section. Does not belong here: words and order on the page (`render`), and any figure
that the warehouse does not hold already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from expectations.detection import read_detection, summary_lines
from expectations.gate import Decision
from expectations.loader import suites_digest
from expectations.results import CheckResult
from orchestration.release.report import queries, questionnaire
from orchestration.release.report.claims import read_claims
from orchestration.release.report.inputs import (
    Delivery,
    DetectionSummary,
    Difference,
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

if TYPE_CHECKING:
    import duckdb

RECONCILING_CHECK = "marts_national_scores_are_the_published_ones"
_SUPPRESSED_TABLES = ("pub_question_scores", "pub_adjusted_scores", "pub_year_on_year", "pub_response_rates")


def collect_report_inputs(
    connection: duckdb.DuckDBPyConnection,
    *,
    release_year: int,
    decision: Decision,
    results: Sequence[CheckResult],
    receipts: Mapping[int, Mapping[str, Any]],
    survey_years: Sequence[int] = (),
    required_signatures: Sequence[str] = (),
    differences: Sequence[Difference] = (),
    n_differences: int = 0,
    previous_version: str = "",
    previous_problem: str = "",
    previous_results: Mapping[int, Sequence[CheckResult]] | None = None,
    versions: Mapping[str, str] | None = None,
    lock_sha256: str = "",
) -> ReportInputs:
    """Everything the report shows of a candidate.

    `connection` is that of the load's warehouse. `receipts` are the delivery receipts as parsed JSON by survey year,
    that of the release year among them; `survey_years` are the years that the load took in (default: the release year),
    whose files are shown.
    `differences` from version `previous_version` come largest first and may be the first of `n_differences`,
    or there are none because of `previous_problem`;
    `previous_results` are those of earlier survey years, by year.
    """
    read = _Reader(connection, release_year)
    years = tuple(survey_years) or (release_year,)
    return ReportInputs(
        release_year=release_year,
        survey_year=release_year,
        data_origin=decision.data_origin,
        as_of=decision.as_of,
        content_digest=decision.content_digest,
        decision=decision.to_dict(),
        results=tuple(results),
        required_signatures=tuple(required_signatures),
        survey_years=years,
        files=files_of_years(years, receipts),
        **_read_tables(read, results),
        deliveries=tuple(_delivery(year, receipts[year]) for year in sorted(receipts)),
        differences=tuple(differences),
        n_differences=max(n_differences, len(differences)),
        previous_version=previous_version,
        previous_problem=previous_problem,
        earlier_results=_by_check(previous_results or {}),
        versions=versions,
        lock_sha256=lock_sha256,
        suites_sha256=suites_digest(),
        detection=_summarise_detection(suites_digest()),
    )


def _summarise_detection(checks_sha256: str) -> DetectionSummary | None:
    """What the last campaign measured; `checks_sha256` are the suites of this release."""
    record = read_detection()
    if record is None:
        return None
    return DetectionSummary(
        measured_on=record.measured_on,
        is_of_these_checks=record.checks_sha256 == checks_sha256,
        sentences=tuple(summary_lines(record)),
        missed=tuple(entry.title for entry in record.missed),
    )


def _read_tables(read: _Reader, results: Sequence[CheckResult]) -> dict[str, Any]:
    """The parts of the report that are rows of the warehouse, by their names in ReportInputs."""
    reconciled = read.rows(queries.RECONCILIATION) if _reconciles(results) else ()
    return {
        "claims": read_claims(read.rows(queries.CLAIMS)),
        "response_rates": tuple(ResponseRate(**row) for row in read.rows(queries.RESPONSE_RATES)),
        "movements": tuple(Movement(**row) for row in read.rows(queries.MOVEMENTS)),
        "reconciliation": tuple(Reconciliation(**row) for row in reconciled),
        "missingness": tuple(Missingness(**row) for row in read.rows(queries.MISSINGNESS)),
        "suppression": tuple(row for table in _SUPPRESSED_TABLES for row in _suppression(read, table)),
        "two_bases": next((TwoBases(**row) for row in read.rows(queries.TWO_BASES)), None),
        "not_compared": tuple(NotCompared(**row) for row in read.rows(queries.NOT_COMPARED)),
        "diagnostics": tuple(MethodDiagnostic(**row) for row in read.rows(queries.DIAGNOSTICS)),
        "schema_drift": tuple(QuestionChange(**row) for row in read.rows(questionnaire.SCHEMA_DRIFT)),
        "series_breaks": tuple(SeriesBreak(**row) for row in read.rows(questionnaire.SERIES_BREAKS)),
        "assumptions": tuple(row["note"] for row in read.rows(questionnaire.ASSUMPTIONS)),
    }


def _by_check(results: Mapping[int, Sequence[CheckResult]]) -> dict[str, tuple[EarlierResult, ...]]:
    """Earlier results by check, the latest year first."""
    found: dict[str, tuple[EarlierResult, ...]] = {}
    for year in sorted(results, reverse=True):
        for result in results[year]:
            earlier = EarlierResult(year, result.status, result.observed)
            found[result.check_id] = (*found.get(result.check_id, ()), earlier)
    return found


def _reconciles(results: Sequence[CheckResult]) -> bool:
    """Whether published figures apply to this return: the check against them knows."""
    return any(r.check_id == RECONCILING_CHECK and r.status != "not_applicable" for r in results)


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


def files_of_years(survey_years: Sequence[int], receipts: Mapping[int, Mapping[str, Any]]) -> tuple[FileBalance, ...]:
    """Row balance and reasons of every file of the deliveries of some survey years, from their receipts."""
    return tuple(
        _file_balance(year, entry) for year in survey_years for entry in receipts.get(year, {}).get("files", ())
    )


def _file_balance(survey_year: int, entry: Mapping[str, Any]) -> FileBalance:
    reasons = {**entry.get("exclusions", {}), **entry.get("quarantine", {})}
    return FileBalance(
        survey_year=survey_year,
        file=str(entry["name"]),
        kind=str(entry["kind"]),
        sha256=str(entry["sha256"]),
        n_received=int(entry["rows_received"]),
        n_accepted=int(entry["rows_accepted"]),
        n_folded=int(entry["rows_folded"]),
        n_quarantined=int(entry["rows_quarantined"]),
        n_excluded=int(entry["rows_excluded"]),
        reasons=tuple(sorted((str(reason), int(count)) for reason, count in reasons.items())),
    )


def _delivery(survey_year: int, receipt: Mapping[str, Any]) -> Delivery:
    return Delivery(
        survey_year=survey_year,
        delivery=str(receipt["delivery"]),
        data_origin=str(receipt["data_origin"]),
        n_sampled=int(receipt["n_sampled"]),
        n_respondents=int(receipt["n_respondents"]),
    )


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
