"""An independent check of certificates, in SQL: it shares no code with the solver and believes nothing that it said.

Each table of a certificate is summed row by row and compared with what was published; each pair is compared at its
target. Belongs here: that check. Does not belong here: how tables are found, or what a fault means for a release.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from orchestration.disclosure.audit.certificates import Certificates
from orchestration.disclosure.audit.register import Register

if TYPE_CHECKING:
    import duckdb

FAULTS = """
with certificate_values as (
    select block, table_id, cell, value from certificate
),
base_tables as (
    select * from certificate_values where table_id = 0
),
-- A later table holds what differs from table 0 of its block.
changes as (
    select
        later.block, later.table_id, later.cell,
        later.value - base_tables.value as change,
    from certificate_values as later
    left join base_tables on later.block = base_tables.block and later.cell = base_tables.cell
    where later.table_id > 0
),
base_sums as (
    select entries.row_number, sum(entries.coefficient * base_tables.value) as total, count(base_tables.value) as
        n_known, count(*) as n_cells,
    from register_entries as entries
    left join base_tables on entries.cell = base_tables.cell
    group by entries.row_number
),
all_sums as (
    select rows.*, coalesce(base_sums.total, 0) as total,
        coalesce(base_sums.n_known = base_sums.n_cells, true) as is_complete,
    from register_rows as rows
    left join base_sums on rows.row_number = base_sums.row_number
),
changed_sums as (
    select changes.block, changes.table_id, entries.row_number, sum(entries.coefficient * changes.change) as change,
    from changes
    inner join register_entries as entries on changes.cell = entries.cell
    group by changes.block, changes.table_id, entries.row_number
),
pair_values as (
    select pairs.target, entries.coefficient, base_tables.value, lower_values.change as lower_change,
        upper_values.change as upper_change,
    from pairs
    inner join target_entries as entries on pairs.target = entries.target
    left join base_tables on entries.cell = base_tables.cell
    left join changes as lower_values
        on pairs.block = lower_values.block and pairs.lower_table = lower_values.table_id
        and entries.cell = lower_values.cell
    left join changes as upper_values
        on pairs.block = upper_values.block and pairs.upper_table = upper_values.table_id
        and entries.cell = upper_values.cell
),
pair_sums as (
    select target,
        sum(coefficient * (value + coalesce(lower_change, 0))) as lower_value,
        sum(coefficient * (value + coalesce(upper_change, 0))) as upper_value,
        count(*) = count(value) as is_complete,
    from pair_values
    group by target
),
known_tables as (
    select distinct block, table_id from certificate_values
),
faults as (
    select 'cell_twice' as fault, cell as subject, block, table_id from certificate_values
    group by cell, block, table_id having count(*) > 1
    union all
    select 'cell_in_two_blocks', cell, min(block), 0 from base_tables group by cell having count(distinct block) > 1
    union all
    select 'cell_unknown', changes.cell, block, table_id from changes where change is null
    union all
    select 'not_an_integer', cell, block, table_id from certificate_values where value <> floor(value) or value is null
    union all
    select 'cell_out_of_bounds', cells.cell, block, table_id
    from certificate_values
    inner join register_cells as cells on certificate_values.cell = cells.cell
    where certificate_values.value < cells.lower or certificate_values.value > cells.upper
    union all
    select 'cell_missing', cells.cell, -1, 0
    from register_cells as cells
    anti join base_tables on cells.cell = base_tables.cell
    union all
    select 'row_violated', row_number, -1, 0 from all_sums
    where is_complete and (total < lower or total > upper)
    union all
    select 'row_violated', all_sums.row_number, changed_sums.block, changed_sums.table_id
    from changed_sums
    inner join all_sums on changed_sums.row_number = all_sums.row_number
    where total + change < lower or total + change > upper
    union all
    select 'pair_missing', targets.target, -1, 0
    from targets
    anti join pairs on targets.target = pairs.target
    union all
    select 'pair_twice', target, -1, 0 from pairs group by target having count(*) > 1
    union all
    select 'table_missing', target, pairs.block, table_id
    from pairs
    cross join unnest([lower_table, upper_table]) as asked(table_id)
    anti join known_tables on pairs.block = known_tables.block and asked.table_id = known_tables.table_id
    union all
    select 'difference_too_small', targets.target, -1, 0
    from targets
    inner join pair_sums on targets.target = pair_sums.target
    where not pair_sums.is_complete or upper_value - lower_value < targets.required
    union all
    select 'outside_the_frame', targets.target, -1, 0
    from targets
    inner join pair_sums on targets.target = pair_sums.target
    where least(lower_value, upper_value) < frame_lower or greatest(lower_value, upper_value) > frame_upper
)
select distinct fault, subject, block, table_id from faults order by all
"""


def verify(register: Register, certificates: Certificates, connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Faults of certificates; an empty table means that every target is proven as wide as its policy asks.

    Columns: fault, subject (number of the cell, row or target that it is about), block, table_id (-1 and 0 where it is
    about no single table). connection: an in-memory DuckDB of the caller's; the tables registered in it are taken out
    again.
    """
    tables = {**_register_tables(register), "certificate": certificates.values, "pairs": certificates.pairs}
    for name, table in tables.items():
        connection.register(name, table)
    try:
        return connection.execute(FAULTS).df()
    finally:
        for name in tables:
            connection.unregister(name)


def _register_tables(register: Register) -> dict[str, pa.Table]:
    """The register as long tables: cells, rows, targets and their entries."""
    rows, targets = register.matrix.tocoo(), register.targets
    hidden = targets.matrix.tocoo()
    return {
        "register_cells": pa.table(
            {"cell": np.arange(register.n_cells), "lower": register.lower, "upper": register.upper}
        ),
        "register_rows": pa.table(
            {"row_number": np.arange(register.n_rows), "lower": register.row_lower, "upper": register.row_upper}
        ),
        "register_entries": pa.table({"row_number": rows.coords[0], "cell": rows.coords[1], "coefficient": rows.data}),
        "targets": pa.table(
            {
                **{"target": np.arange(register.n_targets), "required": targets.required},
                **{"frame_lower": targets.frame_lower, "frame_upper": targets.frame_upper},
            }
        ),
        "target_entries": pa.table({"target": hidden.coords[0], "cell": hidden.coords[1], "coefficient": hidden.data}),
    }
