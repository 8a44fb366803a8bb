"""The case-mix models of survey years, shared out over the cores, with the policies of each year.

Belongs here: which share of a year one process fits, and putting the shares together. Does not belong here: any formula
(`statistics`), or how processes are run (`all_cores`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import starmap
from typing import TYPE_CHECKING

from orchestration.all_cores import on_all_cores
from orchestration.disclosure import suppression
from orchestration.registry import Registry
from orchestration.statistics.case_mix.adjusted_scores import add_printed_scores, adjusted_scores
from orchestration.statistics.policies import CaseMixPolicy

if TYPE_CHECKING:
    import pandas as pd

LEVELS = ("trust", "ccg", "alliance")
# A process costs a second to start: fewer patterns than this are fitted sooner where they are.
WORTH_A_PROCESS = 20_000
QUESTIONS_OF_A_SHARE = 26

Parts = tuple["pd.DataFrame", "pd.DataFrame", "pd.DataFrame"]


def fit_years(
    patterns: pd.DataFrame,
    questions: pd.DataFrame,
    organisations: pd.DataFrame,
    references: Mapping[str, str],
    registry: Registry,
) -> Iterator[Parts]:
    """Scores (with status and printed values), coefficients and diagnostics of each year of `organisations`, in order.

    A year is fitted in shares of level x questions; each question's models are fitted whole, in one process, so that
    the shares do not change a digit.
    """
    years = sorted({int(value) for value in organisations["survey_year"]})
    shares = []
    for year in years:
        of_year = [table[table["survey_year"] == year] for table in (patterns, questions, organisations)]
        policy = registry.case_mix_policy_of(year)
        for levels, asked in _shares(of_year[1], len(of_year[0])):
            shares.append((year, (of_year[0], asked, levels, policy, of_year[2], references)))
    tasks = [task for _, task in shares]
    is_shared = len(tasks) > len(years)
    fitted = on_all_cores(_adjust, tasks) if is_shared else list(starmap(_adjust, tasks))
    for year in years:
        parts = [found for (of, _), found in zip(shares, fitted, strict=True) if of == year]
        scores, coefficients, diagnostics = (_together(list(tables)) for tables in zip(*parts, strict=True))
        status = suppression.base_status(
            scores["n_base"], scores["adjusted_score"].notna(), registry.suppression_policy_of(year)
        )
        yield (
            add_printed_scores(scores, registry.display_policies_of(year)).assign(status=status),
            coefficients,
            diagnostics,
        )


def _shares(questions: pd.DataFrame, n_patterns: int) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    """Levels and rows of `questions` that one process fits together."""
    if n_patterns < WORTH_A_PROCESS:
        yield LEVELS, questions
        return
    modelled = questions[questions["question_kind"].isin(["scored", "rating"])]
    for level in LEVELS:
        for start in range(0, len(modelled), QUESTIONS_OF_A_SHARE):
            yield (level,), modelled.iloc[start : start + QUESTIONS_OF_A_SHARE]


def _adjust(
    patterns: pd.DataFrame,
    questions: pd.DataFrame,
    levels: tuple[str, ...],
    policy: CaseMixPolicy,
    organisations: pd.DataFrame,
    references: Mapping[str, str],
) -> Parts:
    return adjusted_scores(
        patterns, questions, levels, policy, organisations=organisations, reference_groups=references
    )


def _together(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables of the same columns as one; one without rows would decide nothing but types."""
    import pandas as pd

    filled = [table for table in tables if len(table)] or tables[:1]
    return pd.concat(filled, ignore_index=True)
