"""The case-mix models of survey years with the policies of each year, shared out over the cores.

Belongs here: which part of a year one process fits, and putting the parts together. Does not belong here: any formula
(`statistics`), or how processes are run (`all_cores`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import starmap
from typing import TYPE_CHECKING, Any

from orchestration.all_cores import on_all_cores
from orchestration.disclosure.status import base_status
from orchestration.model_tables.conversion import frame_of, to_arrow
from orchestration.registry import Question, Registry
from orchestration.statistics.case_mix.adjusted_scores import add_printed_scores, adjusted_scores

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

# A process costs a second to start: fewer patterns than this are fitted sooner where they are.
WORTH_A_PROCESS = 20_000
QUESTIONS_OF_A_PROCESS = 26

FIT_KEYS = ("survey_year", "level", "question_id")
FIT_TABLES = ("scores", "coefficients", "diagnostics")

Parts = tuple["pd.DataFrame", "pd.DataFrame", "pd.DataFrame"]


def fit_case_mix(patterns: pd.DataFrame, organisations: pd.DataFrame, registry: Registry, data_origin: str) -> pa.Table:
    """Case-mix models of the years of `organisations`: a row a survey year x level x question, three tables nested."""
    import pyarrow as pa

    fitted = fit_years(patterns, organisations, registry)
    tables = [nest(dict(zip(FIT_TABLES, parts, strict=True)), FIT_KEYS) for parts in fitted]
    table = pa.concat_tables(tables, promote_options="permissive")
    return table.append_column("data_origin", pa.array([data_origin] * len(table), type=pa.string()))


def fit_years(patterns: pd.DataFrame, organisations: pd.DataFrame, registry: Registry) -> Iterator[Parts]:
    """Scores (with status and printed values), coefficients and diagnostics of each year of `organisations`, in order.

    A year is fitted in parts of level x questions; each question's models are fitted whole, in one process, so that
    the parts do not change a digit.
    """
    questions = frame_of(registry.questions, Question)
    references = reference_groups(registry)
    adjusted = [cell.level for cell in registry.publication_cells if cell.table_kind == "adjusted"]
    levels = list(dict.fromkeys(adjusted))
    years = sorted({int(value) for value in organisations["survey_year"]})
    year_of_task: list[int] = []
    tasks: list[tuple[Any, ...]] = []
    for year in years:
        of_year = [table[table["survey_year"] == year] for table in (patterns, questions, organisations)]
        policy = registry.case_mix_policy_of(year)
        for some_levels, asked in divide_year(of_year[1], levels, len(of_year[0])):
            year_of_task.append(year)
            tasks.append((of_year[0], asked, some_levels, policy, of_year[2], references))
    is_shared = len(tasks) > len(years)
    fitted = on_all_cores(adjusted_scores, tasks) if is_shared else list(starmap(adjusted_scores, tasks))
    for year in years:
        parts = [found for of, found in zip(year_of_task, fitted, strict=True) if of == year]
        scores, coefficients, diagnostics = (_together(list(tables)) for tables in zip(*parts, strict=True))
        suppression = registry.suppression_policy_of(year)
        status = base_status(scores["n_base"], scores["adjusted_score"].notna(), suppression)
        printed = add_printed_scores(scores, registry.display_policies_of(year))
        yield printed.assign(status=status), coefficients, diagnostics


def reference_groups(registry: Registry) -> dict[str, str]:
    """Reference group of each kind that has one."""
    return {row.group_kind: row.group_code for row in registry.demographic_groups if row.is_case_mix_reference}


def divide_year(
    questions: pd.DataFrame, levels: Sequence[str], n_patterns: int
) -> Iterator[tuple[Sequence[str], pd.DataFrame]]:
    """Levels and rows of `questions` that one process fits together."""
    if n_patterns < WORTH_A_PROCESS:
        yield levels, questions
        return
    modelled = questions[questions["question_kind"].isin(["scored", "rating"])]
    for level in levels:
        for start in range(0, len(modelled), QUESTIONS_OF_A_PROCESS):
            yield [level], modelled.iloc[start : start + QUESTIONS_OF_A_PROCESS]


def _together(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables of the same columns as one; one without rows would decide nothing but types."""
    import pandas as pd

    filled = [table for table in tables if len(table)] or tables[:1]
    return pd.concat(filled, ignore_index=True)


def nest(parts: Mapping[str, pd.DataFrame], keys: Sequence[str]) -> pa.Table:
    """Several tables as one: a row a key, and each table's rows of that key as a list of records; NaN becomes null.

    One model gives one table to dbt, but a fit gives scores, coefficients and diagnostics: this keeps them together
    without fitting three times.
    """
    import numpy as np
    import pandas as pd
    import pyarrow as pa

    columns = list(keys)
    fits = pd.concat([part[columns] for part in parts.values()]).drop_duplicates().sort_values(columns)
    index = pd.MultiIndex.from_frame(fits)
    table = to_arrow(fits)
    for name, part in parts.items():
        number = index.get_indexer(pd.MultiIndex.from_frame(part[columns]))
        order = np.argsort(number, kind="stable")
        ends = np.searchsorted(number[order], np.arange(len(fits) + 1)).astype(np.int32)
        records = to_arrow(part.drop(columns=columns).iloc[order]).to_struct_array()
        records = records.combine_chunks() if isinstance(records, pa.ChunkedArray) else records
        table = table.append_column(name, pa.ListArray.from_arrays(pa.array(ends), records))
    return table
