with

options as (

    select * from {{ ref('fct_support_scores') }}

),

release as (

    select * from {{ ref('dim_release') }}

),

final as (

    select
        options.survey_year,
        options.question_id,
        options.concept_id,
        options.option_code,
        options.option_label,
        options.role,
        options.status,
        options.n_base,
        {{ measure('n_answers', 'options') }} as n_answers,
        {{ measure('share', 'options') }} as share,
        options.data_origin,
    from options
    cross join release
    where options.survey_year <= release.release_year

)

select * from final
