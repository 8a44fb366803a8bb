{#
    One of the tables that a case-mix fit carries nested (scores, coefficients, diagnostics), of the survey years that
    this load builds anew: a row a record, after the keys of its fit.
#}
{% macro rows_of_fits(nested) -%}
with

fits as (

    select * from {{ ref('int_case_mix_fits') }}

),

rebuilt_years as (

    select * from {{ ref('int_rebuilt_years') }}

),

this_load as (

    select * from {{ ref('int_load') }}

),

unnested as (

    select
        cast(fits.survey_year as integer) as survey_year,
        fits.level,
        fits.question_id,
        unnest(fits.{{ nested }}, recursive := true),  -- noqa: AL03
    from fits
    semi join rebuilt_years on fits.survey_year = rebuilt_years.survey_year

),

final as (

    select
        unnested.*,
        this_load.data_origin,
    from unnested
    cross join this_load

)

select * from final
{%- endmacro %}
