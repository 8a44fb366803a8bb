"""What dbt's Python models of the analyses hand to the statistics: facts for analysts inside, never published.

Belongs here: choosing policies and questions, a row for what could not be estimated, and types. Does not belong here:
any formula, and anything that reads or writes the warehouse (the models do).

Every table keeps a row of every survey year that is built, with a status where there is nothing to say: a year that is
built anew then always replaces what was stored of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from orchestration.disclosure.suppression import base_status, change_status
from orchestration.model_tables.typed import to_arrow
from orchestration.model_tables.year_tables import registry_of_project
from orchestration.registry import Registry
from orchestration.statistics.case_mix.calibration import CALIBRATION_COLUMNS, calibration_deciles
from orchestration.statistics.change.kitagawa import KITAGAWA_COLUMNS, decompose_changes
from orchestration.statistics.groups.group_differences import GROUP_COLUMNS, group_differences
from orchestration.statistics.groups.inequality import deprivation_indices
from orchestration.statistics.response.item_non_response import covariate_loss, item_non_response
from orchestration.statistics.response.non_response_weights import CELL_COLUMNS, weight_responses, weighted_scores

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

NO_ANSWERS = "no_answers"
LEVEL_OF_MODELS = "trust"
# A change of mix by sex or ethnic group is small in a survey of this size; each kind costs as much as the next.
KINDS_OF_MIX = ("age_group", "imd_quintile", "tumour_group")
PLACE = ["level", "organisation_code"]
WEIGHTED_COLUMNS = [
    *("survey_year", "question_id", "n_base", "score", "weighted_score", "difference", "standard_error"),
    *("ci_lower", "ci_upper", "design_effect", "people_moved", "weights_variation", "weights_design_effect"),
    *("n_unrepresented", "status"),
]
TEXT = frozenset(
    {
        *("level", "organisation_code", "question_id", "model", "group_kind", "group_code", "reference_code"),
        *("concept_id", "status", "reason", "weighting_cell", *CELL_COLUMNS),
    }
)


def measures_of_headlines(years: Iterable[int]) -> str:
    """Columns of `int_case_mix_patterns` that hold the headline questions of the survey years, as a list in SQL."""
    registry = registry_of_project()
    columns: dict[str, None] = {}
    for year in years:
        for question_id in headline_questions(registry, year):
            is_rating = registry.question(year, question_id).question_kind == "rating"
            columns |= dict.fromkeys(f"{prefix}_{question_id}" for prefix in ("nps" if is_rating else "np"))
    return ", ".join(columns) or "null as n_none"


def headline_questions(registry: Registry, year: int) -> list[str]:
    """Questions of a year that ask what any announcement speaks of, in the order of the registry's claims."""
    asked = [registry.question(claim.release_year, claim.question_id) for claim in registry.headline_claims]
    found = [registry.question_of_concept(year, question.concept_id) for question in asked]
    return list(dict.fromkeys(question.question_id for question in found if question))


def calibrate_headlines(
    patterns: pd.DataFrame, questions: pd.DataFrame, years: Iterable[int], data_origin: str
) -> pa.Table:
    """Calibration of the trust models of the headline questions, a row a survey year x question x model x decile."""
    registry = registry_of_project()

    def of_year(year: int) -> pd.DataFrame:
        ids = headline_questions(registry, year)
        asked = questions[questions["question_id"].isin(ids)]
        rows = patterns[patterns["survey_year"] == year]
        found = calibration_deciles(rows, asked, [LEVEL_OF_MODELS], registry.case_mix_policy_of(year))
        return _each_question(found, year, ids).assign(level=LEVEL_OF_MODELS)

    return _of_years(years, of_year, [*CALIBRATION_COLUMNS, "status"], data_origin)


def compare_groups(
    patterns: pd.DataFrame, questions: pd.DataFrame, groups: pd.DataFrame, years: Iterable[int], data_origin: str
) -> pa.Table:
    """Patient groups against their reference, headline questions; no numbers for groups up to the threshold."""
    registry = registry_of_project()
    named = groups[groups["is_case_mix_reference"]]
    references = dict(zip(named["group_kind"], named["group_code"], strict=True))

    def of_year(year: int) -> pd.DataFrame:
        ids = headline_questions(registry, year)
        found = group_differences(
            patterns[patterns["survey_year"] == year],
            questions[questions["question_id"].isin(ids)],
            registry.case_mix_policy_of(year),
            minimum_base=registry.suppression_policy_of(year).primary_threshold + 1,
            reference_groups=references,
        )
        return _each_question(found, year, ids)

    return _of_years(years, of_year, GROUP_COLUMNS, data_origin)


def lose_answers(cells: pd.DataFrame, data_origin: str) -> pa.Table:
    """`int_question_cells` of all patients as the answers that case mix loses, with status."""
    registry = registry_of_project()

    def of_year(year: int, rows: pd.DataFrame) -> pd.DataFrame:
        loss = covariate_loss(rows)
        return loss.assign(status=base_status(loss["n_all_answers"], None, registry.suppression_policy_of(year)))

    return to_arrow(_by_year(cells, of_year), data_origin=data_origin)


def rate_blanks(counts: pd.DataFrame) -> pa.Table:
    """`int_item_non_response_cells` with rate, interval and status."""
    registry = registry_of_project()

    def of_year(year: int, rows: pd.DataFrame) -> pd.DataFrame:
        rates = item_non_response(rows, registry.case_mix_policy_of(year))
        return rates.assign(status=base_status(rates["n_asked"], None, registry.suppression_policy_of(year)))

    return to_arrow(_by_year(counts, of_year))


def index_deprivation(cells: pd.DataFrame, questions: pd.DataFrame, data_origin: str) -> pa.Table:
    """`int_question_cells` by deprivation as slope and relative index, with status."""
    registry = registry_of_project()

    def of_year(year: int, rows: pd.DataFrame) -> pd.DataFrame:
        threshold = registry.suppression_policy_of(year).primary_threshold
        z = registry.case_mix_policy_of(year).z_unadjusted
        return deprivation_indices(rows, questions, z=z, minimum_base=threshold + 1)

    return to_arrow(_by_year(cells, of_year), data_origin=data_origin)


def weight_cells(counts: pd.DataFrame, data_origin: str) -> pa.Table:
    """`int_response_weight_cells` with the weight of each cell against non-response."""

    def of_year(year: int, rows: pd.DataFrame) -> pd.DataFrame:
        return weight_responses(rows).cells.assign(survey_year=year)

    columns = ["survey_year", *CELL_COLUMNS, "n_eligible", "n_responded", "weighting_cell", "weight"]
    return _typed(_by_year(counts, of_year), columns, data_origin)


def weigh_scores(counts: pd.DataFrame, patterns: pd.DataFrame, questions: pd.DataFrame, data_origin: str) -> pa.Table:
    """National scores with and without weights, every question of the years of `counts`.

    `patterns`: int_case_mix_patterns summed over organisations and ethnic groups; the weights ask for no more.
    """
    registry = registry_of_project()

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

    return _typed(_by_year(counts, of_year), WEIGHTED_COLUMNS, data_origin)


def decompose_over_years(
    cells: pd.DataFrame, questions: pd.DataFrame, comparability: pd.DataFrame, release_year: int, data_origin: str
) -> pa.Table:
    """`int_question_cells` of patient groups as mix and within parts of every change to the release year, with status.

    Pairs that may not be compared have a row with the reason and no numbers.
    """
    import pandas as pd

    found = [decompose_changes(cells, questions, release_year, comparability, group_kind=kind) for kind in KINDS_OF_MIX]
    parts = pd.concat([table for table in found if len(table)] or found[:1]).drop(columns="release_year")
    bases = _bases_of_groups(cells, questions)
    places = bases.loc[bases["survey_year"] == release_year, [*PLACE, "group_kind"]].drop_duplicates()
    pairs = comparability.loc[comparability["survey_year_to"] == release_year]
    pairs = pairs[["concept_id", "survey_year_from", "survey_year_to", "reason"]].assign(comparability=pairs["status"])
    # The first year of the registry has no pair, and an empty table no types of its own.
    types = {"concept_id": "str", "survey_year_from": "int64", "survey_year_to": "int64"}
    table = places.merge(pairs.astype(types), how="cross")
    keys = [*PLACE, "concept_id", "group_kind"]
    for year, base in (("survey_year_from", "n_base_from"), ("survey_year_to", "n_base_to")):
        of_year = bases[keys].assign(**{year: bases["survey_year"], base: bases["n_base"]})
        table = table.merge(of_year, on=[year, *keys], how="left")
    parts = parts.astype(dict.fromkeys(keys, "str") | {"survey_year_from": "int64"})
    table = table.merge(parts, on=["survey_year_from", *keys], how="left")
    judged = table.assign(release_year=release_year, change_is_estimable=table["difference"].notna())
    registry = registry_of_project()
    policies = {year: registry.suppression_policy_of(year) for year in registry.years}
    columns = [*KITAGAWA_COLUMNS, "survey_year_to", "n_base_from", "n_base_to", "status", "reason"]
    return _typed(judged.assign(status=change_status(judged, policies)), columns, data_origin)


def _bases_of_groups(cells: pd.DataFrame, questions: pd.DataFrame) -> pd.DataFrame:
    """Answers of people of a known group: n_base by survey year, level, organisation, concept and kind of group."""
    named = questions[["survey_year", "question_id", "concept_id"]]
    whole = cells[(cells["base_kind"] == "all_answers") & cells["group_kind"].isin(KINDS_OF_MIX)]
    keys = ["survey_year", *PLACE, "concept_id", "group_kind"]
    return whole.merge(named, on=["survey_year", "question_id"]).groupby(keys, as_index=False)[["n_base"]].sum()


def _each_question(found: pd.DataFrame, year: int, ids: Sequence[str]) -> pd.DataFrame:
    """The rows found of a year, and one row with status `no_answers` for a question of which there are none."""
    import pandas as pd

    wanted = pd.DataFrame({"question_id": pd.Series(ids, dtype="str")})
    rows = wanted.merge(found.astype({"question_id": "str"}), on="question_id", how="left", indicator=True)
    if "status" not in rows.columns:
        rows = rows.assign(status="published")
    return rows.assign(survey_year=year, status=rows["status"].where(rows["_merge"] == "both", NO_ANSWERS))


def _of_years(
    years: Iterable[int], of_year: Callable[[int], pd.DataFrame], columns: Sequence[str], data_origin: str
) -> pa.Table:
    """Tables of single years as one with declared types."""
    import pandas as pd

    return _typed(pd.concat([of_year(year)[list(columns)].astype("object") for year in years]), columns, data_origin)


def _by_year(table: pd.DataFrame, of_year: Callable[[int, pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """`of_year` on each survey year's rows, one after the other."""
    import pandas as pd

    return pd.concat([of_year(int(str(year)), rows) for year, rows in table.groupby("survey_year", sort=True)])


def _typed(table: pd.DataFrame, columns: Collection[str], data_origin: str) -> pa.Table:
    """The columns with the types that are declared here, also where nothing in them has a value."""
    types = {name: "object" if name in TEXT else "Int64" if name == "decile" else "float64" for name in columns}
    return to_arrow(table[list(columns)].astype(types), data_origin=data_origin)
