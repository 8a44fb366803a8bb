{#
    `total` is the sum of its parts in every row: of the columns whose name begins with `parts`. A part that is null is
    none of the row's; a table that has no such column has lost them, and every row of it fails.
#}
{% test parts_sum_to(model, total, parts) %}

{%- set names = [] -%}
{%- if execute -%}
    {%- for column in adapter.get_columns_in_relation(model) if column.name.startswith(parts) -%}
        {%- do names.append('coalesce(' ~ column.name ~ ', 0)') -%}
    {%- endfor -%}
{%- endif %}

select *
from {{ model }}
where {{ total }} is distinct from {{ names | join(' + ') if names else 'null' }}

{% endtest %}
