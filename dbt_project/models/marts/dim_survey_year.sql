{{ config(materialized='table', tags=['survey_year', 'registry_only']) }}

select survey_years.*
from {{ ref('survey_years') }} as survey_years
