with

changes as (

    select * from {{ ref('fct_year_on_year') }}

),

release as (

    select * from {{ ref('dim_release') }}

),

final as (

    select
        cast(changes.release_year as integer) as release_year,
        changes.level,
        changes.organisation_code,
        changes.question_id,
        changes.concept_id,
        cast(changes.survey_year_from as integer) as survey_year_from,
        cast(changes.survey_year_to as integer) as survey_year_to,
        changes.status,
        changes.reason,
        cast(changes.n_base_from as bigint) as n_base_from,
        cast(changes.n_base_to as bigint) as n_base_to,
        {{ measure('score_from', 'changes') }} as score_from,
        {{ measure('score_to', 'changes') }} as score_to,
        {{ measure('difference', 'changes') }} as difference,
        {{ measure('ci_lower', 'changes') }} as ci_lower,
        {{ measure('ci_upper', 'changes') }} as ci_upper,
        {{ measure('z', 'changes') }} as z,
        {{ measure('p_value', 'changes') }} as p_value,
        {{ measure('p_adjusted', 'changes') }} as p_adjusted,
        {{ measure('is_significant', 'changes') }} as is_significant,
        {{ measure('direction', 'changes') }} as direction,
        release.data_origin,
    from changes
    cross join release
    where changes.release_year = release.release_year

)

select * from final
