with

organisations as (

    select * from {{ ref('stg_organisations') }}

),

final as (

    select * from organisations
    union all
    -- The nation is an organisation too, so that every level goes the same way.
    select distinct
        organisations.survey_year,
        'national' as level,
        'ENG' as organisation_code,
        'England' as organisation_name,
        cast(null as varchar) as parent_level,
        cast(null as varchar) as parent_code,
        organisations.data_origin,
    from organisations

)

select * from final
