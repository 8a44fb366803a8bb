{# The survey years that this load rebuilds, in order. Every other year stays as it is stored. #}
{% macro rebuild_years() -%}
    {{ return(var('rebuild') | map(attribute='survey_year') | sort | list) }}
{%- endmacro %}


{#
    Before an incremental model runs: takes out of its table what this load rebuilds. delete+insert takes out only the
    years that have new rows, so a rebuilt year without any (a return without deprivation has nothing to adjust) would
    keep the rows of the delivery before.
#}
{% macro clear_what_is_rebuilt() -%}
    {%- if execute and is_incremental() -%}
        {%- if config.get('unique_key') == 'release_year' -%}
            delete from {{ this }} where release_year = {{ var('release_year') }}
        {%- elif rebuild_years() -%}
            delete from {{ this }} where survey_year in ({{ rebuild_years() | join(', ') }})
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}


{#
    The landed files of the years being rebuilt, as one relation. `kind` is sample, responses or organisations.
    Columns that only some years have (a question asked in one year) are typed nulls in the others.
#}
{% macro landed(kind) -%}
    {%- set declared = source('landing', kind) -%}
    {%- set paths = [] -%}
    {%- for delivery in var('rebuild') -%}
        {%- do paths.append("'" ~ (delivery.path | replace("'", "''")) ~ '/' ~ kind ~ ".parquet'") -%}
    {%- endfor -%}
    {{ adapter.dispatch('read_parquet_files')(paths) }}
{%- endmacro %}


{% macro default__read_parquet_files(paths) -%}
    read_parquet([{{ paths | join(', ') }}], union_by_name = true, hive_partitioning = false)
{%- endmacro %}


{% macro spark__read_parquet_files(paths) -%}
    {%- for path in paths -%}
        {{ 'union all ' if not loop.first }}select * from parquet.`{{ path[1:-1] }}`
    {%- endfor -%}
{%- endmacro %}


{# The survey years that the warehouse holds once this load is done. #}
{% macro loaded_years() -%}
    {%- if not execute -%}
        {{ return([]) }}
    {%- endif -%}
    {{ return(run_query('select distinct survey_year from ' ~ ref('int_organisations') ~ ' order by 1').columns[0].values() | map('int') | list) }}
{%- endmacro %}
