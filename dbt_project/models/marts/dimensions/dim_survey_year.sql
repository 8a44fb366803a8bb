select survey_years.*
from {{ ref('survey_years') }} as survey_years
