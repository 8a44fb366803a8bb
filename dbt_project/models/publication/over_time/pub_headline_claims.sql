with

claims as (

    select * from {{ ref('fct_headline_claims') }}

),

release as (

    select * from {{ ref('dim_release') }}

),

final as (

    select
        cast(claims.release_year as integer) as release_year,
        claims.claim_id,
        claims.method,
        claims.claim_kind,
        claims.question_id,
        cast(claims.base_year as integer) as base_year,
        claims.base_kind,
        claims.is_published_method,
        claims.status,
        claims.reason,
        {{ measure('value', 'claims') }} as value,
        {{ measure('value_printed', 'claims') }} as value_printed,
        claims.published_value,
        {{ measure('ci_lower', 'claims') }} as ci_lower,
        {{ measure('ci_upper', 'claims') }} as ci_upper,
        {{ measure('growth_part', 'claims') }} as growth_part,
        {{ measure('improvement_part', 'claims') }} as improvement_part,
        {{ measure('growth_part_other_order', 'claims') }} as growth_part_other_order,
        {{ measure('improvement_part_other_order', 'claims') }} as improvement_part_other_order,
        {{ measure('growth_part_printed', 'claims') }} as growth_part_printed,
        {{ measure('improvement_part_printed', 'claims') }} as improvement_part_printed,
        {{ measure('verdict', 'claims') }} as verdict,
        {{ measure('holds', 'claims') }} as holds,
        claims.sentence,
        claims.inputs,
        release.data_origin,
    from claims
    cross join release
    where claims.release_year = release.release_year

)

select * from final
