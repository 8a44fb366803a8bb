-- depends_on: {{ ref('questions') }}
{% for question in questions_of(rebuild_years(), ['rating']) %}
{{ 'union all' if not loop.first }}
select
    responses.survey_year,
    responses.respondent_key,
    '{{ question['question_id'] }}' as question_id,
    responses.{{ question['question_id'] }} as rating,
    responses.trust_code,
    responses.ccg_code,
    responses.alliance_code,
    responses.tumour_group,
    responses.sex,
    responses.age_group,
    responses.ethnic_group,
    responses.imd_quintile,
    responses.is_case_mix_complete,
    responses.data_origin,
from {{ ref('int_scored_responses') }} as responses
where responses.survey_year = {{ question['survey_year'] }}
{% else %}
select *
from {{ ref('int_scored_responses') }}
{% endfor %}
