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

rebuilt_years as (

    select * from {{ ref('int_rebuilt_years') }}

),

answered as (

    select
        answers.survey_year,
        answers.question_id,
        answers.option_code,
        count(*) as n_answers,
    from answers
    where answers.option_code is not null
    group by
        answers.survey_year,
        answers.question_id,
        answers.option_code

),

-- Every option of the questionnaire has a row, also the one that nobody chose.
final as (

    select
        questions.survey_year,
        questions.question_id,
        questions.concept_id,
        response_options.option_code,
        response_options.option_label,
        response_options.role,
        cast(coalesce(answered.n_answers, 0) as bigint) as n_answers,
        cast(sum(coalesce(answered.n_answers, 0)) over (
            partition by questions.survey_year, questions.question_id
        ) as bigint) as n_base,
        rebuilt_years.data_origin,
    from questions
    inner join rebuilt_years on questions.survey_year = rebuilt_years.survey_year
    inner join response_options
        on questions.survey_year = response_options.survey_year and questions.question_id = response_options.question_id
    left join answered
        on
            response_options.survey_year = answered.survey_year
            and response_options.question_id = answered.question_id
            and response_options.option_code = answered.option_code
    where questions.is_support_measure

)

select * from final
