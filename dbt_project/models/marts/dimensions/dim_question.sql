select
    questions.survey_year,
    questions.question_id,
    questions.question_number,
    questions.concept_id,
    questions.question_text,
    questions.section,
    questions.question_kind,
    questions.is_reverse_scored,
    questions.is_support_measure,
    questions.first_comparable_year,
    questions.discontinuity_reason,
    questions.source,
from {{ ref('questions') }} as questions
