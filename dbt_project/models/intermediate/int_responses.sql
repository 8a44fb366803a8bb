{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='survey_year',
    tags=['survey_year'],
    on_schema_change='append_new_columns',
) }}

select responses.*
from {{ ref('stg_responses') }} as responses
