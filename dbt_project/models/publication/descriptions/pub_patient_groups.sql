select
    patient_groups.group_kind,
    patient_groups.group_code,
    patient_groups.group_label,
    patient_groups.display_order,
    release.data_origin,
from {{ ref('dim_patient_group') }} as patient_groups
cross join {{ ref('dim_release') }} as release
