with

questions as (

    select * from {{ ref('dim_question') }}

),

release as (

    select * from {{ ref('dim_release') }}

),

organisations as (

    select * from {{ ref('dim_organisation') }}

),

final as (

    select
        questions.survey_year,
        questions.question_id,
        questions.question_number,
        questions.concept_id,
        questions.question_text,
        questions.section,
        questions.question_kind,
        questions.is_reverse_scored,
        questions.is_support_measure,
        questions.first_comparable_year,
        questions.discontinuity_reason,
        release.data_origin,
    from questions
    cross join release
    where
        questions.survey_year <= release.release_year
        and questions.question_kind in ('scored', 'rating')
        and questions.survey_year in (select organisations.survey_year from organisations)

)

select * from final
