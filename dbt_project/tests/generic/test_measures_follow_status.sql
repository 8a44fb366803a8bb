{#
    A published table's measures are there if and only if the row's status is `published`. `optional` may be null there. A row without a
    status is not published.
#}
{% test measures_follow_status(model, measures, optional=[]) %}

select *
from {{ model }}
where
    (
        status = 'published'
        and ({% for measure in measures %}{{ measure }} is null{{ ' or ' if not loop.last }}{% endfor %})
    )
    or (
        status is distinct from 'published'
        and ({% for measure in measures + optional %}{{ measure }} is not null{{ ' or ' if not loop.last }}{% endfor %})
    )

{% endtest %}
