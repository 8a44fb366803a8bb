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
