{#- A block a rebuilt year, because whom an answer sends past which question is the year's own. -#}
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

-- One pass over the answers; the nation is made of what it gives.
counted as (
    {% for year in years %}
    {{ 'union all' if not loop.first }}
    select
        responses.survey_year,
        responses.trust_code,
        min(responses.data_origin) as data_origin,
        {%- for column in columns %}
        {%- set is_past = skips.get((year, column), ['false']) | join(' or ') %}
        count(*) filter (not ({{ is_past }})) as asked_{{ column }},
        count(*) filter (not ({{ is_past }}) and responses.{{ column }} is null) as missing_{{ column }},
        {%- endfor %}
    from responses
    where responses.survey_year = {{ year }}
    group by 1, 2
    {% else %}
    select * from responses
    {% endfor %}
),

counted_by_question as (

    select *
    from {{ unpivot_questions('counted', columns, {'asked': 'n_asked', 'missing': 'n_missing'}) }}

),

cells as (

    select
        counted_by_question.survey_year,
        'trust' as level,
        counted_by_question.trust_code as organisation_code,
        counted_by_question.question_id,
        counted_by_question.n_asked,
        counted_by_question.n_missing,
        counted_by_question.data_origin,
    from counted_by_question
    where counted_by_question.trust_code is not null
    union all
    select
        counted_by_question.survey_year,
        'national' as level,
        'ENG' as organisation_code,
        counted_by_question.question_id,
        sum(counted_by_question.n_asked) as n_asked,
        sum(counted_by_question.n_missing) as n_missing,
        min(counted_by_question.data_origin) as data_origin,
    from counted_by_question
    group by 1, 2, 3, 4

),

-- A question is of its year: another rebuilt year may ask what this one did not.
final as (

    select
        cells.survey_year,
        cells.level,
        cells.organisation_code,
        cells.question_id,
        cast(cells.n_asked as bigint) as n_asked,
        cast(cells.n_missing as bigint) as n_missing,
        cells.data_origin,
    from cells
    inner join questions
        on
            cells.survey_year = questions.survey_year
            and cells.question_id = questions.question_id
    where questions.question_kind in ('scored', 'rating')

)

select * from final
