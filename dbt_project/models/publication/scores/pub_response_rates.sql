with

rates as (

    select * from {{ ref('fct_response_rates') }}

),

release as (

    select * from {{ ref('dim_release') }}

),

final as (

    select
        rates.survey_year,
        rates.level,
        rates.organisation_code,
        rates.group_kind,
        rates.group_code,
        rates.status,
        {{ measure('n_mailed_eligible', 'rates') }} as n_mailed_eligible,
        {{ measure('n_responded', 'rates') }} as n_responded,
        {{ measure('response_rate', 'rates') }} as response_rate,
        {{ measure('ci_lower', 'rates') }} as ci_lower,
        {{ measure('ci_upper', 'rates') }} as ci_upper,
        rates.data_origin,
    from rates
    cross join release
    where rates.survey_year <= release.release_year

)

select * from final
