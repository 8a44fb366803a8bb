"""Runs the check suites on the warehouse of a load: measures in DuckDB, evaluation by `validation`, a record a check.

Does not belong here: what is checked (`suites`) or what follows from it (`gate`). A check that cannot be evaluated is a
record with status `error`, never an exception, so that a load always ends with its results.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from expectations.context import CheckContext
from expectations.error_messages import CheckColumnError, headline
from expectations.inputs import Inputs
from expectations.loader import MEASURE_COLUMNS, Check, Suite
from expectations.results import CheckResult, Status, merge_years
from expectations.validation import Evaluation, MeasuredFrame, validate

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    from great_expectations.core.expectation_validation_result import ExpectationSuiteValidationResult

NAMES_OF_PERSONS = frozenset({"respondent_key"})
_REFERENCE = re.compile(r"^\$([a-z_][a-z0-9_]*)$")


@dataclass(frozen=True)
class CheckRun:
    """The results, one for each check in order of the suites, and what Great Expectations put out, by survey year."""

    results: list[CheckResult]
    suite_results: Mapping[int, Sequence[ExpectationSuiteValidationResult]]


@dataclass(frozen=True)
class _Measured:
    """A check whose measure has run and waits for its evaluation."""

    check: Check
    frame: MeasuredFrame
    population: int | None
    seconds: float


def run_checks(
    connection: duckdb.DuckDBPyConnection, suites: Sequence[Suite], contexts: Sequence[CheckContext]
) -> CheckRun:
    """Run the checks for the survey years that a load answers for; the last context is that of the release.

    Every check is run for the last context, and for each other one those whose scope is the return of a year; the
    result of a check is the worst of its years and names them. The connection is that of the load's warehouse (schemas
    registry, intermediate, marts, publication); the landed return and prepared tables become temporary views
    and tables on it. Nothing is raised for a check that cannot be evaluated.
    """
    *earlier, of_release = contexts
    of_returns = [replace(s, checks=tuple(c for c in s.checks if c.scope == "return")) for s in suites]
    runs = {context.survey_year: _run(connection, of_returns, context) for context in earlier}
    runs[of_release.survey_year] = _run(connection, suites, of_release)
    by_year = {year: {result.check_id: result for result in run.results} for year, run in runs.items()}
    results = [
        merge_years({year: found[result.check_id] for year, found in by_year.items() if result.check_id in found})
        for result in runs[of_release.survey_year].results
    ]
    return CheckRun(results, {year: run.suite_results[year] for year, run in runs.items()})


def broken_results(suites: Sequence[Suite], message: str) -> list[CheckResult]:
    """An error for every check of `suites`: where the run as a whole could not be made, no check has passed."""
    return [_record(check, "error", message=message) for suite in suites for check in suite.checks]


def _run(connection: duckdb.DuckDBPyConnection, suites: Sequence[Suite], context: CheckContext) -> CheckRun:
    """The checks of one survey year."""
    inputs = Inputs(connection, suites, context)
    found = [_look_at(check, suite.name, inputs, context) for suite in suites for check in suite.checks]
    validation = validate([entry.frame for entry in found if isinstance(entry, _Measured)])
    results = [
        _conclude(entry, validation.evaluations[entry.check.id], context) if isinstance(entry, _Measured) else entry
        for entry in found
    ]
    return CheckRun(results, {context.survey_year: validation.suite_results})


def _look_at(check: Check, suite: str, inputs: Inputs, context: CheckContext) -> CheckResult | _Measured:
    """The measure of a check, or its result where there is nothing to evaluate."""
    if reason := _why_not(check, inputs, context):
        return _record(check, "not_applicable", message=reason)
    if unknown := [need.name for need in check.needs if inputs.unmet(need) is None]:
        return _record(check, "error", message=f"could not find out whether it applies: {', '.join(unknown)}")
    # Whatever is found under the name of a table that could not be made is not what the check means.
    if problems := inputs.problems(check.reads):
        return _record(check, "error", message=problems)
    try:
        return _measure(check, suite, inputs, context)
    except Exception as error:  # a result of its own, different from data that failed
        return _record(check, "error", message=headline(error))


def _why_not(check: Check, inputs: Inputs, context: CheckContext) -> str:
    if context.data_origin not in check.origins:
        return f"does not apply to {context.data_origin} data"
    if context.survey_year < check.since:
        return f"applies from survey year {check.since}"
    return "; ".join(words for need in check.needs if (words := inputs.unmet(need)))


def _measure(check: Check, suite: str, inputs: Inputs, context: CheckContext) -> CheckResult | _Measured:
    started = time.perf_counter()
    frame = inputs.execute(check.measure, check.parameters).df()
    _require_no_person(frame.columns)
    population = _population(check, inputs)
    if frame.empty and not population:
        return _record(check, "error", message="found nothing to check: the table or the year it reads is empty")
    kwargs = _bind(check.expectation_kwargs, context.parameters() | dict(check.parameters))
    measured = MeasuredFrame(suite, check.id, check.title, check.severity, frame, check.expectation_type, kwargs)
    return _Measured(check, measured, population, round(time.perf_counter() - started, 4))


def _require_no_person(columns: Iterable[str]) -> None:
    """Refuses a measure that names persons: its groups are published. Raises CheckColumnError."""
    if named := sorted(NAMES_OF_PERSONS & {str(column).lower() for column in columns}):
        raise CheckColumnError(f"the measure gives {', '.join(named)}: a result names groups, never a person")


def _population(check: Check, inputs: Inputs) -> int | None:
    if not check.population:
        return None
    row = inputs.execute(check.population, check.parameters).fetchone()
    return int(row[0] or 0) if row else 0


def _bind(kwargs: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Expectation arguments with `$name` replaced by the parameter of that name."""
    return {
        key: parameters[match.group(1)] if isinstance(value, str) and (match := _REFERENCE.match(value)) else value
        for key, value in kwargs.items()
    }


def _conclude(measured: _Measured, evaluation: Evaluation, context: CheckContext) -> CheckResult:
    """The result of a check that has been evaluated."""
    if evaluation.message:
        return _record(measured.check, "error", message=evaluation.message, seconds=measured.seconds)
    try:
        return _result(measured, evaluation, context)
    except Exception as error:  # figures without a JSON form (an infinite count, a list) concern this check alone
        return _record(measured.check, "error", message=headline(error), seconds=measured.seconds)


def _result(measured: _Measured, evaluation: Evaluation, context: CheckContext) -> CheckResult:
    check, frame = measured.check, measured.frame.rows
    keys = [column for column in frame.columns if column not in MEASURE_COLUMNS]
    offending = frame.iloc[list(evaluation.offending_rows)]
    # A measure that must be zero counts its offenders itself.
    counted = "observed" if check.expectation_kwargs.get("max_value") == 0 else "n_affected"
    status: Status = "pass" if evaluation.is_success else "fail"
    denominator = _total(frame, "denominator", len(frame)) if measured.population is None else measured.population
    return _record(
        check,
        status,
        observed=_observed(frame, offending, status, keys),
        n_affected=_total(offending, counted, len(offending)) if status == "fail" else 0,
        denominator=denominator,
        groups=_groups(offending, keys, context.group_limit),
        n_groups=len(offending),
        seconds=measured.seconds,
    )


def _observed(frame: pd.DataFrame, offending: pd.DataFrame, status: str, keys: Sequence[str]) -> str:
    """One line: the value where there is one, else the range over the groups that offend (or over all)."""
    rows = offending if status == "fail" and len(offending) else frame
    if "observed" not in rows.columns or rows.empty:
        return "none" if rows.empty else f"{len(rows)} groups"
    values = rows["observed"].dropna()
    if values.empty:
        return "no value"
    shown = sorted({_display(value) for value in (values.min(), values.max())}, key=str)
    text = shown[0] if len(shown) == 1 else f"{_display(values.min())} to {_display(values.max())}"
    return f"{text} over {len(rows)} groups" if keys and len(rows) > 1 else text


def _display(value: Any) -> str:
    if isinstance(value, float) or hasattr(value, "dtype"):
        number = float(value) if not isinstance(value, str) else math.nan
        return f"{number:.6g}" if not math.isnan(number) else str(value)
    return str(value)


def _total(frame: pd.DataFrame, column: str, otherwise: int) -> int:
    return int(frame[column].fillna(0).sum()) if column in frame.columns else otherwise


def _groups(offending: pd.DataFrame, keys: Sequence[str], limit: int) -> tuple[dict[str, Any], ...]:
    columns = [*keys, *(column for column in MEASURE_COLUMNS if column in offending.columns)]
    head = offending[columns].head(limit)
    return tuple({str(key): _plain(value) for key, value in row.items()} for row in head.to_dict(orient="records"))


def _plain(value: Any) -> Any:
    """A JSON value: numpy scalars unpacked, missing as null, floats to 10 significant digits."""
    value = value.item() if hasattr(value, "item") else value
    if value is None or (isinstance(value, float) and math.isnan(value)) or str(value) in ("<NA>", "NaT"):
        return None
    if isinstance(value, float):
        return float(f"{value:.9e}")
    return value if isinstance(value, str | int | bool) else str(value)


def _record(check: Check, status: Status, **fields: Any) -> CheckResult:
    return CheckResult(
        check_id=check.id,
        layer=check.layer,
        title=check.title,
        why=check.why,
        severity=check.severity,
        status=status,
        affects=check.affects,
        expected=check.expected,
        next_step=check.next_step,
        is_waivable=check.is_waivable,
        **fields,
    )
