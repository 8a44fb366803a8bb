{{ config(materialized='view') }}

-- A view: a few checks and the quality report ask for it, and one pass over the answers is all that it takes.
-- depends_on: {{ ref('int_responses') }}
{%- set columns = answer_columns() %}

with

responses as (

    select * from {{ ref('int_responses') }}

),

questions as (

    select * from {{ ref('questions') }}

),

counted as (

    select
        responses.survey_year,
        min(responses.data_origin) as data_origin,
        {%- for column in columns %}
        count(*) as respondents_{{ column }},
        count(*) filter (responses.{{ column }} is null) as blank_{{ column }},
        {%- endfor %}
    from responses
    group by 1

),

counted_by_question as (

    select *
    from {{ unpivot_questions('counted', columns, {'respondents': 'n_respondents', 'blank': 'n_blank'}) }}

),

-- A question is of its year: another year may ask what this one did not.
blanks as (

    select
        counted_by_question.survey_year,
        counted_by_question.question_id,
        questions.concept_id,
        questions.question_kind,
        questions.first_comparable_year,
        counted_by_question.n_respondents,
        counted_by_question.n_blank,
        counted_by_question.n_blank / nullif(counted_by_question.n_respondents, 0) as missing_share,
        counted_by_question.data_origin,
    from counted_by_question
    inner join questions
        on
            counted_by_question.survey_year = questions.survey_year
            and counted_by_question.question_id = questions.question_id

),

final as (

    select
        blanks.survey_year,
        blanks.question_id,
        blanks.concept_id,
        blanks.question_kind,
        blanks.first_comparable_year < blanks.survey_year as is_comparable,
        blanks.n_respondents,
        blanks.n_blank,
        blanks.missing_share,
        earlier.missing_share as previous_missing_share,
        blanks.data_origin,
    from blanks
    left join blanks as earlier
        on
            blanks.survey_year = earlier.survey_year + 1
            and blanks.concept_id = earlier.concept_id

)

select * from final
