-- What became of the mailing in each trust: checks compare it with the year before.
select
    sample.survey_year,
    sample.trust_code,
    sample.outcome,
    count(*) as n_sampled,
    min(sample.data_origin) as data_origin,
from {{ ref('stg_sample') }} as sample
group by 1, 2, 3
