with

comparability as (

    select * from {{ ref('int_comparability') }}

),

this_load as (

    select * from {{ ref('int_load') }}

),

final as (

    select
        comparability.concept_id,
        cast(comparability.survey_year_from as integer) as survey_year_from,
        cast(comparability.survey_year_to as integer) as survey_year_to,
        comparability.question_id_from,
        comparability.question_id_to,
        comparability.status,
        comparability.reason,
        this_load.data_origin,
    from comparability
    cross join this_load

)

select * from final
