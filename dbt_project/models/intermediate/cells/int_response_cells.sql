{{ config(on_schema_change='append_new_columns') }}

{%- set excluded = excluded_outcomes() %}
-- depends_on: {{ ref('publication_cells') }}
-- depends_on: {{ ref('outcome_codes') }}

with

sample as (

    select * from {{ ref('stg_sample') }}

),

{% for cell in counted_response_cells() -%}
{{ cell['level'] }}_{{ cell['group_kind'] }} as (

    select
        sample.survey_year,
        '{{ cell['level'] }}' as level,
        {{ organisation_of(cell['level']) }} as organisation_code,
        '{{ cell['group_kind'] }}' as group_kind,
        {{ group_of(cell['group_kind']) }} as group_code,
        count(*) as n_sampled,
        sum(cast(not sample.is_eligible as integer)) as n_excluded,
        {%- for outcome in excluded %}
        sum(cast(not sample.is_eligible and sample.outcome = '{{ outcome }}' as integer)) as n_excluded_{{ outcome }},
        {%- endfor %}
        sum(cast(sample.is_eligible as integer)) as n_mailed_eligible,
        sum(cast(sample.has_responded as integer)) as n_responded,
        min(sample.data_origin) as data_origin,
    from sample
    where
        {{ organisation_of(cell['level']) }} is not null
        and {{ group_of(cell['group_kind']) }} is not null
    group by 1, 2, 3, 4, 5

),

{% endfor -%}
final as (
    {% for cell in counted_response_cells() %}
    {{ 'union all' if not loop.first }}
    select * from {{ cell['level'] }}_{{ cell['group_kind'] }}
    {% else %}
    select * from sample
    {% endfor %}

)

-- An outcome that a year's registry does not know is null there, as in a year that was stored before it was registered.
select
    final.survey_year,
    final.level,
    final.organisation_code,
    final.group_kind,
    final.group_code,
    cast(final.n_sampled as bigint) as n_sampled,
    cast(final.n_excluded as bigint) as n_excluded,
    {%- for outcome, years in excluded.items() %}
    case
        when final.survey_year in ({{ years | join(', ') }}) then cast(final.n_excluded_{{ outcome }} as bigint)
    end as n_excluded_{{ outcome }},
    {%- endfor %}
    cast(final.n_mailed_eligible as bigint) as n_mailed_eligible,
    cast(final.n_responded as bigint) as n_responded,
    final.data_origin,
from final
