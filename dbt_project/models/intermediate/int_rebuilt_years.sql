{{ config(materialized='table', tags=['load']) }}

-- The survey years whose cells this load builds anew; Python models compute these and leave the others as they stand.
select cast(unnest(cast({{ rebuild_years() }} as integer[])) as integer) as survey_year
