"""What dbt's Python models hand to the statistics and to disclosure control: a year's table with the year's policies.

Belongs here: choosing the policies of a survey year, and the nesting of results. Does not belong here: any formula, and
anything that reads or writes the warehouse (the models do).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from orchestration.disclosure import suppression
from orchestration.model_tables.case_mix_fits import fit_years
from orchestration.model_tables.typed import to_arrow
from orchestration.registry import Registry, load_registry
from orchestration.settings import PROJECT_ROOT
from orchestration.statistics.scores import question_scores, response_rates

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

FIT_KEYS = ("survey_year", "level", "question_id")
FIT_TABLES = ("scores", "coefficients", "diagnostics")


def registry_of_project() -> Registry:
    """The registry beside the code, which dbt seeds from the same files."""
    return load_registry(PROJECT_ROOT / "dbt_project" / "seeds")


def score_cells(cells: pd.DataFrame, questions: pd.DataFrame) -> pa.Table:
    """`int_question_cells` of any years with score, interval, printed values and status."""
    registry = registry_of_project()

    def of_year(year: int, rows: pd.DataFrame) -> pd.DataFrame:
        scores = question_scores(rows, questions, registry.case_mix_policy_of(year), registry.display_policies_of(year))
        judged = scores.assign(score_is_estimable=scores["score"].notna())
        return scores.assign(
            status=suppression.apply_suppression(judged, registry.suppression_policy_of(year))["status"]
        )

    return to_arrow(_by_year(cells, of_year))


def rate_responses(cells: pd.DataFrame) -> pa.Table:
    """`int_response_cells` of any years with response rate, interval and status."""
    registry = registry_of_project()

    def of_year(year: int, rows: pd.DataFrame) -> pd.DataFrame:
        rates = response_rates(rows, registry.case_mix_policy_of(year))
        status = suppression.base_status(
            rates["n_mailed_eligible"], rates["response_rate"].notna(), registry.suppression_policy_of(year)
        )
        return rates.assign(status=status)

    return to_arrow(_by_year(cells, of_year))


def fit_case_mix(
    patterns: pd.DataFrame, questions: pd.DataFrame, organisations: pd.DataFrame, groups: pd.DataFrame
) -> pa.Table:
    """Case-mix models of any years: a row a fit (survey year x level x question), its three tables nested in it."""
    import pyarrow as pa

    reference_groups = groups[groups["is_case_mix_reference"]]
    references = dict(zip(reference_groups["group_kind"], reference_groups["group_code"], strict=True))
    fitted = fit_years(patterns, questions, organisations, references, registry_of_project())
    tables = [nest(dict(zip(FIT_TABLES, parts, strict=True)), FIT_KEYS) for parts in fitted]
    return pa.concat_tables(tables, promote_options="permissive")


def nest(parts: dict[str, pd.DataFrame], keys: Sequence[str]) -> pa.Table:
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
    nested = {}
    for name, part in parts.items():
        number = index.get_indexer(pd.MultiIndex.from_frame(part[columns]))
        order = np.argsort(number, kind="stable")
        records = to_arrow(part.drop(columns=columns).iloc[order])
        ends = np.searchsorted(number[order], np.arange(len(fits) + 1)).astype(np.int32)
        values = records.to_struct_array()
        values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        nested[name] = pa.ListArray.from_arrays(pa.array(ends), values)
    keyed = to_arrow(fits)
    for name, values in nested.items():
        keyed = keyed.append_column(name, values)
    return keyed


def _by_year(table: pd.DataFrame, of_year: Callable[[int, pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """`of_year` on each survey year's rows, one after the other."""
    import pandas as pd

    return pd.concat([of_year(int(str(year)), rows) for year, rows in table.groupby("survey_year", sort=True)])
