{#
    Conditions under which the form sends a respondent past a question: {(survey_year, question_id): SQL}. A routing
    answer that is missing sends nobody past anything; one that an earlier rule set aside is already null.
#}
{% macro routing_skips(years) -%}
    {%- set conditions = {} -%}
    {%- if execute and years -%}
        {%- set query -%}
            select
                survey_year,
                routing_question_id,
                skip_option_codes,
                skipped_question_ids
            from {{ ref('routing_rules') }}
            where survey_year in ({{ years | join(', ') }})
            order by all
        {%- endset -%}
        {%- for row in run_query(query).rows -%}
            {%- set codes = (row['skip_option_codes'] | string).split('|') | map('int') | join(', ') -%}
            {%- set condition = 'coalesce(responses.' ~ row['routing_question_id'] ~ ' in (' ~ codes ~ '), false)' -%}
            {%- for question_id in row['skipped_question_ids'].split('|') -%}
                {%- do conditions.setdefault((row['survey_year'] | int, question_id), []).append(condition) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(conditions) }}
{%- endmacro %}
