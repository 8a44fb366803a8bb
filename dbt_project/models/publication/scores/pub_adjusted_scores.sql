with

scores as (

    select * from {{ ref('fct_adjusted_scores') }}

),

release as (

    select * from {{ ref('dim_release') }}

),

final as (

    select
        scores.survey_year,
        scores.level,
        scores.organisation_code,
        scores.question_id,
        scores.status,
        scores.n_base,
        {{ measure('observed_score', 'scores') }} as observed_score,
        {{ measure('expected_score', 'scores') }} as expected_score,
        {{ measure('adjusted_score', 'scores') }} as adjusted_score,
        {{ measure('ci_lower', 'scores') }} as ci_lower,
        {{ measure('ci_upper', 'scores') }} as ci_upper,
        {{ measure('standard_error', 'scores') }} as standard_error,
        {{ measure('national_score', 'scores') }} as national_score,
        {{ measure('expected_lower', 'scores') }} as expected_lower,
        {{ measure('expected_upper', 'scores') }} as expected_upper,
        {{ measure('expected_lower_998', 'scores') }} as expected_lower_998,
        {{ measure('expected_upper_998', 'scores') }} as expected_upper_998,
        {{ measure('band', 'scores') }} as band,
        {{ measure('expected_lower_published', 'scores') }} as expected_lower_published,
        {{ measure('expected_upper_published', 'scores') }} as expected_upper_published,
        {{ measure('band_published', 'scores') }} as band_published,
        {{ measure('tau2', 'scores') }} as tau2,
        {{ measure('tau2_corrected', 'scores') }} as tau2_corrected,
        {{ measure('reliability', 'scores') }} as reliability,
        {{ measure('shrunken_score', 'scores') }} as shrunken_score,
        {{ measure('score_printed', 'scores') }} as score_printed,
        {{ measure('ci_lower_printed', 'scores') }} as ci_lower_printed,
        {{ measure('ci_upper_printed', 'scores') }} as ci_upper_printed,
        {{ measure('flags', 'scores') }} as flags,
        scores.data_origin,
    from scores
    cross join release
    where scores.survey_year <= release.release_year

)

select * from final
