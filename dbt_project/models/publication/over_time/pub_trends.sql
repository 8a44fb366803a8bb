with

trends as (

    select * from {{ ref('fct_trends') }}

),

release as (

    select * from {{ ref('dim_release') }}

),

final as (

    select
        cast(trends.release_year as integer) as release_year,
        trends.level,
        trends.organisation_code,
        trends.question_id,
        trends.concept_id,
        trends.status,
        trends.reason,
        cast({{ measure('first_year', 'trends') }} as integer) as first_year,
        cast({{ measure('last_year', 'trends') }} as integer) as last_year,
        cast({{ measure('n_years', 'trends') }} as integer) as n_years,
        {{ measure('slope', 'trends') }} as slope,
        {{ measure('ci_lower', 'trends') }} as ci_lower,
        {{ measure('ci_upper', 'trends') }} as ci_upper,
        {{ measure('p_value', 'trends') }} as p_value,
        {{ measure('p_adjusted', 'trends') }} as p_adjusted,
        {{ measure('direction', 'trends') }} as direction,
        release.data_origin,
    from trends
    cross join release
    where trends.release_year = release.release_year

)

select * from final
