{{ config(materialized='view') }}

-- A view: answers are stored wide and aggregated wide, and this long form costs nothing until somebody asks.
-- depends_on: {{ ref('questions') }}
-- depends_on: {{ ref('int_organisations') }}
{%- set questions = questions_of(loaded_years(), ['scored', 'rating', 'routing']) %}

with

answers as (
    {{ answers_long(ref('int_responses'), questions) }}
),

response_options as (

    select * from {{ ref('response_options') }}

),

final as (

    select
        answers.survey_year,
        answers.respondent_key,
        answers.question_id,
        answers.option_code,
        response_options.option_label,
        coalesce(response_options.role, 'missing') as role,
        answers.trust_code,
        answers.ccg_code,
        answers.alliance_code,
        answers.tumour_group,
        answers.is_case_mix_complete,
        answers.data_origin,
    from answers
    left join response_options
        on
            answers.survey_year = response_options.survey_year
            and answers.question_id = response_options.question_id
            and answers.option_code = response_options.option_code

)

select * from final
