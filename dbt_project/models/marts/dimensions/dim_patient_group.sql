select
    patient_groups.group_kind,
    patient_groups.group_code,
    patient_groups.group_label,
    patient_groups.display_order,
    patient_groups.is_case_mix_reference,
from {{ ref('demographic_groups') }} as patient_groups
