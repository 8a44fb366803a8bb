{# The column of a respondent that names the organisation at a level. The nation is one organisation. #}
{% macro organisation_of(level) -%}
    {{ return("'ENG'" if level == 'national' else level ~ '_code') }}
{%- endmacro %}


{# The column of a respondent that names the group of a kind. `all` is one group. #}
{% macro group_of(group_kind) -%}
    {{ return("'all'" if group_kind == 'all' else group_kind) }}
{%- endmacro %}


{#
    The tables of answers that are counted, whatever is made of them: level x patient-group kind x base, from the seed
    that says what is published.
#}
{% macro counted_cells() -%}
    {{ return(_distinct_cells("base_kind in ('all_answers', 'case_mix_complete')")) }}
{%- endmacro %}


{# The tables of people mailed that are counted, for response rates. #}
{% macro counted_response_cells() -%}
    {{ return(_distinct_cells("base_kind = 'mailed_eligible'")) }}
{%- endmacro %}


{#
    Outcomes of the mailing that leave the denominator of the response rate, and the survey years in which they do, from
    the registry: {outcome: [survey years]}, in the order of their codes.
#}
{% macro excluded_outcomes() -%}
    {%- set years = {} -%}
    {%- if execute -%}
        {%- set query -%}
            select
                survey_year,
                outcome
            from {{ ref('outcome_codes') }}
            where not is_mailed_eligible
            order by
                outcome_code,
                survey_year
        {%- endset -%}
        {%- for row in run_query(query).rows -%}
            {%- do years.setdefault(row['outcome'], []).append(row['survey_year'] | int) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(years) }}
{%- endmacro %}


{% macro _distinct_cells(condition) -%}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {%- set query -%}
        select distinct
            cells.level,
            cells.group_kind,
            cells.base_kind
        from {{ ref('publication_cells') }} as cells
        where {{ condition }}
        order by 1, 2, 3
    {%- endset -%}
    {{ return(run_query(query).rows) }}
{%- endmacro %}


{#
    Turns wide sums (columns <prefix>_<question>) into a row a question. `measures` maps the prefix of the wide columns
    to the name of the long one. A dispatch point: engines differ in UNPIVOT.
#}
{% macro unpivot_questions(relation, questions, measures) -%}
    {{ adapter.dispatch('unpivot_questions')(relation, questions, measures) }}
{%- endmacro %}


{% macro default__unpivot_questions(relation, questions, measures) -%}
    {{ relation }}
    unpivot include nulls (
        ({{ measures.values() | join(', ') }})
        for question_id in (
            {%- for question in questions %}
            ({% for prefix in measures %}{{ prefix }}_{{ question }}{{ ', ' if not loop.last }}{% endfor %}) as '{{ question }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
    )
{%- endmacro %}
