"""Small registers written out by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from orchestration.disclosure.audit.register import Register, build_register

# A published sum: its cells (or coefficients by cell) and its value or least and greatest value.
Row = tuple[Sequence[str] | Mapping[str, int], int | tuple[int, int]]


def register_of(cells: Mapping[str, int], rows: Sequence[Row], width: int = 3, hidden: Sequence[str] = ()) -> Register:
    """Cells with their bases, rows named row 0, row 1 ..., and the hidden cells (all, if none is named)."""
    names = list(cells)
    entries, bounds = [], []
    for number, (terms, value) in enumerate(rows):
        weights = dict(terms) if isinstance(terms, Mapping) else dict.fromkeys(terms, 1)
        entries += [(number, names.index(cell), weight) for cell, weight in weights.items()]
        low, high = value if isinstance(value, tuple) else (value, value)
        bounds.append(("table", "n_positive", f"row {number}", low, high))
    targets = list(hidden) or names
    return build_register(
        pd.DataFrame({"cell_key": names, "lower": 0, "upper": list(cells.values())}),
        pd.DataFrame(bounds, columns=["table_name", "column_name", "row_key", "lower", "upper"]),
        pd.DataFrame(entries, columns=["row", "cell", "coefficient"]),
        pd.DataFrame(
            {
                **{"table_name": "table", "target_key": targets, "cell": [names.index(t) for t in targets]},
                **{"width": width, "frame_lower": 0, "frame_upper": [cells[t] for t in targets]},
            }
        ),
    )
