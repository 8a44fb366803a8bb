select
    cast(organisations.survey_year as integer) as survey_year,
    organisations.level,
    organisations.organisation_code,
    organisations.organisation_name,
    organisations.parent_level,
    organisations.parent_code,
    organisations.data_origin,
from {{ landed('organisations') }} as organisations
