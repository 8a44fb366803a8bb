"""What the registry says about the survey years, and what it answers to a question that has no answer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestration.registry import (
    Registry,
    RegistryError,
    UnknownRow,
    UnknownSurveyYear,
    load_registry,
    registry_of_seeds,
)

from .planting import Rows, change, set_cell

YEARS = (2015, 2016, 2017, 2018)
SCORED_NUMBERS = [1, 2, *range(5, 24), 25, 26, *range(28, 40), 41, 42, 44, 45, *range(47, 60)]


def test_a_registry_of_some_seeds_has_their_rows_and_refuses_the_others() -> None:
    policy = {
        "policy_id": "ten", "primary_threshold": 10, "shows_base": True, "secondary_rule": "one_small_group",
        "secondary_group_kinds": "sex|tumour_group", "source": "invented",
    }  # fmt: skip
    merger = {"survey_year": 2018, "level": "trust", "old_code": "RAA", "new_code": "RBB", "change_kind": "merger"}
    found = registry_of_seeds(
        {"suppression_policies": [policy], "organisation_mergers": [merger | {"source": "told"}], "waivers": []}
    )
    assert found.suppression_policy("ten").secondary_group_kinds == ("sex", "tumour_group")
    assert found.mergers_between(2017, 2018)[0].new_code == "RBB"
    assert found.waivers == ()
    with pytest.raises(RegistryError, match="seed questions was not given"):
        list(found.questions)
    with pytest.raises(RegistryError, match="answers is no seed"):
        registry_of_seeds({"answers": []})
    wrong = policy | {"primary_threshold": 10.5, "secondary_rule": "guess"}
    with pytest.raises(RegistryError, match=r"(?s)line 3, column primary_threshold.*line 3, column secondary_rule"):
        registry_of_seeds({"suppression_policies": [policy, wrong]})


def test_knows_the_four_comparable_years(registry: Registry) -> None:
    assert registry.years == YEARS
    assert [registry.survey_year(year).n_respondents_published for year in YEARS] == [71186, 72788, 69072, 73817]


@pytest.mark.parametrize("year", YEARS)
def test_asks_52_scored_questions_and_7_routing_questions(registry: Registry, year: int) -> None:
    questions = registry.questions_of(year)
    assert [int(row.question_id[1:]) for row in questions if row.has_score] == SCORED_NUMBERS
    routing = [row.question_id for row in questions if row.question_kind == "routing"]
    assert routing == ["q3", "q4", "q24", "q27", "q40", "q43", "q46"]
    assert [row.question_id for row in questions if row.question_kind == "rating"] == ["q59"]
    assert [row.question_id for row in questions if row.is_support_measure] == ["q20", "q21", "q22", "q23"]
    assert [row.question_id for row in questions if row.is_reverse_scored] == ["q28"]


def test_reverse_scored_question_has_no_as_its_positive_answer(registry: Registry) -> None:
    positive = [row.option_label for row in registry.options(2018, "q28") if row.role == "positive"]
    assert positive == ["No"]


def test_options_of_the_rating_are_its_points(registry: Registry) -> None:
    points = [row.option_code for row in registry.options(2018, "q59") if row.role == "rating"]
    assert points == list(range(11))


@pytest.mark.parametrize("question_id", ["q5", "q8", "q25"])
def test_no_comparison_crosses_the_break_of_2016(registry: Registry, question_id: str) -> None:
    concept = registry.question(2018, question_id).concept_id
    assert registry.comparable(2015, 2018, concept).status == "not_comparable"
    assert "2015" in (registry.comparable(2015, 2018, concept).reason or "")
    assert registry.comparable(2016, 2018, concept).is_comparable


def test_concepts_without_a_break_compare_over_all_years(registry: Registry) -> None:
    breaks = [
        row for row in registry.questions_of(2018) if not registry.comparable(2015, 2018, row.concept_id).is_comparable
    ]
    assert [row.question_id for row in breaks] == ["q5", "q8", "q25"]


def test_concept_that_was_not_asked(registry: Registry) -> None:
    found = registry.comparable(2015, 2016, "no_such_concept")
    assert (found.status, found.reason) == ("not_asked", "no_such_concept was not asked in 2015 or 2016")


def test_comparison_goes_forward(registry: Registry) -> None:
    with pytest.raises(ValueError, match="earlier survey year first"):
        registry.comparable(2018, 2015, "overall_rating")


def test_year_outside_every_comparison(seeds: Path) -> None:
    change(seeds, "survey_years", set_cell("is_trend_comparable", "false", survey_year="2017"))
    registry = load_registry(seeds)
    assert registry.comparable(2016, 2017, "overall_rating").status == "not_comparable"
    assert registry.comparable(2016, 2018, "overall_rating").is_comparable


def test_break_in_between_breaks_the_pair_around_it(seeds: Path) -> None:
    def edit(rows: Rows) -> None:
        for row in rows:
            if row["concept_id"] == "care_plan" and row["survey_year"] == "2017":
                row.update(first_comparable_year="2017", discontinuity_reason="new wording")
            if row["concept_id"] == "care_plan" and row["survey_year"] == "2018":
                row.update(first_comparable_year="2017", discontinuity_reason="new wording in 2017")

    change(seeds, "questions", edit)
    registry = load_registry(seeds)
    assert registry.comparable(2016, 2018, "care_plan").reason == "new wording in 2017"
    assert registry.comparable(2015, 2016, "care_plan").is_comparable
    assert registry.comparable(2017, 2018, "care_plan").is_comparable


def test_headline_claims_follow_from_the_published_scores(registry: Registry) -> None:
    """The one-decimal scores of both years, each times all respondents of its year, give the announced numbers."""
    respondents = {year: registry.survey_year(year).n_respondents_published or 0 for year in YEARS}
    scores = {
        (row.survey_year, row.question_id): row.score
        for year in YEARS
        for row in registry.published_scores_of(year, "case_mix_complete")
    }
    claims = [row for row in registry.headline_claims if (row.release_year, row.claim_kind) == (2018, "more_patients")]
    assert [claim.published_value for claim in claims] == [5721, 4767, 4022]
    for claim in claims:
        assert claim.base_year is not None
        parts = [
            respondents[year] * round(scores[year, claim.question_id], claim.score_decimals) / 100
            for year in (claim.release_year, claim.base_year)
        ]
        assert round(parts[0] - parts[1]) == claim.published_value


def test_released_example_2018_needs_no_signature_and_an_actual_one_does(registry: Registry) -> None:
    year = registry.survey_year(2018)
    assert year.signatures_for("synthetic") == ()
    assert year.signatures_for("actual") == ("quality_assurer",)
    assert year.publication_not_before is None


@pytest.mark.parametrize("year", YEARS)
def test_patients_were_discharged_in_april_to_june(registry: Registry, year: int) -> None:
    row = registry.survey_year(year)
    assert (row.first_discharge_month, row.last_discharge_month) == (4, 6)


def test_a_survey_of_one_month_is_a_survey(seeds: Path) -> None:
    change(seeds, "survey_years", set_cell("first_discharge_month", "6", survey_year="2018"))
    assert load_registry(seeds).survey_year(2018).first_discharge_month == 6


@pytest.mark.parametrize("year", YEARS)
def test_every_covariate_of_the_file_reaches_each_of_its_groups(registry: Registry, year: int) -> None:
    for kind in ("sex", "ethnic_group", "imd_quintile"):
        reached = set(registry.source_codes_of(year, "sample", kind).values())
        assert reached == {group.group_code for group in registry.groups(kind)}


def test_deprivation_runs_from_most_to_least_whatever_the_file_says(registry: Registry) -> None:
    assert registry.source_codes_of(2017, "sample", "imd_quintile")["1"] == "1"
    assert registry.source_codes_of(2018, "sample", "imd_quintile")["1"] == "5"


@pytest.mark.parametrize(
    ("code", "group"),
    [("C50.9", "breast"), ("c509", "breast"), (" C61 ", "prostate"), ("D05.1", "breast"), ("C27", None), ("", None)],
)
def test_tumour_group_of_a_diagnosis(registry: Registry, code: str, group: str | None) -> None:
    assert registry.tumour_group_of_icd10(code) == group


def test_every_tumour_group_has_a_diagnosis(registry: Registry) -> None:
    groups = {group.group_code for group in registry.groups("tumour_group")}
    assert len(groups) == 13
    assert {row.tumour_group for row in registry.icd10_tumour_groups} == groups


def test_denominator_of_the_response_rate(registry: Registry) -> None:
    eligible = [row.outcome for row in registry.outcome_codes_of(2018) if row.is_mailed_eligible]
    assert eligible == ["returned", "opted_out", "not_known"]
    assert [row.outcome for row in registry.outcome_codes_of(2018) if row.outcome_code == 3] == ["deceased"]


def test_multiple_questions_have_a_column_an_option(registry: Registry) -> None:
    columns = [row for row in registry.answer_columns_of(2018) if row.question_id == "q62"]
    assert [row.option_code for row in columns] == [row.option_code for row in registry.options(2018, "q62")]
    assert registry.source_codes_of(2018, "responses", "q62_1") == {"0": "0", "1": "1"}


def test_no_identifier_is_an_answer_or_an_attribute(registry: Registry) -> None:
    dropped = {row.source_column for row in registry.source_columns if row.disposition == "identifier"}
    assert dropped == {"NHS_NUMBER", "Q61", "COMMENTS"}


def test_one_base_for_each_published_table(registry: Registry) -> None:
    tables = [(row.table_kind, row.level, row.group_kind) for row in registry.publication_cells]
    assert len(set(tables)) == len(tables)
    unadjusted = [
        row for row in registry.publication_cells if (row.table_kind, row.level) == ("unadjusted", "alliance")
    ]
    assert [row.group_kind for row in unadjusted] == ["all", "tumour_group", "sex", "imd_quintile"]


def test_policies_of_a_year(registry: Registry) -> None:
    assert registry.suppression_policy_of(2018).primary_threshold == 20
    assert registry.case_mix_policy_of(2018).all_positive_rule == "exact"
    assert registry.display_policy_of(2018, "unadjusted").score_rounding == "twice"
    assert registry.display_policy_of(2018, "adjusted").score_rounding == "once"


def test_unknown_year_says_what_is_known_and_what_to_add(registry: Registry) -> None:
    with pytest.raises(UnknownSurveyYear, match=r"2019; it knows 2015, 2016, 2017, 2018.*survey_years\.csv"):
        registry.questions_of(2019)


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda registry: registry.question(2018, "q99"), r"questions\.csv has no row for 2018 q99"),
        (lambda registry: registry.options(2018, "q99"), r"questions\.csv has no row for 2018 q99"),
        (lambda registry: registry.groups("height"), r"demographic_groups\.csv has no row for kind height"),
        (lambda registry: registry.case_mix_policy("other"), r"case_mix_policies\.csv .*it has ncpes_2018, own"),
        (lambda registry: registry.suppression_policy("other"), r"suppression_policies\.csv .*it has ncpes_2018"),
        (lambda registry: registry.display_policy_of(2018, "map"), r"display_policies\.csv .*it has unadjusted"),
    ],
)
def test_unknown_row_names_its_seed(registry: Registry, ask: Callable[[Registry], Any], message: str) -> None:
    with pytest.raises(UnknownRow, match=message):
        ask(registry)
