select
    fits.survey_year,
    fits.level,
    fits.question_id,
    unnest(fits.diagnostics, recursive := true),  -- noqa: AL03
    fits.data_origin,
from {{ ref('int_case_mix_fits') }} as fits
semi join {{ ref('int_rebuilt_years') }} as rebuilt_years on fits.survey_year = rebuilt_years.survey_year
