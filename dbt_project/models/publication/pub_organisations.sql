with

organisations as (

    select * from {{ ref('dim_organisation') }}

),

this_load as (

    select * from {{ ref('int_load') }}

),

final as (

    select
        organisations.survey_year,
        organisations.level,
        organisations.organisation_code,
        organisations.organisation_name,
        organisations.parent_level,
        organisations.parent_code,
        organisations.data_origin,
    from organisations
    cross join this_load
    where organisations.survey_year <= this_load.release_year

)

select * from final
