"""Checks of a load that takes in several survey years: what speaks of one year's return is judged for each of them.

Belongs here: which checks speak of a year, and how the years' results become one. Does not belong here: running a
check (`runner`). A load of one year passes through unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from expectations.loader import Check, Suite
from expectations.results import CheckResult, Status
from expectations.runner import CheckContext, run_checks

if TYPE_CHECKING:
    import duckdb

_OF_A_YEAR = r"\$survey_year\b|\blanding_\w+|\breceipt_measures\b"
# A check is what the worst of its years is; it applies where it applies to one of them.
_FROM_WORST: tuple[Status, ...] = ("error", "fail", "pass", "not_applicable")


def run_checks_of_years(
    connection: duckdb.DuckDBPyConnection, suites: Sequence[Suite], contexts: Sequence[CheckContext]
) -> list[CheckResult]:
    """One record a check: of the release (the last context), and of every year for checks that speak of one.

    `contexts` are in order of their survey years and share the release year.
    """
    *earlier, of_release = contexts
    of_a_year = [checks_of_a_year(suite) for suite in suites] if earlier else []
    by_year = {
        context.survey_year: {result.check_id: result for result in run_checks(connection, of_a_year, context)}
        for context in earlier
    }
    results = []
    for result in run_checks(connection, suites, of_release):
        years = {year: found[result.check_id] for year, found in by_year.items() if result.check_id in found}
        results.append(merge_years(years | {of_release.survey_year: result}))
    return results


def checks_of_a_year(suite: Suite) -> Suite:
    """The suite with those checks alone whose measure depends on the survey year, directly or by preparations."""
    words = _OF_A_YEAR
    for preparation in suite.preparations:  # in the order in which they are made, so that one may read another
        if re.search(words, preparation.sql):
            words = rf"{words}|\b{preparation.name}\b"

    def speaks_of_a_year(check: Check) -> bool:
        return re.search(words, f"{check.measure} {check.population}") is not None

    return replace(suite, checks=tuple(filter(speaks_of_a_year, suite.checks)))


def merge_years(results: Mapping[int, CheckResult]) -> CheckResult:
    """The results of one check in several survey years as one; what is wrong names its year."""
    if len(results) == 1:
        return next(iter(results.values()))
    status = next(status for status in _FROM_WORST if any(r.status == status for r in results.values()))
    those = {year: result for year, result in results.items() if result.status == status}
    last = those[max(those)]
    groups = [{"survey_year": year, **group} for year, result in those.items() for group in result.groups]
    is_wrong = status in ("error", "fail")
    return replace(
        last,
        observed=_by_year({year: r.observed for year, r in those.items()}) if is_wrong else last.observed,
        message=_by_year({year: r.message for year, r in those.items()}) if is_wrong else last.message,
        n_affected=_total([result.n_affected for result in those.values()]),
        denominator=_total([result.denominator for result in those.values()]),
        groups=tuple(groups),
        n_groups=sum(result.n_groups for result in those.values()),
        survey_years=tuple(sorted(year for year, result in results.items() if result.has_failed)),
        seconds=round(sum(result.seconds for result in results.values()), 4),
    )


def _by_year(texts: Mapping[int, str]) -> str:
    return "; ".join(f"{year}: {text}" for year, text in sorted(texts.items()) if text)


def _total(counts: Sequence[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None
