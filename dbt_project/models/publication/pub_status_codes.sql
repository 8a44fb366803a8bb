select
    status_codes.status,
    status_codes.status_label,
    status_codes.description,
    status_codes.display_order,
    this_load.data_origin,
from {{ ref('status_codes') }} as status_codes
cross join {{ ref('int_load') }} as this_load
