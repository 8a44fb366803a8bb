{{ config(on_schema_change='append_new_columns') }}

select responses.*
from {{ ref('stg_responses') }} as responses
