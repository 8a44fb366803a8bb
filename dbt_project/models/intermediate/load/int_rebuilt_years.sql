-- The survey years that this load rebuilds, and where their data come from. Python models see no vars of a load.
select
    cast(unnest(cast({{ rebuild_years() }} as integer[])) as integer) as survey_year,
    '{{ var("data_origin") }}' as data_origin,
