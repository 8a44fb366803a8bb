with

organisations as (

    select * from {{ ref('dim_organisation') }}

),

release as (

    select * from {{ ref('dim_release') }}

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
    cross join release
    where organisations.survey_year <= release.release_year

)

select * from final
