"""Planted faults of the seeds: each is named with its file, line, column and next step."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration.registry import RegistryError, load_registry

from .planting import Edit, append, change, remove, set_cell

FAULTS: list[tuple[str, str, Edit, str]] = [
    (
        "doubled key",
        "questions",
        lambda rows: rows.append(dict(rows[0])),
        r"questions\.csv line 282, column survey_year, question_id: 2015 q1 is on line 2 already\. Keep one",
    ),
    (
        "missing required text",
        "questions",
        set_cell("question_text", "", survey_year="2017", question_id="q2"),
        r"questions\.csv line 143, column question_text: the cell is empty and must not be",
    ),
    (
        "value outside its vocabulary",
        "response_options",
        set_cell("role", "neutral", survey_year="2015", question_id="q1", option_code="1"),
        r"response_options\.csv line 2, column role: 'neutral' is not a permitted value\. Choose from positive",
    ),
    (
        "text for a number",
        "response_options",
        set_cell("option_code", "one", survey_year="2015", question_id="q1", option_code="1"),
        r"column option_code: 'one' is not a whole number",
    ),
    (
        "neither true nor false",
        "outcome_codes",
        set_cell("is_mailed_eligible", "yes", survey_year="2015", outcome_code="1"),
        r"outcome_codes\.csv line 2, column is_mailed_eligible: 'yes' is neither true nor false",
    ),
    (
        "blank at the end",
        "organisation_levels",
        set_cell("level_label", "England ", level="national"),
        r"column level_label: 'England ' begins or ends with a blank",
    ),
    (
        "moment without offset",
        "survey_years",
        set_cell("publication_not_before", "2019-09-04T09:30:00", survey_year="2018"),
        r"survey_years\.csv line 5, column publication_not_before: .*is not a moment with its offset",
    ),
    (
        "month after the last of a year",
        "survey_years",
        set_cell("last_discharge_month", "13", survey_year="2018"),
        r"survey_years\.csv line 5, column last_discharge_month: 13 is no month\. Give 1 \(January\) to 12",
    ),
    (
        "month before the first of a year",
        "survey_years",
        set_cell("first_discharge_month", "0", survey_year="2015"),
        r"survey_years\.csv line 2, column first_discharge_month: 0 is no month\. Give 1 \(January\) to 12",
    ),
    (
        "months the wrong way round",
        "survey_years",
        set_cell("first_discharge_month", "7", survey_year="2018"),
        r"survey_years\.csv line 5, column last_discharge_month: 6 comes before the first month 7\. Give the first",
    ),
    (
        "months that are not given",
        "survey_years",
        set_cell("last_discharge_month", "", survey_year="2018"),
        r"survey_years\.csv line 5, column last_discharge_month: '' is not a whole number",
    ),
    (
        "unknown question in the options",
        "response_options",
        set_cell("question_id", "q99", survey_year="2015", question_id="q1", option_code="1"),
        r"response_options\.csv line 2, column question_id: 2015 q99 is not a row of questions\.csv\. Add it there",
    ),
    (
        "unknown question in the middle of a list",
        "routing_rules",
        set_cell("skipped_question_ids", "q25|q99", survey_year="2018", rule_id="no_operation"),
        r"column skipped_question_ids: 2018 q99 is not a row of questions\.csv",
    ),
    (
        "hidden bases, which nothing hides",
        "suppression_policies",
        set_cell("shows_base", "false", policy_id="ncpes_2018"),
        r"suppression_policies\.csv line 2, column shows_base: bases of hidden scores cannot be hidden yet.*Write true",
    ),
    (
        "unknown policy",
        "survey_years",
        set_cell("case_mix_policy_id", "theirs", survey_year="2018"),
        r"survey_years\.csv line 5, column case_mix_policy_id: theirs is not a row of case_mix_policies\.csv",
    ),
    (
        "code for a column that is not there",
        "source_codes",
        set_cell("target_column", "gender", survey_year="2018", target_column="sex"),
        r"column target_column: 2018 sample gender is not a row of source_columns\.csv",
    ),
    (
        "code that means no group",
        "source_codes",
        set_cell("target_code", "man", survey_year="2018", target_column="sex"),
        r"column target_code: man is not a group of kind sex",
    ),
    (
        "diagnosis of no group",
        "icd10_tumour_groups",
        set_cell("tumour_group", "thyroid", icd10_prefix="C73"),
        r"column tumour_group: thyroid is not a tumour group",
    ),
    (
        "scored question without a positive option",
        "response_options",
        set_cell("role", "negative", survey_year="2018", question_id="q17", option_code="1"),
        r"column question_id: 2018 q17 has no positive option\. Add its rows to response_options\.csv",
    ),
    (
        "role that does not fit the kind",
        "response_options",
        set_cell("role", "group", survey_year="2018", question_id="q17", option_code="3"),
        r"column role: group is no role of an option of a scored question",
    ),
    (
        "question that is read from no column",
        "source_columns",
        remove(survey_year="2018", target_column="q22"),
        r"column question_id: 2018 q22 is read from no column\. Add its answer column",
    ),
    (
        "answer column of no question",
        "source_columns",
        set_cell("target_column", "q71", survey_year="2018", target_column="q70"),
        r"column target_column: q71 is no question and no option of a multiple question of 2018",
    ),
    (
        "two columns into one",
        "source_columns",
        set_cell("target_column", "q20", survey_year="2018", target_column="q21"),
        r"column target_column: q20 is filled by line \d+ already",
    ),
    (
        "file without its key",
        "source_columns",
        set_cell("disposition", "attribute", survey_year="2018", file_kind="sample", source_column="PSID"),
        r"source_columns\.csv, column disposition: the sample file of 2018 has 0 key columns",
    ),
    (
        "rule on an option that is not there",
        "routing_rules",
        set_cell("skip_option_codes", "7", survey_year="2018", rule_id="no_operation"),
        r"column skip_option_codes: q24 has no option 7 in 2018",
    ),
    (
        "rule that skips nothing",
        "routing_rules",
        set_cell("skipped_question_ids", "", survey_year="2018", rule_id="no_operation"),
        r"column skipped_question_ids: the list is empty",
    ),
    (
        "rule that skips backwards",
        "routing_rules",
        set_cell("skipped_question_ids", "q23", survey_year="2018", rule_id="no_operation"),
        r"column skipped_question_ids: q23 does not come after q24",
    ),
    (
        "break without its reason",
        "questions",
        set_cell("discontinuity_reason", "", survey_year="2016", question_id="q5"),
        r"column discontinuity_reason: a break without its reason",
    ),
    (
        "reason without a break",
        "questions",
        set_cell("discontinuity_reason", "because", survey_year="2016", question_id="q6"),
        r"column discontinuity_reason: a reason without a break",
    ),
    (
        "year that reaches back over a break",
        "questions",
        set_cell("first_comparable_year", "2015", survey_year="2018", question_id="q5"),
        r"column first_comparable_year: 2015 reaches back over the break of 2017\. Give 2016 or later",
    ),
    (
        "comparison with the future",
        "questions",
        set_cell("first_comparable_year", "2019", survey_year="2018", question_id="q6"),
        r"column first_comparable_year: 2019 is later than the survey year 2018",
    ),
    (
        "number of another question",
        "questions",
        set_cell("question_number", "Q23", survey_year="2018", question_id="q22"),
        r"column question_number: Q23 is not the number of q22",
    ),
    (
        "concept asked twice",
        "questions",
        set_cell("concept_id", "support_groups_info", survey_year="2018", question_id="q21"),
        r"column concept_id: support_groups_info is asked on line \d+ of 2018 already",
    ),
    (
        "two reference levels",
        "demographic_groups",
        set_cell("is_case_mix_reference", "true", group_kind="sex", group_code="male"),
        r"column is_case_mix_reference: sex has 2 reference levels",
    ),
    (
        "gap between ages",
        "demographic_groups",
        set_cell("age_to", "43", group_kind="age_group", group_code="35-44"),
        r"column age_to: 35-44 ends at 43, the next group begins at 45",
    ),
    (
        "share that is none",
        "case_mix_policies",
        set_cell("winsorise_share", "20", policy_id="own"),
        r"column winsorise_share: 20\.0 is not a share of one tail",
    ),
    (
        "table that is not printed",
        "display_policies",
        remove(table_kind="rating"),
        r"column table_kind: ncpes_2018 does not say how to print rating",
    ),
    (
        "claim without its number",
        "headline_claims",
        set_cell("published_value", "", claim_id="financial_help_2018"),
        r"column published_value: a claim is either a number or a statement",
    ),
    (
        "claim without its base year",
        "headline_claims",
        set_cell("base_year", "", claim_id="financial_help_2018"),
        r"column base_year: the cell is empty and must not be\. A claim of more patients needs it",
    ),
    (
        "placeholder that nobody fills",
        "headline_claims",
        set_cell("sentence", "{count} more", claim_id="financial_help_2018"),
        r"column sentence: an unknown placeholder",
    ),
    (
        "waiver that ends before it begins",
        "waivers",
        append(
            check_id="x", survey_year="2018", reason="r", owner="o", raised_on="2026-02-01", expires_on="2026-01-01"
        ),
        r"waivers\.csv line 2, column expires_on: it expires on 2026-01-01, before it was raised",
    ),
    (
        "merger with itself",
        "organisation_mergers",
        append(survey_year="2018", level="trust", old_code="RA1", new_code="RA1", change_kind="merger", source="told"),
        r"organisation_mergers\.csv line 2, column new_code: RA1 cannot have been taken over by itself",
    ),
    (
        "correction that picks a person",
        "corrections",
        append(
            correction_id="c1",
            survey_year="2018",
            file_kind="sample",
            source_column="SEX",
            match_column="PSID",
            match_value="1",
            expected_value="3",
            corrected_value="1",
            reason="r",
            owner="o",
            raised_on="2026-01-01",
            expires_on="2026-02-01",
        ),
        r"corrections\.csv line 2, column match_column: PSID picks a person",
    ),
]


@pytest.mark.parametrize(
    ("seed", "edit", "message"), [fault[1:] for fault in FAULTS], ids=[fault[0] for fault in FAULTS]
)
def test_planted_fault_is_named(seeds: Path, seed: str, edit: Edit, message: str) -> None:
    change(seeds, seed, edit)
    with pytest.raises(RegistryError, match=message):
        load_registry(seeds)


def test_all_problems_come_in_one_message(seeds: Path) -> None:
    change(seeds, "questions", set_cell("question_text", "", survey_year="2017", question_id="q2"))
    change(seeds, "outcome_codes", set_cell("is_mailed_eligible", "yes", survey_year="2015", outcome_code="1"))
    (seeds / "waivers.csv").unlink()
    with pytest.raises(RegistryError) as caught:
        load_registry(seeds)
    assert [problem.seed for problem in caught.value.problems] == ["questions", "outcome_codes", "waivers"]
    assert str(caught.value).startswith("The registry (dbt_project/seeds) has 3 problems:")
    assert "waivers.csv: the file is missing. Restore it with the columns check_id, survey_year" in str(caught.value)


def test_row_with_a_bad_cell_is_one_problem_only(seeds: Path) -> None:
    """The options of the question still find it; a reader is not sent after six faults where there is one."""
    change(seeds, "questions", set_cell("is_reverse_scored", "no", survey_year="2018", question_id="q1"))
    with pytest.raises(RegistryError) as caught:
        load_registry(seeds)
    assert [(problem.seed, problem.column) for problem in caught.value.problems] == [("questions", "is_reverse_scored")]


def test_header_must_fit(seeds: Path) -> None:
    path = seeds / "status_codes.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("status_label", "title", 1), encoding="utf-8")
    with pytest.raises(RegistryError, match=r"status_codes\.csv line 1: .*missing status_label; unknown title\. Give"):
        load_registry(seeds)


def test_row_with_too_many_cells(seeds: Path) -> None:
    with (seeds / "status_codes.csv").open("a", encoding="utf-8") as file:
        file.write("late,Late,Too late, much too late,9\n")
    with pytest.raises(RegistryError, match=r"status_codes\.csv line 10: 5 cells where the header has 4\. Quote"):
        load_registry(seeds)
