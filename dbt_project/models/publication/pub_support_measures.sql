with

cells as (

    select * from {{ ref('int_support_cells') }}

),

this_load as (

    select * from {{ ref('int_load') }}

),

suppression_policies as (

    select
        survey_years.survey_year,
        suppression_policies.primary_threshold,
    from {{ ref('dim_survey_year') }} as survey_years
    inner join {{ ref('suppression_policies') }} as suppression_policies
        on survey_years.suppression_policy_id = suppression_policies.policy_id

),

-- National counts only; one option at or below the threshold hides the whole question, because options sum to the base.
judged as (

    select
        cells.*,
        case
            when cells.n_base = 0 then 'no_answers'
            when
                min(case when cells.n_answers > 0 then cells.n_answers end) over (
                    partition by cells.survey_year, cells.question_id
                ) <= suppression_policies.primary_threshold
                then 'suppressed_primary'
            else 'published'
        end as status,
    from cells
    inner join suppression_policies on cells.survey_year = suppression_policies.survey_year

),

final as (

    select
        judged.survey_year,
        judged.question_id,
        judged.concept_id,
        judged.option_code,
        judged.option_label,
        judged.role,
        judged.status,
        judged.n_base,
        {{ measure('n_answers', 'judged') }} as n_answers,
        case when judged.status = 'published' then judged.n_answers / judged.n_base end as share,
        this_load.data_origin,
    from judged
    cross join this_load
    where judged.survey_year <= this_load.release_year

)

select * from final
