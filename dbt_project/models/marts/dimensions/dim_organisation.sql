select
    organisations.survey_year,
    organisations.level,
    organisations.organisation_code,
    organisations.organisation_name,
    organisations.parent_level,
    organisations.parent_code,
    organisations.data_origin,
from {{ ref('int_organisations') }} as organisations
