"""The analyses for internal analysts: in the marts of every load, with something to say of every year."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pandas as pd
import pytest

from orchestration.model_tables import analyses
from orchestration.registry import Registry, load_registry
from orchestration.settings import PROJECT_ROOT
from tests.integration.conftest import YEARS, World

pytestmark = pytest.mark.slow

OF_A_YEAR = (
    *("fct_calibration", "fct_covariate_loss", "fct_group_differences", "fct_inequality"),
    *("fct_item_non_response", "fct_non_response_analysis", "fct_non_response_weights"),
)
PATTERN = ["survey_year", "trust_code", "sex", "age_group", "ethnic_group", "imd_quintile", "tumour_group"]


@pytest.fixture(scope="module")
def marts(loaded: World) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(loaded.settings.marts_database.as_posix(), read_only=True) as connection:
        yield connection


def one(marts: duckdb.DuckDBPyConnection, query: str) -> tuple[object, ...]:
    (row,) = marts.execute(query).fetchall()
    return tuple(row)


@pytest.mark.parametrize("table", OF_A_YEAR)
def test_every_loaded_year_is_analysed(marts: duckdb.DuckDBPyConnection, table: str) -> None:
    years = marts.execute(f"select distinct survey_year, data_origin from marts.{table} order by 1").fetchall()
    assert years == [(year, "synthetic") for year in YEARS]


def test_parts_of_a_change_add_up_and_years_that_are_not_there_say_so(marts: duckdb.DuckDBPyConnection) -> None:
    changes = "marts.fct_change_decomposition"
    assert one(marts, f"select count(*) from {changes} where status = 'published'") > (0,)
    assert one(marts, f"select count(*) from {changes} where abs(difference - mix_part - within_part) > 1e-12") == (0,)
    absent = f"""
        select distinct status, difference is null from {changes}
        where survey_year_from = 2015 and status <> 'not_comparable'
    """
    assert marts.execute(absent).fetchall() == [("not_loaded", True)]
    assert one(marts, f"select min(release_year), max(release_year) from {changes}") == (2016, 2018)


def test_calibration_holds_every_complete_answer_once(marts: duckdb.DuckDBPyConnection) -> None:
    wrong = """
        select count(*)
        from (
            select survey_year, question_id, model, sum(n_respondents) as n
            from marts.fct_calibration group by all
        ) as fitted
        inner join marts.fct_question_scores as scores using (survey_year, question_id)
        where level = 'national' and group_kind = 'all' and base_kind = 'case_mix_complete' and n <> n_base
    """
    assert one(marts, wrong) == (0,)


def test_weights_sum_to_the_respondents(marts: duckdb.DuckDBPyConnection) -> None:
    sums = marts.execute(
        "select sum(weight * n_responded) / sum(n_responded) from marts.fct_non_response_weights group by survey_year"
    ).fetchall()
    assert [total for (total,) in sums] == pytest.approx([1.0] * len(YEARS))


def test_whom_routing_sends_past_a_question_is_not_asked(marts: duckdb.DuckDBPyConnection, loaded: World) -> None:
    rule = next(rule for rule in loaded.registry.routing_rules_of(2018) if rule.rule_id == "no_operation")
    codes = ", ".join(str(code) for code in rule.skip_option_codes)
    expected = one(
        marts,
        f"""select count(*) from marts.fct_responses where survey_year = 2018
        and question_id = '{rule.routing_question_id}' and (option_code is null or option_code not in ({codes}))""",
    )
    asked = f"""
        select n_asked from marts.fct_item_non_response
        where survey_year = 2018 and level = 'national' and question_id = '{rule.skipped_question_ids[0]}'
    """
    assert one(marts, asked) == expected


def test_a_year_built_anew_replaces_its_analyses(world: World) -> None:
    def contents() -> list[tuple[object, ...]]:
        tables = [*(f"marts.{name}" for name in OF_A_YEAR), "marts.fct_change_decomposition"]
        year = ["true"] * len(OF_A_YEAR) + ["release_year = 2018"]
        with duckdb.connect(world.settings.marts_database.as_posix(), read_only=True) as marts:
            return [
                one(marts, f"select count(*), sum(hash(t)) from {name} as t where {condition}")
                for name, condition in zip(tables, year, strict=True)
            ]

    before = contents()
    world.load(2018, full_refresh=True)
    assert contents() == before


def empty_patterns(registry: Registry, year: int) -> pd.DataFrame:
    measures = [f"{prefix}_{question.question_id}" for question in registry.questions_of(year) for prefix in "nps"]
    return pd.DataFrame({name: pd.Series(dtype="object") for name in [*PATTERN, *measures]})


def test_where_nobody_has_covariates_a_status_says_so_in_the_types_of_any_other_year() -> None:
    registry = load_registry(PROJECT_ROOT / "dbt_project" / "seeds")
    sample = {"age_group": [None], "sex": [None], "tumour_group": [None], "imd_quintile": [None]}
    counts = pd.DataFrame({"survey_year": [2018], **sample, "n_eligible": [100], "n_responded": [60]})
    patterns = empty_patterns(registry, 2018)
    calibration = analyses.calibrate_headlines(patterns, registry, [2018], "reconstructed")
    differences = analyses.compare_groups(patterns, registry, [2018], "reconstructed")
    weighed = analyses.weigh_scores(counts, patterns, registry, "reconstructed")
    for table in (calibration, differences, weighed):
        assert set(table["status"].to_pylist()) == {"no_answers"}
        assert set(table["survey_year"].to_pylist()) == {2018}
    assert calibration.num_rows == len(analyses.headline_questions(registry, 2018))
    assert weighed.num_rows == 52
    assert str(calibration.schema.field("model").type) == "string"
    assert str(differences.schema.field("adjusted_score").type) == "double"
    weights = analyses.weight_cells(counts, "reconstructed").to_pylist()
    assert [(row["weight"], row["age_group"]) for row in weights] == [(1.0, None)]


def test_an_inequality_without_known_deprivation_has_no_answers() -> None:
    cell = {"survey_year": 2018, "level": "national", "organisation_code": "ENG", "question_id": "q1", "n_base": 0}
    cells = pd.DataFrame(
        [cell | {"group_kind": "imd_quintile", "group_code": code, "base_kind": "all_answers"} for code in "12345"]
    ).assign(n_positive=0, rating_sum=None, rating_sum_squares=None)
    registry = load_registry(PROJECT_ROOT / "dbt_project" / "seeds")
    (row,) = analyses.index_deprivation(cells, registry, "synthetic").to_pylist()
    assert (row["status"], row["slope_index"]) == ("no_answers", None)
