select
    comparability.concept_id,
    comparability.survey_year_from,
    comparability.survey_year_to,
    comparability.question_id_from,
    comparability.question_id_to,
    comparability.status,
    comparability.reason,
    comparability.data_origin,
from {{ ref('dim_comparability') }} as comparability
