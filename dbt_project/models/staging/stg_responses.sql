-- Answers are wide and a year's questions are the registry's, so columns after the first twelve are not listed here.
select responses.* replace (cast(responses.survey_year as integer) as survey_year)
from {{ landed('responses') }} as responses
