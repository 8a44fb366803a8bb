"""Great Expectations: an ExpectationSuite, a ValidationDefinition and a Checkpoint for each suite file, run on frames.

Belongs here: the project's import of great_expectations, and which rows of a frame offend. Does not belong here:
measuring (`runner`). The frames of a suite are side by side in one dataframe, a column for each that an expectation
names, because a validation of its own for each check would cost more than all measures. Results come back without
values: offending rows are named by position.
"""

from __future__ import annotations

import logging
import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from expectations.error_messages import engine_headline, headline
from expectations.loader import COLUMN_ARGUMENTS
from expectations.results import Severity

if TYPE_CHECKING:
    import pandas as pd
    from great_expectations import Checkpoint
    from great_expectations.core.expectation_validation_result import (
        ExpectationSuiteValidationResult,
        ExpectationValidationResult,
    )
    from great_expectations.datasource.fluent.interfaces import Batch
    from great_expectations.expectations.expectation import Expectation

_POSITION = "row_number"
_ROWS_WITHOUT_VALUES = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": [_POSITION],
    "exclude_unexpected_values": True,
    "return_unexpected_index_query": False,
}
_COUNTS = ("element_count", "unexpected_count", "unexpected_percent")


@dataclass(frozen=True)
class MeasuredFrame:
    """The frame of a check, and the expectation that its rows must meet; arguments are values, no names of parameters.

    `suite` is the name of the suite file; `title` and `severity` are what a page of Data Docs says of the check.
    """

    suite: str
    check_id: str
    title: str
    severity: Severity
    rows: pd.DataFrame
    expectation_type: str
    kwargs: Mapping[str, Any]

    @property
    def columns(self) -> dict[str, str]:
        """Argument -> name of its column in the dataframe of the suite: the check's id, and of a pair its column."""
        named = {key: str(value) for key, value in self.kwargs.items() if key in COLUMN_ARGUMENTS}
        return {key: self.check_id if key == "column" else f"{self.check_id}.{name}" for key, name in named.items()}


@dataclass(frozen=True)
class Evaluation:
    """What Great Expectations said of one frame: positions of the rows that offend, or why it could not say."""

    is_success: bool
    offending_rows: tuple[int, ...] = ()
    message: str = ""


@dataclass
class Validation:
    """What was said of each check, by id, and Great Expectations' own results, one for each suite."""

    evaluations: dict[str, Evaluation] = field(default_factory=dict)
    suite_results: list[ExpectationSuiteValidationResult] = field(default_factory=list)


def validate(frames: Sequence[MeasuredFrame]) -> Validation:
    """One evaluation for each frame. Whatever cannot be evaluated has a message, never an exception."""
    validation = Validation()
    by_suite: dict[str, list[MeasuredFrame]] = defaultdict(list)
    for measured in frames:
        by_suite[measured.suite].append(measured)
    engine: _Engine | None = None
    for name, of_suite in by_suite.items():
        try:
            engine = engine or _Engine()
            _validate_suite(engine, name, of_suite, validation)
        except Exception as error:  # no check of the suite has been evaluated
            broken = Evaluation(False, message=headline(error))
            validation.evaluations |= {measured.check_id: broken for measured in of_suite}
    return validation


@cache
def import_great_expectations() -> Any:
    """The package, quiet and without its reports to its maker."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations

    # One of its modules sets a level of its own and logs every context.
    for name in ("great_expectations", "great_expectations.data_context.types.base"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return great_expectations


class _Engine:
    """An ephemeral context of Great Expectations, which keeps nothing, and its one source: dataframes."""

    def __init__(self) -> None:
        gx = import_great_expectations()
        from great_expectations.data_context.types.base import ProgressBarsConfig

        self.context = gx.get_context(mode="ephemeral")
        self.context.variables.progress_bars = ProgressBarsConfig(globally=False)
        frames = self.context.data_sources.add_pandas("measures").add_dataframe_asset("frames")
        self._batches = frames.add_batch_definition_whole_dataframe("whole")

    def batch(self, frame: pd.DataFrame) -> Batch:
        """A single frame."""
        batch: Batch = self._batches.get_batch(batch_parameters={"dataframe": frame})
        return batch

    def checkpoint(self, name: str, expectations: list[Expectation]) -> Checkpoint:
        """The checkpoint of one suite."""
        gx = import_great_expectations()
        suite = self.context.suites.add(gx.ExpectationSuite(name=name, expectations=expectations))
        validation = gx.ValidationDefinition(name=name, data=self._batches, suite=suite)
        definitions = [self.context.validation_definitions.add(validation)]
        checkpoint: Checkpoint = gx.Checkpoint(
            name=name, validation_definitions=definitions, result_format="BOOLEAN_ONLY"
        )
        self.context.checkpoints.add(checkpoint)
        return checkpoint


def _validate_suite(engine: _Engine, name: str, frames: Sequence[MeasuredFrame], validation: Validation) -> None:
    """Runs the checkpoint of a suite and adds what it said."""
    import pandas as pd

    series: dict[str, pd.Series[Any]] = {}
    expectations: dict[str, Expectation] = {}
    for measured in frames:
        try:
            found = _columns_of(measured)
            expectations[measured.check_id] = _expectation_of(measured)
        except Exception as error:  # a column or an argument that is not there concerns this check alone
            validation.evaluations[measured.check_id] = Evaluation(False, message=headline(error))
        else:
            series |= found
    if not expectations:
        return
    checkpoint = engine.checkpoint(name, list(expectations.values()))
    run = checkpoint.run(batch_parameters={"dataframe": pd.DataFrame(series)})
    (suite_result,) = run.run_results.values()
    own = {measured.check_id: measured for measured in frames}
    for number, result in enumerate(suite_result.results):
        config: Any = result.expectation_config
        check_id = config.meta["check_id"]
        if not result.success:
            # Which rows offend costs as much again, so it is asked only now, on the frame of this check alone.
            batch = engine.batch(_numbered(own[check_id]))
            result = batch.validate(expectations[check_id], result_format=_ROWS_WITHOUT_VALUES)
            suite_result.results[number] = result
        validation.evaluations[check_id] = _evaluation_of(result)
    validation.suite_results.append(suite_result)


def _expectation_of(measured: MeasuredFrame) -> Expectation:
    """The expectation of a check on its columns in the dataframe of the suite."""
    import_great_expectations()
    from great_expectations.expectations.registry import get_expectation_impl

    # A description goes into pages as it is.
    words = {"description": escape(f"{measured.title} ({measured.check_id})"), "severity": measured.severity}
    arguments: dict[str, Any] = {
        **measured.kwargs,
        **measured.columns,
        **words,
        "meta": {"check_id": measured.check_id},
    }
    return get_expectation_impl(measured.expectation_type)(**arguments)


def _columns_of(measured: MeasuredFrame) -> dict[str, pd.Series[Any]]:
    """The columns that the expectation names, under their names in the dataframe of the suite.

    Great Expectations skips a row without a value; here such a row offends. It is given a value that no limit and no
    partner allows.
    """
    columns = {}
    for argument, name in measured.columns.items():
        values = measured.rows[str(measured.kwargs[argument])].reset_index(drop=True)
        if (missing := values.isna()).any():
            is_low = argument == "column_A" or (argument == "column" and measured.kwargs.get("max_value") is None)
            values = values.astype(object).mask(missing, float("-inf") if is_low else float("inf"))
        columns[name] = values
    return columns


def _numbered(measured: MeasuredFrame) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame(_columns_of(measured)).assign(**{_POSITION: range(len(measured.rows))})


def _evaluation_of(result: ExpectationValidationResult) -> Evaluation:
    """What a result says; takes out of it what may quote a value."""
    # An error inside Great Expectations is not raised: it comes as success false with the exception beside it.
    if message := _exception_of(result.exception_info):
        result.exception_info = {"raised_exception": True, "exception_message": message, "exception_traceback": ""}
        result.result = {}
        return Evaluation(False, message=message)
    found = result.result.get("unexpected_index_list") or []
    rows = tuple(sorted(int(row) for entry in found for row in entry[_POSITION]))
    result.result = {name: result.result[name] for name in _COUNTS if name in result.result}
    if not result.success and not rows:
        return Evaluation(False, message="an expectation failed without naming a row; it cannot evaluate a measure")
    return Evaluation(bool(result.success), rows)


def _exception_of(info: Any) -> str:
    """What may be stored of an exception in a validation result, in either of the two forms it takes; empty if none."""
    entries = [info] if isinstance(info, Mapping) and "raised_exception" in info else list((info or {}).values())
    raised = [entry for entry in entries if entry.get("raised_exception")]
    if not raised:
        return ""
    first = raised[0]
    return engine_headline(str(first.get("exception_message") or "error"), str(first.get("exception_traceback") or ""))
