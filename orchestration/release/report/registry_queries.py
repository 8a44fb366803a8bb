"""The queries of the quality report on the registry: changes of the questionnaire, breaks in series, assumptions.

Belongs here: SQL that reads only the registry; `$release_year` is the only parameter. Does not belong here: anything
that reads an answer or a result (`queries`).
"""

from __future__ import annotations

# One row a question and kind of change; a question may be both reworded and given other options.
SCHEMA_DRIFT = """
    with options as (
        select
            survey_year,
            question_id,
            string_agg(concat_ws(' ', option_code, option_label, role), '; ' order by option_code) as options
        from registry.response_options
        group by survey_year, question_id
    ),
    asked as (
        select questions.*, options.options
        from registry.questions as questions
        left join options
            on questions.survey_year = options.survey_year and questions.question_id = options.question_id
    ),
    this_year as (select * from asked where survey_year = $release_year),
    last_year as (select * from asked where survey_year = $release_year - 1),
    pairs as (
        select
            coalesce(this_year.question_number, last_year.question_number) as question,
            this_year.concept_id is not null as is_asked,
            last_year.concept_id is not null as was_asked,
            this_year.question_text as text,
            last_year.question_text as text_before,
            this_year.question_number as number,
            last_year.question_number as number_before,
            this_year.options,
            last_year.options as options_before,
            coalesce(this_year.first_comparable_year > last_year.survey_year, false) as is_break,
            this_year.discontinuity_reason as reason,
            last_year.survey_year as year_before
        from this_year
        full outer join last_year on this_year.concept_id = last_year.concept_id
        where exists (select 1 from last_year)
    )
    select
        question,
        'removed' as kind,
        concat(
            'Last asked in ', year_before, ': "', text_before, '" Its results end with that year; nothing of later '
            'years can be compared with them.'
        ) as note
    from pairs
    where not is_asked
    union all
    select question, 'break', concat('Not comparable with earlier years: ', reason) from pairs where is_break
    union all
    select question, 'added', text from pairs where not was_asked
    union all
    select question, 'options', 'Its answer options, or what they count as, differ from the year before.'
    from pairs
    where is_asked and was_asked and options is distinct from options_before
    union all
    select question, 'renumbered', concat('Was ', number_before, ' the year before.')
    from pairs
    where number <> number_before
    union all
    select question, 'reworded', concat('Was: "', text_before, '" Is: "', text, '"')
    from pairs
    where text <> text_before
    order by kind, question
"""

SERIES_BREAKS = """
    select
        questions.question_number,
        questions.question_text as label,
        questions.first_comparable_year,
        questions.discontinuity_reason as reason
    from registry.questions as questions
    where
        questions.survey_year = $release_year
        and questions.first_comparable_year > (select min(survey_year) from registry.survey_years)
        and questions.question_kind in ('scored', 'rating')
    order by questions.first_comparable_year desc, questions.question_id
"""

ASSUMPTIONS = """
    select
        concat(
            count(*), ' answer options of ', $release_year,
            ' are recalled, not quoted from a questionnaire: check them before a load of actual returns.'
        ) as note
    from registry.response_options
    where survey_year = $release_year and source = 'recalled'
    having count(*) > 0
    union all
    select concat('The year ', survey_year, ': ', concat_ws('. ', source, note), '.')
    from registry.survey_years
    where survey_year = $release_year
    union all
    select concat('Case-mix adjustment, policy "', policies.policy_id, '": ', policies.source, '.')
    from registry.survey_years as years
    inner join registry.case_mix_policies as policies on years.case_mix_policy_id = policies.policy_id
    where years.survey_year = $release_year
    union all
    select concat('Suppression, policy "', policies.policy_id, '": ', policies.source, '.')
    from registry.survey_years as years
    inner join registry.suppression_policies as policies on years.suppression_policy_id = policies.policy_id
    where years.survey_year = $release_year
    union all
    select
        concat(
            'Print of ', replace(policies.table_kind, '_', ' '), ', policy "', policies.policy_id, '": ',
            policies.source, '.'
        )
    from registry.survey_years as years
    inner join registry.display_policies as policies on years.display_policy_id = policies.policy_id
    where years.survey_year = $release_year
"""
