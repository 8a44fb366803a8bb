"""The queries of the quality report, one a section; `$release_year` is their only parameter.

Belongs here: SQL on the warehouse of a load. Does not belong here: what is made of the rows (`collect`).

The report is published. Figures of an organisation or a patient group, and sums over organisations from which the
published ones could be subtracted, are read from the publication tables, whose hidden cells are empty.
"""

from __future__ import annotations

CLAIMS = """
    select claims.*
    from publication.pub_headline_claims as claims
    left join registry.headline_claims as registered
        on claims.claim_id = registered.claim_id and claims.release_year = registered.release_year
    where claims.release_year = $release_year
    order by
        case claims.claim_kind when 'more_patients' then 1 when 'mean_rating' then 2 else 3 end,
        registered.published_value desc nulls last, claims.claim_id, claims.is_published_method desc, claims.method
"""

RESPONSE_RATES = """
    select
        rates.level,
        case when rates.group_kind = 'all' then rates.organisation_code else rates.group_code end as code,
        case
            when rates.group_kind = 'all' then coalesce(organisations.organisation_name, rates.organisation_code)
            else groups.group_label
        end as label,
        rates.group_kind,
        rates.n_mailed_eligible as n_eligible,
        rates.n_responded,
        rates.response_rate as rate,
        earlier.response_rate as previous_rate
    from publication.pub_response_rates as rates
    left join publication.pub_response_rates as earlier
        on
            earlier.survey_year = rates.survey_year - 1
            and rates.level = earlier.level
            and rates.organisation_code = earlier.organisation_code
            and rates.group_kind = earlier.group_kind
            and rates.group_code = earlier.group_code
            and earlier.status = 'published'
    left join marts.dim_organisation as organisations
        on
            rates.survey_year = organisations.survey_year
            and rates.level = organisations.level
            and rates.organisation_code = organisations.organisation_code
    left join marts.dim_patient_group as groups
        on rates.group_kind = groups.group_kind and rates.group_code = groups.group_code
    where
        rates.survey_year = $release_year
        and rates.status = 'published'
        and (rates.level = 'national' or (rates.level = 'trust' and rates.group_kind = 'all'))
    order by rates.level, rates.group_kind <> 'all', rates.group_kind, groups.display_order, rates.organisation_code
"""

MOVEMENTS = """
    select
        changes.question_id,
        questions.question_number,
        questions.question_text as label,
        questions.question_kind = 'rating' as is_rating,
        changes.score_from,
        changes.score_to,
        changes.difference,
        limits.limit_upper as limit,
        case when changes.status = 'published' then '' else coalesce(changes.reason, changes.status) end as break_reason
    from publication.pub_year_on_year as changes
    inner join registry.questions as questions
        on changes.survey_year_to = questions.survey_year and changes.question_id = questions.question_id
    left join marts.fct_score_movements as limits
        on
            changes.survey_year_to = limits.survey_year
            and changes.level = limits.level
            and changes.question_id = limits.question_id
    where
        changes.release_year = $release_year
        and changes.level = 'national'
        and changes.survey_year_from = $release_year - 1
        and changes.status <> 'not_loaded'
    order by
        abs(changes.difference) / coalesce(limits.limit_upper, 1) desc nulls last, questions.question_id
"""

RECONCILIATION = """
    with compared as (
        select
            published.survey_year,
            questions.question_number,
            published.question_id,
            published.base_kind,
            published.score as published,
            -- A figure known in whole percents is a printed one: it is compared with our printed score.
            case
                when published.decimals = 0 then scores.score_printed
                when scores.question_kind = 'rating' then scores.score
                else scores.score * 100
            end as ours,
            published.decimals,
            case
                when published.decimals = 0 then 0
                else
                    0.5 * power(10, -published.decimals)
                    + case scores.question_kind when 'rating' then 0.5 else 50 end / scores.n_base
            end as tolerance
        from registry.published_scores as published
        inner join registry.questions as questions
            on published.survey_year = questions.survey_year and published.question_id = questions.question_id
        inner join marts.fct_question_scores as scores
            on
                published.survey_year = scores.survey_year
                and published.question_id = scores.question_id
                and published.base_kind = scores.base_kind
                and scores.level = 'national'
                and scores.group_kind = 'all'
        where
            published.survey_year <= $release_year
            and published.is_calibration_target
            and published.score is not null
            and scores.score is not null
            and scores.status = 'published'
    )
    select
        survey_year,
        question_number,
        base_kind,
        published,
        ours,
        decimals,
        abs(ours - published) <= tolerance + 1e-9 as is_equal
    from compared
    order by survey_year desc, question_id, base_kind
"""

MISSINGNESS = """
    select
        questions.question_number,
        questions.question_text as label,
        shares.missing_share as share,
        shares.previous_missing_share as previous_share
    from marts.fct_blank_answers as shares
    inner join registry.questions as questions
        on shares.survey_year = questions.survey_year and shares.question_id = questions.question_id
    where shares.survey_year = $release_year
    order by abs(shares.missing_share - shares.previous_missing_share) desc nulls last, shares.question_id
"""

NOT_COMPARED = """
    select
        concat(changes.survey_year_from, ' to ', changes.survey_year_to) as what,
        changes.level,
        changes.status,
        coalesce(changes.reason, changes.status) as reason,
        count(*) as n_rows
    from publication.pub_year_on_year as changes
    where
        changes.release_year = $release_year
        and changes.status in ('not_comparable', 'not_loaded', 'not_asked', 'no_answers')
    group by all
    order by what desc, changes.level, reason
"""

DIAGNOSTICS = """
    with cells as (
        select
            cells.level,
            count(*) as n_cells,
            count(*) filter (where cells.band = 'above') as n_above,
            count(*) filter (where cells.band = 'below') as n_below,
            0.05 * count(*) as n_expected_by_chance,
            count(*) filter (where cells.reliability >= policies.reliability_target)
            / nullif(count(cells.reliability), 0) as share_reliable,
            count(*) filter (where cells.flags <> '') as n_flagged,
            coalesce(string_agg(distinct nullif(cells.flags, ''), '|'), '') as flags,
            max(policies.reliability_target) as reliability_target
        from publication.pub_adjusted_scores as cells
        inner join registry.survey_years as years on cells.survey_year = years.survey_year
        inner join registry.case_mix_policies as policies on years.case_mix_policy_id = policies.policy_id
        where cells.survey_year = $release_year and cells.status = 'published'
        group by cells.level
    ),
    questions as (
        select level, count(*) filter (where tau2 = 0) as n_zero_tau2, count(*) as n_questions
        from marts.fct_case_mix_diagnostics
        where survey_year = $release_year
        group by level
    )
    select
        cells.level,
        cells.n_cells,
        cells.n_above,
        cells.n_below,
        cells.n_expected_by_chance,
        questions.n_zero_tau2,
        questions.n_questions,
        cells.share_reliable,
        cells.n_flagged,
        cells.flags,
        cells.reliability_target
    from cells
    inner join questions on cells.level = questions.level
    order by cells.level
"""

TWO_BASES = """
    select
        count(*) as n_cells,
        count(*) filter (
            where abs(unadjusted.n_base - adjusted.n_base) between 1 and policies.primary_threshold
        ) as n_close,
        max(policies.primary_threshold) as threshold
    from publication.pub_adjusted_scores as adjusted
    inner join publication.pub_question_scores as unadjusted
        on
            adjusted.survey_year = unadjusted.survey_year
            and adjusted.level = unadjusted.level
            and adjusted.organisation_code = unadjusted.organisation_code
            and adjusted.question_id = unadjusted.question_id
            and unadjusted.group_kind = 'all'
            and unadjusted.base_kind = 'all_answers'
            and unadjusted.status = 'published'
    inner join registry.survey_years as years on adjusted.survey_year = years.survey_year
    inner join registry.suppression_policies as policies on years.suppression_policy_id = policies.policy_id
    where adjusted.survey_year = $release_year and adjusted.status = 'published'
    having count(*) > 0
"""
