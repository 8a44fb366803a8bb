with

scores as (

    select * from {{ ref('fct_question_scores') }}

),

release as (

    select * from {{ ref('dim_release') }}

),

publication_cells as (

    select * from {{ ref('publication_cells') }}

),

final as (

    select
        scores.survey_year,
        scores.level,
        scores.organisation_code,
        scores.group_kind,
        scores.group_code,
        scores.question_id,
        scores.base_kind,
        scores.status,
        scores.n_base,
        {{ measure('n_positive', 'scores') }} as n_positive,
        {{ measure('score', 'scores') }} as score,
        {{ measure('ci_lower', 'scores') }} as ci_lower,
        {{ measure('ci_upper', 'scores') }} as ci_upper,
        {{ measure('score_printed', 'scores') }} as score_printed,
        {{ measure('ci_lower_printed', 'scores') }} as ci_lower_printed,
        {{ measure('ci_upper_printed', 'scores') }} as ci_upper_printed,
        scores.data_origin,
    from scores
    cross join release
    inner join publication_cells
        on
            scores.level = publication_cells.level
            and scores.group_kind = publication_cells.group_kind
            and scores.base_kind = publication_cells.base_kind
    where
        scores.survey_year <= release.release_year
        and publication_cells.table_kind = 'unadjusted'

)

select * from final
