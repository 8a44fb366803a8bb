{# A measure of a published table: there if and only if its row's status is `published`. #}
{% macro measure(column, relation) -%}
    case when {{ relation }}.status = 'published' then {{ relation }}.{{ column }} end
{%- endmacro %}
