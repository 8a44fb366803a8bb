"""What dbt's Python models across years hand to the statistics and to disclosure control.

Belongs here: choosing policies and comparable pairs. Does not belong here: any formula, and anything that reads or
writes the warehouse (the models do).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from orchestration.model_tables.typed import to_arrow
from orchestration.model_tables.year_tables import registry_of_project
from orchestration.registry import Registry

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

PAIR_COLUMNS = [
    "concept_id",
    "survey_year_from",
    "survey_year_to",
    "question_id_from",
    "question_id_to",
    "status",
    "reason",
]


def compare_all_years(release_year: int, loaded: set[int]) -> pa.Table:
    """Comparability of every concept between every pair of registry years up to the release year.

    A pair with a year that the warehouse does not hold is `not_loaded`, with the years named, unless the registry
    already says that it is not to be compared.
    """
    import pandas as pd

    registry = registry_of_project()
    return to_arrow(pd.DataFrame(list(_pairs(registry, release_year, loaded)), columns=PAIR_COLUMNS))


def _pairs(registry: Registry, release_year: int, loaded: set[int]) -> Iterator[dict[str, Any]]:
    years = [year for year in registry.years if year <= release_year]
    for to in years:
        for concept in [q.concept_id for q in registry.questions_of(to) if q.question_kind in {"scored", "rating"}]:
            for before in [year for year in years if year < to]:
                yield _pair(registry, concept, before, to, loaded)


def _pair(registry: Registry, concept: str, before: int, to: int, loaded: set[int]) -> dict[str, Any]:
    found = registry.comparable(before, to, concept)
    absent = [str(year) for year in (before, to) if year not in loaded]
    status, reason = found.status, found.reason
    if found.is_comparable and absent:
        status, reason = "not_loaded", f"{' and '.join(absent)} not loaded"
    questions = [registry.question_of_concept(year, concept) for year in (before, to)]
    return {
        "concept_id": concept,
        "survey_year_from": before,
        "survey_year_to": to,
        "question_id_from": questions[0].question_id if questions[0] else None,
        "question_id_to": questions[1].question_id if questions[1] else None,
        "status": status,
        "reason": reason,
    }


def change_over_years(
    cells: pd.DataFrame, questions: pd.DataFrame, comparability: pd.DataFrame, release_year: int, data_origin: str
) -> pa.Table:
    """`int_question_cells` of all years as the release year's change against each earlier year, with status."""
    from orchestration.disclosure.suppression import change_status
    from orchestration.statistics.change.year_on_year import year_on_year

    registry = registry_of_project()
    policy = registry.case_mix_policy_of(release_year)
    changes = year_on_year(cells, questions, release_year, policy, comparability)
    judged = changes.assign(comparability=changes["status"], change_is_estimable=changes["difference"].notna())
    return to_arrow(
        changes.assign(status=change_status(judged, _suppression_policies(registry))), data_origin=data_origin
    )


def trends_over_years(
    cells: pd.DataFrame, questions: pd.DataFrame, comparability: pd.DataFrame, release_year: int, data_origin: str
) -> pa.Table:
    """`int_question_cells` of all years as the trend of every score of the release year, with status."""
    from orchestration.disclosure.suppression import SUPPRESSED_PRIMARY
    from orchestration.statistics.change.trends import trends

    registry = registry_of_project()
    found = trends(cells, questions, release_year, registry.case_mix_policy_of(release_year), comparability)
    # A slope is made of every year's score: one hidden score in the series hides it.
    small = _smallest_base(found, cells, questions) <= registry.suppression_policy_of(release_year).primary_threshold
    is_hidden = (found["status"] == "published") & small
    return to_arrow(found.assign(status=found["status"].mask(is_hidden, SUPPRESSED_PRIMARY)), data_origin=data_origin)


def _smallest_base(trends: pd.DataFrame, cells: pd.DataFrame, questions: pd.DataFrame) -> pd.Series[float]:
    """The smallest base with answers in each trend's years, with the index of `trends`."""
    keys = ["level", "organisation_code", "concept_id"]
    concepts = questions[["survey_year", "question_id", "concept_id"]]
    bases = cells.loc[cells["n_base"] > 0].merge(concepts, on=["survey_year", "question_id"])
    spans = trends[[*keys, "first_year", "last_year"]].reset_index(names="trend")
    joined = spans.merge(bases[[*keys, "survey_year", "n_base"]], on=keys)
    within = joined[joined["survey_year"].between(joined["first_year"], joined["last_year"])]
    return within.groupby("trend")["n_base"].min().reindex(trends.index)


def _suppression_policies(registry: Registry) -> dict[int, Any]:
    return {year: registry.suppression_policy_of(year) for year in registry.years}
