{#
    Answers of the given questions in long form: a respondent x question, with the option chosen (null: missing). One
    block a question, so that nothing wide is unpivoted before it is narrow. `relation` holds wide answers.
#}
{% macro answers_long(relation, questions) -%}
{%- for question in questions %}
{{ 'union all' if not loop.first }}
select
    responses.survey_year,
    responses.respondent_key,
    '{{ question['question_id'] }}' as question_id,
    cast(responses.{{ question['question_id'] }} as integer) as option_code,
    responses.trust_code,
    responses.ccg_code,
    responses.alliance_code,
    responses.tumour_group,
    responses.is_case_mix_complete,
    responses.data_origin,
from {{ relation }} as responses
where responses.survey_year = {{ question['survey_year'] }}
{%- endfor %}
{%- endmacro %}
