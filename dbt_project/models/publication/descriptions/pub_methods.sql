with

survey_years as (

    select * from {{ ref('dim_survey_year') }}

),

case_mix_policies as (

    select * from {{ ref('case_mix_policies') }}

),

suppression_policies as (

    select * from {{ ref('suppression_policies') }}

),

organisations as (

    select * from {{ ref('dim_organisation') }}

),

release as (

    select * from {{ ref('dim_release') }}

),

final as (

    select
        survey_years.survey_year,
        survey_years.case_mix_policy_id,
        survey_years.suppression_policy_id,
        survey_years.display_policy_id,
        case_mix_policies.method as adjustment_method,
        case_mix_policies.covariates,
        case_mix_policies.missing_covariate_rule,
        case_mix_policies.over_dispersion,
        case_mix_policies.winsorise_share,
        case_mix_policies.z_unadjusted,
        case_mix_policies.z_adjusted,
        case_mix_policies.z_expected,
        case_mix_policies.all_positive_rule,
        case_mix_policies.change_rule,
        case_mix_policies.change_threshold,
        suppression_policies.primary_threshold as suppression_threshold,
        suppression_policies.shows_base as suppression_shows_base,
        suppression_policies.secondary_rule as suppression_secondary_rule,
        'not_audited' as disclosure_audit,
        release.data_origin,
    from survey_years
    inner join case_mix_policies on survey_years.case_mix_policy_id = case_mix_policies.policy_id
    inner join suppression_policies on survey_years.suppression_policy_id = suppression_policies.policy_id
    cross join release
    where
        survey_years.survey_year <= release.release_year
        and survey_years.survey_year in (select organisations.survey_year from organisations)

)

select * from final
