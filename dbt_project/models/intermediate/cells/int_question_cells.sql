{%- set years = rebuild_years() -%}
{%- set questions = question_columns(years, ['scored', 'rating']) -%}
{%- set ratings = question_columns(years, ['rating']) -%}
{%- set measures = {'n': 'n_base', 'total': 'score_sum', 'squares': 'score_sum_squares'} -%}
-- depends_on: {{ ref('publication_cells') }}

with

scored_responses as (

    select * from {{ ref('int_scored_responses') }}

),

rebuilt_years as (

    select * from {{ ref('int_rebuilt_years') }}

),

organisations as (

    -- Only the years of this load: a kept year has no answers here, and its stored cells must be kept.
    select organisations.*
    from {{ ref('int_organisations') }} as organisations
    inner join rebuilt_years on organisations.survey_year = rebuilt_years.survey_year

),

patient_groups as (

    select * from {{ ref('demographic_groups') }}

),

questions as (

    select * from {{ ref('questions') }}

),

-- Answers stay wide while they are counted: one pass a published table, a sum a question.
counted as (
    {% for cell in counted_cells() %}
    {{ 'union all' if not loop.first }}
    select
        scored_responses.survey_year,
        '{{ cell['level'] }}' as level,
        {{ organisation_of(cell['level']) }} as organisation_code,
        '{{ cell['group_kind'] }}' as group_kind,
        {{ group_of(cell['group_kind']) }} as group_code,
        '{{ cell['base_kind'] }}' as base_kind,
        {%- for question in questions %}
        {%- set answer = 'scored_responses.' ~ question %}
        count({{ answer }}) as n_{{ question }},
        cast(sum({{ answer }}) as bigint) as total_{{ question }},
        {%- if question in ratings %}
        cast(sum(cast({{ answer }} as smallint) * {{ answer }}) as bigint) as squares_{{ question }},
        {%- else %}
        cast(null as bigint) as squares_{{ question }},
        {%- endif %}
        {%- endfor %}
    from scored_responses
    where
        {{ organisation_of(cell['level']) }} is not null
        and {{ group_of(cell['group_kind']) }} is not null
        {%- if cell['base_kind'] == 'case_mix_complete' %}
        and scored_responses.is_case_mix_complete
        {%- endif %}
    group by 1, 2, 3, 4, 5, 6
    {% endfor %}
),

counted_by_question as (

    select *
    from {{ unpivot_questions('counted', questions, measures) }}

),

tables as (
    {% for cell in counted_cells() %}
    {{ 'union all' if not loop.first }}
    select
        '{{ cell['level'] }}' as level,
        '{{ cell['group_kind'] }}' as group_kind,
        '{{ cell['base_kind'] }}' as base_kind,
    {% endfor %}
),

-- Every cell of a published table has a row, also the one that nobody answered.
cells as (

    select
        organisations.survey_year,
        organisations.level,
        organisations.organisation_code,
        patient_groups.group_kind,
        patient_groups.group_code,
        questions.question_id,
        questions.question_kind,
        tables.base_kind,
        organisations.data_origin,
    from organisations
    inner join tables on organisations.level = tables.level
    inner join patient_groups on tables.group_kind = patient_groups.group_kind
    inner join questions on organisations.survey_year = questions.survey_year
    where questions.question_kind in ('scored', 'rating')

),

final as (

    select
        cells.survey_year,
        cells.level,
        cells.organisation_code,
        cells.group_kind,
        cells.group_code,
        cells.question_id,
        cells.base_kind,
        cast(coalesce(counted_by_question.n_base, 0) as bigint) as n_base,
        cast(
            case when cells.question_kind = 'scored' then coalesce(counted_by_question.score_sum, 0) end as bigint
        ) as n_positive,
        cast(
            case when cells.question_kind = 'rating' then coalesce(counted_by_question.score_sum, 0) end as bigint
        ) as rating_sum,
        cast(
            case when cells.question_kind = 'rating' then coalesce(counted_by_question.score_sum_squares, 0) end
            as bigint
        ) as rating_sum_squares,
        cells.data_origin,
    from cells
    left join counted_by_question
        on
            cells.survey_year = counted_by_question.survey_year
            and cells.level = counted_by_question.level
            and cells.organisation_code = counted_by_question.organisation_code
            and cells.group_kind = counted_by_question.group_kind
            and cells.group_code = counted_by_question.group_code
            and cells.question_id = counted_by_question.question_id
            and cells.base_kind = counted_by_question.base_kind

)

select * from final
