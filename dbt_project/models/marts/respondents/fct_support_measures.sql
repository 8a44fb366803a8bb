-- depends_on: {{ ref('questions') }}
{%- set support_questions = support_questions_of(rebuild_years()) %}

with

answers as (
    {{ answers_long(ref('int_responses'), support_questions) }}
),

response_options as (

    select * from {{ ref('response_options') }}

),

questions as (

    select * from {{ ref('questions') }}

),

final as (

    select
        answers.survey_year,
        answers.respondent_key,
        answers.question_id,
        questions.concept_id,
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
    inner join questions
        on answers.survey_year = questions.survey_year and answers.question_id = questions.question_id
    left join response_options
        on
            answers.survey_year = response_options.survey_year
            and answers.question_id = response_options.question_id
            and answers.option_code = response_options.option_code

)

select * from final
