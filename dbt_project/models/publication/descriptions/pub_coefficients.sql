with

coefficients as (

    select * from {{ ref('fct_case_mix_coefficients') }}

),

release as (

    select * from {{ ref('dim_release') }}

),

final as (

    select
        coefficients.survey_year,
        coefficients.level,
        coefficients.question_id,
        coefficients.model,
        coefficients.covariate,
        coefficients.group_code,
        coefficients.estimate_status,
        -- An infinite coefficient is named so in its status; no published number is infinite.
        case when isfinite(coefficients.coefficient) then coefficients.coefficient end as coefficient,
        case when isfinite(coefficients.standard_error) then coefficients.standard_error end as standard_error,
        coefficients.data_origin,
    from coefficients
    cross join release
    where coefficients.survey_year <= release.release_year

)

select * from final
