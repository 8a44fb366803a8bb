-- Only eligible people: a person who was never to answer says nothing about non-response.
select
    sample.survey_year,
    sample.age_group,
    sample.sex,
    sample.tumour_group,
    sample.imd_quintile,
    count(*) as n_eligible,
    count(*) filter (sample.has_responded) as n_responded,
    min(sample.data_origin) as data_origin,
from {{ ref('stg_sample') }} as sample
where sample.is_eligible
group by 1, 2, 3, 4, 5
