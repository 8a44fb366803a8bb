select
    status_codes.status,
    status_codes.status_label,
    status_codes.description,
    status_codes.display_order,
    release.data_origin,
from {{ ref('status_codes') }} as status_codes
cross join {{ ref('dim_release') }} as release
