"""Conversion for dbt's Python models: relations to frames, seeds to registry rows, frames to Arrow.

A frame is stored with the types that its columns have by name or by declaration, whatever its rows happen to hold: a
text column that is empty in one load has no type of its own; stored so, the next load could not add its text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from orchestration.registry import Registry, registry_of_seeds

if TYPE_CHECKING:
    import duckdb
    import pandas as pd
    import pyarrow as pa


@dataclass(frozen=True)
class RebuiltYears:
    """The survey years that a load rebuilds, in order, and where their data come from."""

    years: tuple[int, ...]
    data_origin: str

    @classmethod
    def read(cls, rebuilt: duckdb.DuckDBPyRelation) -> RebuiltYears:
        """From the rows of `int_rebuilt_years`."""
        rows = sorted(rebuilt.fetchall())
        return cls(tuple(year for year, _ in rows), rows[0][1] if rows else "")

    def of(self, table: duckdb.DuckDBPyRelation) -> duckdb.DuckDBPyRelation:
        """The rows of a table that are of these years, in its order."""
        return table.filter(f"survey_year in ({', '.join(map(str, self.years)) or 'null'})")


def read_registry(**seeds: duckdb.DuckDBPyRelation) -> Registry:
    """The registry rows of the seeds that a model names by `dbt.ref`; a lookup that needs another seed is refused.

    Raises RegistryError for a value that cannot be read.
    """
    return registry_of_seeds({name: _records(seed) for name, seed in seeds.items()})


def _records(seed: duckdb.DuckDBPyRelation) -> list[dict[str, Any]]:
    return [dict(zip(seed.columns, row, strict=True)) for row in seed.fetchall()]


def frame_of(rows: Iterable[Any], row_type: type) -> pd.DataFrame:
    """Registry rows as a frame, a column a field of their type."""
    import pandas as pd

    found = list(rows)
    return pd.DataFrame({field.name: [getattr(row, field.name) for row in found] for field in fields(row_type)})


def to_frame(relation: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """A relation as a frame: whole numbers stay whole where some are null, text is text.

    By way of Arrow: six times as fast as the database's own conversion where a million rows have texts.
    """
    import pandas as pd
    import pyarrow as pa

    table = relation.to_arrow_table()
    frame: pd.DataFrame = table.to_pandas(date_as_object=False)
    for name in table.column_names:
        column = table[name]
        if pa.types.is_integer(column.type) and column.null_count:
            missing = column.is_null().to_numpy()
            frame[name] = pd.arrays.IntegerArray(column.fill_null(0).to_numpy().copy(), missing)
    return frame


def to_arrow(table: pd.DataFrame, booleans: Collection[str] = (), *, data_origin: str | None = None) -> pa.Table:
    """The frame as an Arrow table: NaN is null; object columns named `is_...` or in `booleans` are boolean, else text.

    Numbers keep their type, but a count (`n_...`) is stored whole and a year (`..._year`) as a 32-bit integer; with
    `data_origin` every row says where it comes from. Raises pyarrow.ArrowInvalid where a column holds anything else.
    """
    import pandas as pd
    import pyarrow as pa

    columns = {}
    for name in table.columns:
        values = table[name]
        if pd.api.types.is_numeric_dtype(values.dtype) and not pd.api.types.is_bool_dtype(values.dtype):
            stored = pa.int64() if name.startswith("n_") else pa.int32() if "_year" in name else None
            columns[name] = pa.array(values, from_pandas=True)
            columns[name] = columns[name].cast(stored) if stored else columns[name]
        else:
            is_boolean = name.startswith("is_") or name in booleans
            columns[name] = pa.array(values, type=pa.bool_() if is_boolean else pa.string(), from_pandas=True)
    if data_origin is not None:
        columns["data_origin"] = pa.array([data_origin] * len(table), type=pa.string())
    return pa.table(columns)


def by_year(table: pd.DataFrame, of_year: Callable[[int, pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """`of_year` on each survey year's rows, one after the other."""
    import pandas as pd

    return pd.concat([of_year(int(str(year)), rows) for year, rows in table.groupby("survey_year", sort=True)])
