"""The analyses for analysts inside, never published: policies and questions chosen, statuses and types settled.

Belongs here: a row for what could not be estimated. Does not belong here: any formula. Every table keeps a row of every
survey year that is rebuilt, with a status where there is nothing to say: a year that is rebuilt then always replaces
what was stored of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from orchestration.disclosure.status import NO_ANSWERS, PUBLISHED, base_status
from orchestration.model_tables.case_mix import reference_groups
from orchestration.model_tables.conversion import by_year, frame_of, to_arrow
from orchestration.registry import Question, Registry
from orchestration.statistics.case_mix.calibration import CALIBRATION_COLUMNS, calibration_deciles
from orchestration.statistics.groups.group_differences import GROUP_COLUMNS, group_differences
from orchestration.statistics.groups.inequality import deprivation_indices
from orchestration.statistics.response.item_non_response import covariate_loss, item_non_response
from orchestration.statistics.response.non_response_weights import CELL_COLUMNS, weight_responses, weighted_scores

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

_MEASURE = re.compile(r"[nps]_(?P<question_id>q[0-9]+)")
WEIGHTED_COLUMNS = [
    *("survey_year", "question_id", "n_base", "score", "weighted_score", "difference", "standard_error"),
    *("ci_lower", "ci_upper", "design_effect", "people_moved", "weights_variation", "weights_design_effect"),
    *("n_unrepresented", "status"),
]
TEXT = frozenset(
    {
        *("level", "organisation_code", "question_id", "model", "group_kind", "group_code", "reference_code"),
        *("status", "weighting_cell", *CELL_COLUMNS),
    }
)


def headline_questions(registry: Registry, year: int) -> list[str]:
    """Questions of a year that ask what any announcement speaks of, in the order of the registry's claims."""
    asked = [registry.question(claim.release_year, claim.question_id) for claim in registry.headline_claims]
    found = [registry.question_of_concept(year, question.concept_id) for question in asked]
    return list(dict.fromkeys(question.question_id for question in found if question))


def headline_columns(columns: Iterable[str], registry: Registry, years: Iterable[int]) -> list[str]:
    """Of the columns of `int_case_mix_patterns`, those that the headline questions of the years need."""
    needed = {question_id for year in years for question_id in headline_questions(registry, year)}
    named = [(name, _MEASURE.fullmatch(name)) for name in columns]
    return [name for name, measure in named if measure is None or measure["question_id"] in needed]


def level_of_treatment(registry: Registry) -> str:
    """The level of the organisations that treat: that of the models of the analyses."""
    (level,) = (row.level for row in registry.organisation_levels if row.belongs_by == "treatment")
    return level


def calibrate_headlines(patterns: pd.DataFrame, registry: Registry, years: Iterable[int], data_origin: str) -> pa.Table:
    """Calibration of the models of the headline questions, a row a survey year x question x model x decile."""
    questions, level = frame_of(registry.questions, Question), level_of_treatment(registry)

    def of_year(year: int) -> pd.DataFrame:
        ids = headline_questions(registry, year)
        asked = questions[questions["question_id"].isin(ids)]
        rows = patterns[patterns["survey_year"] == year]
        found = calibration_deciles(rows, asked, [level], registry.case_mix_policy_of(year))
        return _each_question(found, year, ids).assign(level=level)

    return _of_years(years, of_year, [*CALIBRATION_COLUMNS, "status"], data_origin)


def compare_groups(patterns: pd.DataFrame, registry: Registry, years: Iterable[int], data_origin: str) -> pa.Table:
    """Patient groups against their reference, headline questions; no numbers for groups up to the threshold."""
    questions, level = frame_of(registry.questions, Question), level_of_treatment(registry)

    def of_year(year: int) -> pd.DataFrame:
        ids = headline_questions(registry, year)
        found = group_differences(
            patterns[patterns["survey_year"] == year],
            questions[questions["question_id"].isin(ids)],
            level,
            registry.case_mix_policy_of(year),
            minimum_base=registry.suppression_policy_of(year).primary_threshold + 1,
            reference_groups=reference_groups(registry),
        )
        return _each_question(found, year, ids)

    return _of_years(years, of_year, GROUP_COLUMNS, data_origin)


def lose_answers(cells: pd.DataFrame, registry: Registry, data_origin: str) -> pa.Table:
    """`int_question_cells` of all patients as the answers that case mix loses, with status."""

    def of_year(year: int, rows: pd.DataFrame) -> pd.DataFrame:
        loss = covariate_loss(rows)
        return loss.assign(status=base_status(loss["n_all_answers"], None, registry.suppression_policy_of(year)))

    return to_arrow(by_year(cells, of_year), data_origin=data_origin)


def rate_blanks(counts: pd.DataFrame, registry: Registry) -> pa.Table:
    """`int_item_non_response_cells` with rate, interval and status."""

    def of_year(year: int, rows: pd.DataFrame) -> pd.DataFrame:
        rates = item_non_response(rows, registry.case_mix_policy_of(year))
        return rates.assign(status=base_status(rates["n_asked"], None, registry.suppression_policy_of(year)))

    return to_arrow(by_year(counts, of_year))


def index_deprivation(cells: pd.DataFrame, registry: Registry, data_origin: str) -> pa.Table:
    """`int_question_cells` by deprivation as slope and relative index, with status."""
    questions = frame_of(registry.questions, Question)

    def of_year(year: int, rows: pd.DataFrame) -> pd.DataFrame:
        threshold = registry.suppression_policy_of(year).primary_threshold
        z = registry.case_mix_policy_of(year).z_unadjusted
        return deprivation_indices(rows, questions, z=z, minimum_base=threshold + 1)

    return to_arrow(by_year(cells, of_year), data_origin=data_origin)


def weight_cells(counts: pd.DataFrame, data_origin: str) -> pa.Table:
    """`int_response_weight_cells` with the weight of each cell against non-response."""

    def of_year(year: int, rows: pd.DataFrame) -> pd.DataFrame:
        return weight_responses(rows).cells.assign(survey_year=year)

    columns = ["survey_year", *CELL_COLUMNS, "n_eligible", "n_responded", "weighting_cell", "weight"]
    return _typed(by_year(counts, of_year), columns, data_origin)


def weigh_scores(counts: pd.DataFrame, patterns: pd.DataFrame, registry: Registry, data_origin: str) -> pa.Table:
    """National scores with and without weights, every question of the years of `counts`.

    `patterns`: int_case_mix_patterns summed over organisations and ethnic groups; the weights ask for no more.
    """
    questions = frame_of(registry.questions, Question)

    def of_year(year: int, rows: pd.DataFrame) -> pd.DataFrame:
        weights = weight_responses(rows)
        asked = questions[(questions["survey_year"] == year) & questions["question_kind"].isin(["scored", "rating"])]
        ids = asked["question_id"].astype(str).tolist()
        found = weighted_scores(
            weights,
            patterns[patterns["survey_year"] == year],
            ids,
            ratings=asked.loc[asked["question_kind"] == "rating", "question_id"].astype(str).tolist(),
            n_respondents=int(rows["n_responded"].sum()),
            z=registry.case_mix_policy_of(year).z_unadjusted,
        )
        table = _each_question(found.reindex(columns=WEIGHTED_COLUMNS[:-1]), year, ids)
        return table.assign(
            weights_variation=weights.coefficient_of_variation,
            weights_design_effect=weights.design_effect,
            n_unrepresented=weights.n_unrepresented,
            status=base_status(table["n_base"], None, registry.suppression_policy_of(year)),
        )

    return _typed(by_year(counts, of_year), WEIGHTED_COLUMNS, data_origin)


def _each_question(found: pd.DataFrame, year: int, ids: Sequence[str]) -> pd.DataFrame:
    """The rows found of a year, and one row with status `no_answers` for a question of which there are none."""
    import pandas as pd

    wanted = pd.DataFrame({"question_id": pd.Series(ids, dtype="str")})
    rows = wanted.merge(found.astype({"question_id": "str"}), on="question_id", how="left", indicator=True)
    if "status" not in rows.columns:
        rows = rows.assign(status=PUBLISHED)
    return rows.assign(survey_year=year, status=rows["status"].where(rows["_merge"] == "both", NO_ANSWERS))


def _of_years(
    years: Iterable[int], of_year: Callable[[int], pd.DataFrame], columns: Sequence[str], data_origin: str
) -> pa.Table:
    """Tables of single years as one with declared types."""
    import pandas as pd

    return _typed(pd.concat([of_year(year)[list(columns)].astype("object") for year in years]), columns, data_origin)


def _typed(table: pd.DataFrame, columns: Collection[str], data_origin: str) -> pa.Table:
    """The columns with the types that are declared here, also where nothing in them has a value."""
    types = {name: "object" if name in TEXT else "Int64" if name == "decile" else "float64" for name in columns}
    return to_arrow(table[list(columns)].astype(types), data_origin=data_origin)
