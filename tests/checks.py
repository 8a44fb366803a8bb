"""Checks made up for tests, and their run on a connection."""

from __future__ import annotations

from typing import Any

import duckdb

from expectations.context import CheckContext
from expectations.loader import Check, Preparation, Suite
from expectations.results import CheckResult
from expectations.runner import run_checks

BETWEEN = "expect_column_values_to_be_between"
EQUAL = "expect_column_pair_values_to_be_equal"
ZERO = {"column": "observed", "min_value": 0, "max_value": 0}
PAIR = {"column_A": "observed", "column_B": "expected"}


def check(measure: str, expectation: str = BETWEEN, kwargs: dict[str, Any] | None = None, **fields: Any) -> Check:
    """A critical check of the marts, that `observed` is at most 5 unless it is said otherwise."""
    given: dict[str, Any] = {
        **{"id": "marts_rule", "layer": "marts", "title": "A rule", "why": "It matters.", "severity": "critical"},
        **{"affects": ("all",), "scope": "release", "reads": (), "expected": "at most 5"},
    }
    kwargs = {"column": "observed", "max_value": 5} if kwargs is None else kwargs
    return Check(measure=measure, expectation_type=expectation, expectation_kwargs=kwargs, **given | fields)


def suite_of(*checks: Check, preparations: tuple[Preparation, ...] = (), name: str = "marts/rules") -> Suite:
    """A suite of the marts."""
    return Suite(name, "marts", "Rules.", checks, preparations)


def run(
    connection: duckdb.DuckDBPyConnection, *checks: Check, preparations: tuple[Preparation, ...] = (), **context: Any
) -> list[CheckResult]:
    """The results of checks for a drawn year 2018."""
    given = {"release_year": 2018, "survey_year": 2018, "data_origin": "synthetic"}
    suites = [suite_of(*checks, preparations=preparations)]
    return run_checks(connection, suites, [CheckContext(**given | context)]).results
