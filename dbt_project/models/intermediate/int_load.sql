{{ config(materialized='table', tags=['load']) }}

-- What this load is about. Python models cannot see the vars of a load; they read them here.
select
    cast({{ var('release_year') }} as integer) as release_year,
    '{{ var("data_origin") }}' as data_origin,
