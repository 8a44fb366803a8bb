{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='survey_year',
    tags=['survey_year'],
) }}

{#- A block a rebuilt year and level, because whom an answer sends past which question is the year's own. -#}
{%- set years = rebuild_years() -%}
{%- set columns = question_columns(years, ['scored', 'rating']) -%}
{%- set skips = routing_skips(years) -%}
-- depends_on: {{ ref('routing_rules') }}

with

responses as (

    select * from {{ ref('stg_responses') }}

),

questions as (

    select * from {{ ref('questions') }}

),

counted as (
    {% for year in years %}
    {%- set is_first_year = loop.first %}
    {%- for level in ['national', 'trust'] %}
    {{ 'union all' if not (is_first_year and loop.first) }}
    select
        responses.survey_year,
        '{{ level }}' as level,
        {{ organisation_of(level) }} as organisation_code,
        min(responses.data_origin) as data_origin,
        {%- for column in columns %}
        {%- set is_past = skips.get((year, column), ['false']) | join(' or ') %}
        count(*) filter (not ({{ is_past }})) as asked_{{ column }},
        count(*) filter (not ({{ is_past }}) and responses.{{ column }} is null) as missing_{{ column }},
        {%- endfor %}
    from responses
    where
        responses.survey_year = {{ year }}
        and {{ organisation_of(level) }} is not null
    group by 1, 2, 3
    {%- endfor %}
    {% else %}
    select * from responses
    {% endfor %}
),

counted_by_question as (

    select *
    from {{ unpivot_questions('counted', columns, {'asked': 'n_asked', 'missing': 'n_missing'}) }}

),

-- A question is of its year: another rebuilt year may ask what this one did not.
final as (

    select
        counted_by_question.survey_year,
        counted_by_question.level,
        counted_by_question.organisation_code,
        counted_by_question.question_id,
        counted_by_question.n_asked,
        counted_by_question.n_missing,
        counted_by_question.data_origin,
    from counted_by_question
    inner join questions
        on
            counted_by_question.survey_year = questions.survey_year
            and counted_by_question.question_id = questions.question_id
    where questions.question_kind in ('scored', 'rating')

)

select * from final
