{#- A block a rebuilt year, because which questions are scored is the year's own. -#}
{%- set years = rebuild_years() -%}
{%- set columns = question_columns(years, ['scored', 'rating']) -%}
{%- set sums = {'n': 'n_answers', 'x': 'sum_x', 'y': 'sum_y', 'xx': 'sum_xx', 'yy': 'sum_yy', 'xy': 'sum_xy'} -%}

with

responses as (

    select * from {{ ref('int_scored_responses') }}

),

questions as (

    select * from {{ ref('questions') }}

),

-- x is the answer, y how many other questions the same person answered negatively. Whole numbers, so that trusts add up
-- to the nation; who is content with one thing is mostly content with others, whatever the question.
{% for year in years -%}
{%- set scored = question_columns([year], ['scored']) %}
persons_{{ year }} as (

    select
        responses.*,
        0
        {%- for column in scored %}
        + coalesce(cast(responses.{{ column }} = 0 as integer), 0)
        {%- endfor %} as n_negative,
    from responses
    where responses.survey_year = {{ year }}

),

{% endfor -%}
summed as (
    {% for year in years %}
    {%- set scored = question_columns([year], ['scored']) %}
    {{ 'union all' if not loop.first }}
    select
        persons.survey_year,
        persons.trust_code,
        min(persons.data_origin) as data_origin,
        {%- for column in columns %}
        {%- set x = 'cast(persons.' ~ column ~ ' as bigint)' %}
        {%- set own = ' - cast(persons.' ~ column ~ ' = 0 as integer)' if column in scored else '' %}
        {%- set y = '(persons.n_negative' ~ own ~ ')' %}
        count(persons.{{ column }}) as n_{{ column }},
        sum({{ x }}) as x_{{ column }},
        sum({{ y }}) filter (where persons.{{ column }} is not null) as y_{{ column }},
        sum({{ x }} * {{ x }}) as xx_{{ column }},
        sum({{ y }} * {{ y }}) filter (where persons.{{ column }} is not null) as yy_{{ column }},
        sum({{ x }} * {{ y }}) as xy_{{ column }},
        {%- endfor %}
    from persons_{{ year }} as persons
    group by 1, 2
    {% else %}
    select * from responses
    {% endfor %}
),

summed_by_question as (

    select *
    from {{ unpivot_questions('summed', columns, sums) }}

),

final as (

    select
        summed_by_question.survey_year,
        summed_by_question.trust_code,
        summed_by_question.question_id,
        {%- for sum in sums.values() %}
        cast(summed_by_question.{{ sum }} as bigint) as {{ sum }},
        {%- endfor %}
        summed_by_question.data_origin,
    from summed_by_question
    inner join questions
        on
            summed_by_question.survey_year = questions.survey_year
            and summed_by_question.question_id = questions.question_id
    where questions.question_kind in ('scored', 'rating') and summed_by_question.n_answers > 0

)

select * from final
