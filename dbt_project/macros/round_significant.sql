{#
    A published number: 10 significant digits, so that Parquet, CSV and DuckDB hold the same value to the last bit and a
    different order of summation in the 12th digit is no new release.
#}
{% macro round_significant(column) -%}
    {{ adapter.dispatch('round_significant')(column) }}
{%- endmacro %}


{% macro default__round_significant(column) -%}
    cast(format('{:.9e}', {{ column }}) as double)
{%- endmacro %}


{% macro spark__round_significant(column) -%}
    cast(format_string('%.9e', {{ column }}) as double)
{%- endmacro %}


{# A measure of a published table: there if and only if its row's status is `published`. #}
{% macro measure(column, relation) -%}
    case when {{ relation }}.status = 'published' then {{ round_significant(relation ~ '.' ~ column) }} end
{%- endmacro %}


{% macro count_measure(column, relation) -%}
    case when {{ relation }}.status = 'published' then {{ relation }}.{{ column }} end
{%- endmacro %}
