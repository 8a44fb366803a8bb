{# Schemas are the layers by their plain names (staging, intermediate, marts, publication, registry), in every target. #}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {{ custom_schema_name | trim if custom_schema_name else target.schema }}
{%- endmacro %}
