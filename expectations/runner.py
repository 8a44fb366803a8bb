"""Runs check suites on the warehouse of a load: measures in DuckDB, judgement by `judge`, one record a check.

Does not belong here: what is checked (`suites`) or what follows from it (`gate`). A check that breaks is a record with
status `error`, never an exception, so that a load always ends with its results.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from expectations.judge import Judgement, Question, judge
from expectations.loader import MEASURE_COLUMNS, Check, Suite
from expectations.prepared import causes_in, execute, prepare_tables, register_return, unmet_needs
from expectations.results import CheckResult, Status
from expectations.wording import CheckColumnError, headline

if TYPE_CHECKING:
    import duckdb
    import pandas as pd

GROUP_LIMIT = 25
NAMES_OF_PERSONS = frozenset({"respondent_key"})
_REFERENCE = re.compile(r"^\$([a-z_][a-z0-9_]*)$")


@dataclass(frozen=True)
class CheckContext:
    """What a run of checks is about.

    `landing` is the folder of the landed delivery of `survey_year` (sample, responses and organisations as Parquet,
    receipt.json); `thresholds` are parameters for measures by name; `has_published_figures` says that this return
    should give the published national figures (actual and calibrated returns; not drawn ones).
    """

    release_year: int
    survey_year: int
    data_origin: str
    landing: Path | None = None
    has_published_figures: bool = False
    thresholds: Mapping[str, float] = field(default_factory=dict)
    group_limit: int = GROUP_LIMIT

    def parameters(self) -> dict[str, Any]:
        """Parameters that every measure may name."""
        return {
            "release_year": self.release_year,
            "survey_year": self.survey_year,
            "data_origin": self.data_origin,
            "has_published_figures": self.has_published_figures,
            "max_quarantined_share_of_file": 0.001,
            "max_quarantined_share_of_organisation": 0.01,
            **self.thresholds,
        }


@dataclass(frozen=True)
class _Measured:
    """A check whose measure has run and waits for judgement."""

    check: Check
    frame: pd.DataFrame
    kwargs: Mapping[str, Any]
    population: int | None
    seconds: float


def run_checks(
    connection: duckdb.DuckDBPyConnection, suites: Sequence[Suite], context: CheckContext
) -> list[CheckResult]:
    """Run every check of `suites` and give one record each, in suite order.

    The connection is that of the load's warehouse (schemas registry, staging, intermediate, marts, publication).
    The landed delivery is registered on it as views `landing_sample`, `landing_responses`, `landing_organisations`
    and table `receipt_measures`; preparations of a suite become temporary tables. Nothing is raised for a check
    that breaks.
    """
    unread = register_return(connection, context)
    unmet = unmet_needs(connection, suites, context, unread)
    found: list[CheckResult | _Measured] = []
    for suite in suites:
        broken = unread | prepare_tables(connection, suite, context, unread)
        found += [_look_at(connection, check, context, unmet, broken) for check in suite.checks]
    measured = [entry for entry in found if isinstance(entry, _Measured)]
    questions = [Question(entry.frame, entry.check.expectation_type, entry.kwargs) for entry in measured]
    judged = iter(judge(questions))
    return [_conclude(entry, next(judged), context) if isinstance(entry, _Measured) else entry for entry in found]


def broken_results(suites: Sequence[Suite], message: str) -> list[CheckResult]:
    """An error for every check of `suites`: where the run as a whole broke, no check has passed."""
    return [_record(check, "error", message=message) for suite in suites for check in suite.checks]


def _look_at(
    connection: duckdb.DuckDBPyConnection,
    check: Check,
    context: CheckContext,
    unmet: Mapping[str, str | None],
    broken: Mapping[str, str],
) -> CheckResult | _Measured:
    """The measure of a check, or its result where there is nothing to judge."""
    if reason := _why_not(check, context, unmet):
        return _record(check, "not_applicable", message=reason)
    undecided = [need for need in check.needs if need in unmet and unmet[need] is None]
    if undecided:
        return _record(check, "error", message=f"could not find out whether it applies: {', '.join(undecided)}")
    # Whatever stands under the name of a broken table is not what the check means.
    if causes := causes_in(f"{check.measure} {check.population}", broken):
        return _record(check, "error", message="; ".join(causes))
    try:
        return _measure(connection, check, context)
    except Exception as error:  # a broken check is a result of its own, told apart from failed data
        return _record(check, "error", message=headline(error))


def _why_not(check: Check, context: CheckContext, unmet: Mapping[str, str | None]) -> str:
    if context.data_origin not in check.origins:
        return f"does not apply to {context.data_origin} data"
    if context.survey_year < check.since:
        return f"applies from survey year {check.since}"
    return "; ".join(words for need in check.needs if (words := unmet.get(need)))


def _measure(connection: duckdb.DuckDBPyConnection, check: Check, context: CheckContext) -> CheckResult | _Measured:
    started = time.perf_counter()
    parameters = context.parameters() | dict(check.parameters)
    frame = execute(connection, check.measure, parameters).df()
    _require_no_person(frame.columns)
    population = _population(connection, check, parameters)
    if frame.empty and not population:
        return _record(check, "error", message="found nothing to judge: the table or the year it reads is empty")
    kwargs = _bind(check.expectation_kwargs, parameters)
    return _Measured(check, frame, kwargs, population, round(time.perf_counter() - started, 4))


def _require_no_person(columns: Iterable[str]) -> None:
    """Refuses a measure that names persons: its groups are published. Raises CheckColumnError."""
    if named := sorted(NAMES_OF_PERSONS & {str(column).lower() for column in columns}):
        raise CheckColumnError(f"the measure gives {', '.join(named)}: a result names groups, never a person")


def _conclude(measured: _Measured, judgement: Judgement, context: CheckContext) -> CheckResult:
    """The result of a check whose measure has been judged."""
    if judgement.message:
        return _record(measured.check, "error", message=judgement.message, seconds=measured.seconds)
    try:
        return _result(measured, judgement, context)
    except Exception as error:  # figures that cannot be told (an infinite count, a list) break this check alone
        return _record(measured.check, "error", message=headline(error), seconds=measured.seconds)


def _result(measured: _Measured, judgement: Judgement, context: CheckContext) -> CheckResult:
    check, frame = measured.check, measured.frame
    keys = [column for column in frame.columns if column not in MEASURE_COLUMNS]
    offending = frame.iloc[list(judgement.offending_rows)]
    # A measure that must be zero counts its offenders itself.
    counted = "observed" if check.expectation_kwargs.get("max_value") == 0 else "n_affected"
    status: Status = "pass" if judgement.is_success else "fail"
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


def _population(connection: duckdb.DuckDBPyConnection, check: Check, parameters: Mapping[str, Any]) -> int | None:
    if not check.population:
        return None
    row = execute(connection, check.population, parameters).fetchone()
    return int(row[0] or 0) if row else 0


def _bind(kwargs: Mapping[str, Any], parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Expectation arguments with `$name` replaced by the parameter of that name."""
    return {
        key: parameters[match.group(1)] if isinstance(value, str) and (match := _REFERENCE.match(value)) else value
        for key, value in kwargs.items()
    }


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
