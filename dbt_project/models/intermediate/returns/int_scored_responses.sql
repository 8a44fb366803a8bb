{{ config(materialized='table') }}

{#- A block a rebuilt year, because a question number and its option codes mean nothing without their year. -#}
{%- set years = rebuild_years() -%}
{%- set columns = question_columns(years, ['scored', 'rating']) -%}
{%- set codes = option_codes_by_role(years) -%}
-- depends_on: {{ ref('questions') }}
-- depends_on: {{ ref('response_options') }}
{% for year in years %}
{%- set kinds = {} -%}
{%- for row in questions_of([year], ['scored', 'rating']) -%}
{%- do kinds.update({row['question_id']: row['question_kind']}) -%}
{%- endfor -%}
{{ 'union all' if not loop.first }}
select
    responses.survey_year,
    responses.respondent_key,
    responses.trust_code,
    responses.ccg_code,
    responses.alliance_code,
    responses.sex,
    responses.age_group,
    responses.ethnic_group,
    responses.imd_quintile,
    responses.tumour_group,
    responses.is_case_mix_complete,
    responses.data_origin,
    {%- for column in columns %}
    {%- set scored = scored_answer(column, kinds[column], codes[(year, column)]) if column in kinds else 'null' %}
    cast({{ scored }} as tinyint) as {{ column }},
    {%- endfor %}
from {{ ref('stg_responses') }} as responses
where responses.survey_year = {{ year }}
{% else %}
select responses.*
from {{ ref('stg_responses') }} as responses
{% endfor %}
