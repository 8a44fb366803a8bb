{{ config(
    materialized='incremental',
    incremental_strategy='delete+insert',
    unique_key='survey_year',
    tags=['survey_year'],
) }}

{{ rows_of_fits('coefficients') }}
