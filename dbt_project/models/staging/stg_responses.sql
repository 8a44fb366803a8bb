-- Answers are wide and a year's questions are the registry's, so the columns after the first twelve are not listed here.
select responses.*
from {{ landed('responses') }} as responses
