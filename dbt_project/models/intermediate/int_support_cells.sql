{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='survey_year',
    tags=['survey_year'],
) }}

with

support_measures as (

    select * from {{ ref('fct_support_measures') }}

),

rebuilt_years as (

    select * from {{ ref('int_rebuilt_years') }}

),

this_load as (

    select * from {{ ref('int_load') }}

),

response_options as (

    select * from {{ ref('response_options') }}

),

questions as (

    select * from {{ ref('questions') }}

),

answered as (

    select
        support_measures.survey_year,
        support_measures.question_id,
        support_measures.option_code,
        count(*) as n_answers,
    from support_measures
    where support_measures.option_code is not null
    group by
        support_measures.survey_year,
        support_measures.question_id,
        support_measures.option_code

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
        this_load.data_origin,
    from questions
    cross join this_load
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
