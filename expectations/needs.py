"""What a check may need before it can say anything, each with its words and the question that settles it.

Belongs here: the vocabulary of `needs` in suites. A need that is not met makes a check `not_applicable`, which is
counted and shown; a need whose question cannot be answered makes it an error.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Need:
    """Words for the reader when it is not met, and SQL that gives one boolean (parameters as in a measure)."""

    unmet: str
    sql: str


NEEDS: dict[str, Need] = {
    "previous_year": Need(
        "the comparable survey year before this one is not loaded",
        """
        select count(*) > 0
        from intermediate.int_question_cells as cells
        inner join registry.survey_years as years on cells.survey_year = years.survey_year
        where cells.survey_year = $survey_year - 1 and years.is_trend_comparable
        """,
    ),
    "earlier_registered_year": Need(
        "the registry knows no earlier survey year to compare with",
        "select count(*) > 0 from registry.survey_years where survey_year < $release_year",
    ),
    "three_comparable_years": Need(
        "fewer than three comparable survey years up to this one are loaded",
        """
        select count(distinct cells.survey_year) >= 3
        from intermediate.int_question_cells as cells
        inner join registry.survey_years as years on cells.survey_year = years.survey_year
        where cells.survey_year <= $survey_year and years.is_trend_comparable
        """,
    ),
    "three_earlier_years": Need(
        "fewer than three earlier comparable years are loaded, too few to tell how much scores move between years",
        """
        select count(distinct cells.survey_year) >= 3
        from intermediate.int_question_cells as cells
        inner join registry.survey_years as years on cells.survey_year = years.survey_year
        where cells.survey_year < $survey_year and years.is_trend_comparable
        """,
    ),
    "covariates": Need(
        "the return holds no complete set of case-mix covariates",
        "select count(*) filter (where is_case_mix_complete) > 0 from landing_responses",
    ),
    "answered_sex": Need(
        "the questionnaire of this year does not ask for the respondent's sex",
        """
        select count(*) > 0 from registry.questions
        where survey_year = $survey_year and concept_id = 'sex_as_answered'
        """,
    ),
    "nhs_numbers": Need(
        "the patient list holds no NHS numbers",
        "select coalesce(max(value), 0) > 0 from receipt_measures where item = 'nhs_number_given'",
    ),
    "birth_years": Need(
        "the return holds no year of birth on the form to compare with the patient list",
        "select coalesce(sum(value), 0) > 0 from receipt_measures where measure = 'birth_years_by_trust.compared'",
    ),
    "residence": Need(
        "the return does not say where patients live",
        "select count(*) filter (where ccg_code is not null) > 0 from landing_sample",
    ),
    "non_respondents": Need(
        "the return holds respondents only, so nothing is known of those who did not answer",
        "select count(*) filter (where not has_responded) > 0 from landing_sample",
    ),
    "routing_rules": Need(
        "no routing rule is registered for this year",
        "select count(*) > 0 from registry.routing_rules where survey_year = $survey_year",
    ),
    "headline_claims": Need(
        "no headline claim is registered for this year",
        "select count(*) > 0 from registry.headline_claims where release_year = $release_year",
    ),
    "published_figures": Need(
        "the return is not one to which published national figures of this year apply",
        """
        select count(*) > 0 and $has_published_figures
        from registry.published_scores
        where survey_year = $survey_year and score is not null
        """,
    ),
    "published_response_rate": Need(
        "no published response rate of this year applies to the return",
        """
        select count(*) > 0 and $has_published_figures
        from registry.survey_years
        where survey_year = $survey_year and response_rate_published is not null
        """,
    ),
}
