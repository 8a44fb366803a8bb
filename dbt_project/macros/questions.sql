{#
    Questions of the given survey years, from the registry: a list of rows with survey_year, question_id,
    question_kind and is_support_measure.
    A question number means nothing without its survey year, so the year always comes with it.
#}
{% macro questions_of(years, kinds) -%}
    {%- if not execute or not years -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set query -%}
        select
            survey_year,
            question_id,
            question_kind,
            is_support_measure
        from {{ ref('questions') }}
        where
            survey_year in ({{ years | join(', ') }})
            and question_kind in ('{{ kinds | join("', '") }}')
        order by
            survey_year,
            cast(regexp_replace(question_number, '[^0-9]', '', 'g') as integer)
    {%- endset -%}
    {{ return(run_query(query).rows) }}
{%- endmacro %}


{# Distinct question ids of the given years, in questionnaire order: the columns of a wide table over these years. #}
{% macro question_columns(years, kinds) -%}
    {{ return(questions_of(years, kinds) | map(attribute='question_id') | unique | list) }}
{%- endmacro %}


{# The support questions of the given years, as of `questions_of`. #}
{% macro support_questions_of(years) -%}
    {{ return(questions_of(years, ['scored']) | selectattr('is_support_measure') | list) }}
{%- endmacro %}


{# Columns of the loaded answers that hold a question; a question of several ticks has one an option and is left out. #}
{% macro answer_columns() -%}
    {%- set names = [] -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(ref('int_responses')) -%}
            {%- do names.append(column.name) if modules.re.fullmatch('q[0-9]+', column.name) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(names) }}
{%- endmacro %}


{# Option codes of a question by role: {(survey_year, question_id): {role: [codes]}} #}
{% macro option_codes_by_role(years) -%}
    {%- set codes = {} -%}
    {%- if execute and years -%}
        {%- set query -%}
            select
                survey_year,
                question_id,
                role,
                option_code
            from {{ ref('response_options') }}
            where survey_year in ({{ years | join(', ') }})
            order by all
        {%- endset -%}
        {%- for row in run_query(query).rows -%}
            {%- set roles = codes.setdefault((row['survey_year'] | int, row['question_id']), {}) -%}
            {%- do roles.setdefault(row['role'], []).append(row['option_code'] | int) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(codes) }}
{%- endmacro %}


{#
    SQL that scores one answer: 1 for a positive option, 0 for a negative one, null for an excluded or missing answer
    (it leaves the base). A rating scores as itself.
#}
{% macro scored_answer(question_id, question_kind, roles) -%}
    {%- if question_kind == 'rating' -%}
        case when responses.{{ question_id }} in ({{ roles['rating'] | join(', ') }}) then responses.{{ question_id }} end
    {%- else -%}
        case
            when responses.{{ question_id }} in ({{ roles['positive'] | join(', ') }}) then 1
            when responses.{{ question_id }} in ({{ roles['negative'] | join(', ') }}) then 0
        end
    {%- endif -%}
{%- endmacro %}
