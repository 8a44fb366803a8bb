"""Judgement of measured frames by Great Expectations: which rows offend, or why that could not be said.

Belongs here: the only import of great_expectations in the project, made when a frame is first judged. Does not belong
here: measuring (`runner`). Frames that stand under the same expectation are judged in one call, because a call costs
more than all rows of all measures.
"""

from __future__ import annotations

import json
import logging
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from expectations.wording import engine_headline, headline

if TYPE_CHECKING:
    import pandas as pd

_COLUMN_ARGUMENTS = ("column", "column_A", "column_B")
_POSITION = "row_number"


@dataclass(frozen=True)
class Question:
    """A frame, and the expectation that its rows must meet; arguments are values, no longer names of parameters."""

    frame: pd.DataFrame
    expectation_type: str
    kwargs: Mapping[str, Any]

    @property
    def columns(self) -> list[str]:
        """The columns that are judged."""
        return [str(value) for key, value in self.kwargs.items() if key in _COLUMN_ARGUMENTS]


@dataclass(frozen=True)
class Judgement:
    """What Great Expectations said of one frame: positions of the rows that offend, or why it could not say."""

    is_success: bool
    offending_rows: tuple[int, ...] = ()
    message: str = ""


def judge(questions: Sequence[Question]) -> list[Judgement]:
    """One judgement a question, in order. Whatever breaks is a judgement with a message, never an exception."""
    groups: dict[str, list[int]] = defaultdict(list)
    for number, question in enumerate(questions):
        try:
            together = _together(question)
        except Exception:  # judged by itself, where what breaks becomes its judgement
            together = f"question {number}"
        groups[together].append(number)
    judgements: dict[int, Judgement] = {}
    for numbers in groups.values():
        asked = [questions[number] for number in numbers]
        judgements |= zip(numbers, _judge_together(asked), strict=True)
    return [judgements[number] for number in range(len(questions))]


def _together(question: Question) -> str:
    """The same text for frames that can stand in one batch: same expectation, same types of the judged columns."""
    frame = question.frame
    types = [str(frame[name].dtype) if name in frame.columns else None for name in question.columns]
    return json.dumps([question.expectation_type, dict(question.kwargs), types], sort_keys=True, default=str)


def _judge_together(questions: Sequence[Question]) -> list[Judgement]:
    """Judgements of frames under one expectation. Where the batch breaks, each frame is judged by itself."""
    import pandas as pd

    if len(questions) == 1:
        return [_judge_alone(questions[0])]
    first = questions[0]
    try:
        batch = pd.concat([question.frame[question.columns] for question in questions], ignore_index=True)
        whole = _validate(batch, first.expectation_type, first.kwargs)
    except Exception:  # told apart below, frame by frame
        whole = Judgement(False, message="the batch broke")
    if whole.message:
        return [_judge_alone(question) for question in questions]
    judgements, start = [], 0
    for question in questions:
        end = start + len(question.frame)
        rows = tuple(row - start for row in whole.offending_rows if start <= row < end)
        judgements.append(Judgement(not rows, rows))
        start = end
    return judgements


def _judge_alone(question: Question) -> Judgement:
    try:
        return _validate(question.frame[question.columns], question.expectation_type, question.kwargs)
    except Exception as error:  # a check that breaks is a result of its own, told apart from failed data
        return Judgement(False, message=headline(error))


def _validate(frame: pd.DataFrame, expectation_type: str, kwargs: Mapping[str, Any]) -> Judgement:
    """Apply one expectation to one frame. Rows are told by their position, so no value leaves the frame.

    A row without a value in a judged column offends: Great Expectations would pass over it.
    """
    batches, find_expectation = start_great_expectations()
    batch = batches.get_batch(batch_parameters={"dataframe": frame.assign(**{_POSITION: range(len(frame))})})
    expectation = find_expectation(expectation_type)(**kwargs)
    outcome = batch.validate(expectation, result_format="BOOLEAN_ONLY")
    if not outcome.success:
        # Which rows offend costs as much again, so it is asked only now.
        form = {"result_format": "COMPLETE", "unexpected_index_column_names": [_POSITION]}
        outcome = batch.validate(expectation, result_format=form)
    # An error inside Great Expectations is not raised: it comes as success false with the exception beside it.
    if message := _exception_of(outcome.exception_info):
        return Judgement(False, message=message)
    without_value = {row for row, is_null in enumerate(frame.isna().any(axis=1)) if is_null}
    offending = {int(row[_POSITION]) for row in outcome.result.get("unexpected_index_list") or []}
    if not outcome.success and not offending:
        return Judgement(False, message=f"{expectation_type} failed without naming a row; it cannot judge a measure")
    return Judgement(bool(outcome.success) and not without_value, tuple(sorted(offending | without_value)))


@cache
def start_great_expectations() -> tuple[Any, Callable[[str], Any]]:
    """A batch definition for frames and the lookup of expectations, once a process: the import takes seconds."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    logging.getLogger("great_expectations").setLevel(logging.WARNING)
    import great_expectations
    from great_expectations.data_context.types.base import ProgressBarsConfig
    from great_expectations.expectations.registry import get_expectation_impl

    context = great_expectations.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    source = context.data_sources.add_pandas("measures")
    batches = source.add_dataframe_asset("frame").add_batch_definition_whole_dataframe("whole")
    return batches, get_expectation_impl


def _exception_of(info: Any) -> str:
    """What can be told of an exception in a validation result, in either of the two forms it takes; empty if none."""
    entries = [info] if isinstance(info, Mapping) and "raised_exception" in info else list((info or {}).values())
    raised = [entry for entry in entries if entry.get("raised_exception")]
    if not raised:
        return ""
    first = raised[0]
    return engine_headline(str(first.get("exception_message") or "error"), str(first.get("exception_traceback") or ""))
