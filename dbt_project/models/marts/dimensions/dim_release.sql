-- What this load releases: everything known as of a survey year. Python models see no vars of a load.
select
    cast({{ var('release_year') }} as integer) as release_year,
    '{{ var("data_origin") }}' as data_origin,
