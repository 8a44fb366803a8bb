{{ config(on_schema_change='append_new_columns') }}

{%- set years = rebuild_years() -%}
{%- set ratings = question_columns(years, ['rating']) -%}
-- depends_on: {{ ref('questions') }}

with

scored_responses as (

    select * from {{ ref('int_scored_responses') }}

),

-- Everyone with the same organisations and covariates is one row: the models of case-mix adjustment need no more.
final as (

    select
        scored_responses.survey_year,
        scored_responses.trust_code,
        scored_responses.ccg_code,
        scored_responses.alliance_code,
        scored_responses.sex,
        scored_responses.age_group,
        scored_responses.ethnic_group,
        scored_responses.imd_quintile,
        scored_responses.tumour_group,
        {%- for id in question_columns(years, ['scored', 'rating']) %}
        {%- set answer = 'scored_responses.' ~ id %}
        cast(count({{ answer }}) as integer) as n_{{ id }},
        cast(coalesce(sum({{ answer }}), 0) as integer) as p_{{ id }},
        {%- if id in ratings %}
        cast(coalesce(sum(cast({{ answer }} as smallint) * {{ answer }}), 0) as integer) as s_{{ id }},
        {%- endif %}
        {%- endfor %}
    from scored_responses
    where scored_responses.is_case_mix_complete
    group by 1, 2, 3, 4, 5, 6, 7, 8, 9

)

select * from final
