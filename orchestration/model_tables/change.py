"""What is said across survey years: comparability, changes and their parts, trends, movements, headline claims.

Belongs here: choosing policies and comparable pairs, and the status of what is published. Does not belong here: any
formula, or reading and writing the warehouse (the models do that).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from orchestration.disclosure.status import change_status, trend_status
from orchestration.model_tables.conversion import frame_of, to_arrow
from orchestration.registry import HeadlineClaim, Question, Registry, SuppressionPolicy, SurveyYear
from orchestration.statistics.change.kitagawa import KITAGAWA_COLUMNS, decompose_changes
from orchestration.statistics.change.movements import score_movements
from orchestration.statistics.change.trends import trends
from orchestration.statistics.change.year_on_year import year_on_year
from orchestration.statistics.claims.headline_claims import headline_claims

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

PAIR_COLUMNS = [
    *("concept_id", "survey_year_from", "survey_year_to", "question_id_from", "question_id_to", "status", "reason"),
]
# A change of mix by sex or ethnic group is small in a survey of this size; each kind costs as much as the next.
KINDS_OF_MIX = ("age_group", "imd_quintile", "tumour_group")
PLACE = ["level", "organisation_code"]
DECOMPOSITION_COLUMNS = [*KITAGAWA_COLUMNS, "survey_year_to", "n_base_from", "n_base_to", "status", "reason"]
DECOMPOSITION_TEXT = frozenset({*PLACE, "concept_id", "group_kind", "status", "reason"})


def compare_years(registry: Registry, release_year: int, loaded: Collection[int], data_origin: str) -> pa.Table:
    """Comparability of every concept between every pair of registry years up to the release year.

    A pair with a year that is not `loaded` is `not_loaded`, with the years named, unless the registry already says that
    it is not to be compared.
    """
    import pandas as pd

    pairs = pd.DataFrame(list(_pairs(registry, release_year, loaded)), columns=PAIR_COLUMNS)
    # The first year of the registry has no pair, and a table without rows has types all the same.
    return to_arrow(pairs.astype({"survey_year_from": "int64", "survey_year_to": "int64"}), data_origin=data_origin)


def _pairs(registry: Registry, release_year: int, loaded: Collection[int]) -> Iterator[dict[str, Any]]:
    years = [year for year in registry.years if year <= release_year]
    for to in years:
        for concept in [question.concept_id for question in registry.questions_of(to) if question.has_score]:
            for before in [year for year in years if year < to]:
                yield _pair(registry, concept, before, to, loaded)


def _pair(registry: Registry, concept: str, before: int, to: int, loaded: Collection[int]) -> dict[str, Any]:
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
    cells: pd.DataFrame, comparability: pd.DataFrame, registry: Registry, release_year: int, data_origin: str
) -> pa.Table:
    """`int_question_cells` of all years as the release year's change against each earlier year, with status."""
    questions = frame_of(registry.questions, Question)
    policy = registry.case_mix_policy_of(release_year)
    changes = year_on_year(cells, questions, release_year, policy, comparability)
    given = changes.assign(comparability=changes["status"], change_is_estimable=changes["difference"].notna())
    status = change_status(given, _suppression_policies(registry))
    return to_arrow(changes.assign(status=status), data_origin=data_origin)


def trends_over_years(
    cells: pd.DataFrame, comparability: pd.DataFrame, registry: Registry, release_year: int, data_origin: str
) -> pa.Table:
    """`int_question_cells` of all years as the trend of every score of the release year, with status."""
    questions = frame_of(registry.questions, Question)
    found = trends(cells, questions, release_year, registry.case_mix_policy_of(release_year), comparability)
    bases = cells.merge(questions[["survey_year", "question_id", "concept_id"]], on=["survey_year", "question_id"])
    status = trend_status(found, bases, registry.suppression_policy_of(release_year))
    return to_arrow(found.assign(status=status), data_origin=data_origin)


def decompose_over_years(
    cells: pd.DataFrame, comparability: pd.DataFrame, registry: Registry, release_year: int, data_origin: str
) -> pa.Table:
    """`int_question_cells` of patient groups as mix and within parts of every change to the release year, with status.

    Pairs that may not be compared have a row with the reason and no numbers.
    """
    import pandas as pd

    questions = frame_of(registry.questions, Question)
    found = [decompose_changes(cells, questions, release_year, comparability, group_kind=kind) for kind in KINDS_OF_MIX]
    parts = pd.concat([table for table in found if len(table)] or found[:1]).drop(columns="release_year")
    bases = _bases_of_groups(cells, questions)
    places = bases.loc[bases["survey_year"] == release_year, [*PLACE, "group_kind"]].drop_duplicates()
    pairs = comparability.loc[comparability["survey_year_to"] == release_year]
    pairs = pairs[["concept_id", "survey_year_from", "survey_year_to", "reason"]].assign(comparability=pairs["status"])
    table = places.merge(pairs, how="cross")
    keys = [*PLACE, "concept_id", "group_kind"]
    for year, base in (("survey_year_from", "n_base_from"), ("survey_year_to", "n_base_to")):
        of_year = bases[keys].assign(**{year: bases["survey_year"], base: bases["n_base"]})
        table = table.merge(of_year, on=[year, *keys], how="left")
    parts = parts.astype(dict.fromkeys(keys, "str") | {"survey_year_from": "int64"})
    table = table.merge(parts, on=["survey_year_from", *keys], how="left")
    given = table.assign(release_year=release_year, change_is_estimable=table["difference"].notna())
    table = given.assign(status=change_status(given, _suppression_policies(registry)))[DECOMPOSITION_COLUMNS]
    types = {name: "object" if name in DECOMPOSITION_TEXT else "float64" for name in DECOMPOSITION_COLUMNS}
    return to_arrow(table.astype(types), data_origin=data_origin)


def _bases_of_groups(cells: pd.DataFrame, questions: pd.DataFrame) -> pd.DataFrame:
    """Answers of people of a known group: n_base by survey year, level, organisation, concept and kind of group."""
    named = questions[["survey_year", "question_id", "concept_id"]]
    whole = cells[(cells["base_kind"] == "all_answers") & cells["group_kind"].isin(KINDS_OF_MIX)]
    keys = ["survey_year", *PLACE, "concept_id", "group_kind"]
    return whole.merge(named, on=["survey_year", "question_id"]).groupby(keys, as_index=False)[["n_base"]].sum()


def movements_over_years(cells: pd.DataFrame, registry: Registry, data_origin: str) -> pa.Table:
    """`int_question_cells` of all years as the movement of every score since the survey year before."""
    return to_arrow(score_movements(cells, frame_of(registry.questions, Question)), data_origin=data_origin)


def claim_headlines(
    cells: pd.DataFrame,
    comparability: pd.DataFrame,
    n_respondents: Mapping[int, int],
    registry: Registry,
    release_year: int,
    data_origin: str,
) -> pa.Table:
    """The nation's `int_question_cells` as the headline claims of the release year, each by every method."""
    claims = headline_claims(
        cells,
        frame_of(registry.headline_claims, HeadlineClaim),
        frame_of(registry.survey_years, SurveyYear),
        frame_of(registry.questions, Question),
        release_year,
        comparability=comparability,
        n_respondents=n_respondents,
    )
    return to_arrow(claims, booleans=("holds", "parts_add_up"), data_origin=data_origin)


def _suppression_policies(registry: Registry) -> dict[int, SuppressionPolicy]:
    return {year: registry.suppression_policy_of(year) for year in registry.years}
