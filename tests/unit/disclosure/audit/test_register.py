"""What makes a register valid, and how published figures become integers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from orchestration.disclosure.audit.register import NO_LIMIT, UNBOUNDED, build_register

CELLS = pd.DataFrame({"cell_key": ["a", "b"], "lower": [0, 0], "upper": [5, None]})
ROWS = pd.DataFrame(
    {"table_name": "t", "column_name": "score", "row_key": ["r", "s"], "lower": [2.2, None], "upper": [6.9, 4.0]}
)
ENTRIES = pd.DataFrame({"row": [0, 0, 1], "cell": [0, 1, 1], "coefficient": [1, 1, 1]})
TARGETS = pd.DataFrame(
    {"table_name": "t", "target_key": ["a"], "cell": [0], "width": [9], "frame_lower": [0], "frame_upper": [5]}
)


def test_bounds_are_rounded_inwards_and_missing_ones_are_none() -> None:
    register = build_register(CELLS, ROWS, ENTRIES, TARGETS)
    assert register.row_lower.tolist() == [3, -NO_LIMIT] and register.row_upper.tolist() == [6, 4]
    assert register.upper.tolist() == [5, UNBOUNDED]
    assert register.targets.required.tolist() == [5]
    assert register.row_name(0) == "t.score [r]"


def test_noise_of_binary_fractions_is_not_a_bound() -> None:
    rows = ROWS.assign(lower=[0.1 * 3 * 10, None], upper=[0.7 * 10 - 1e-12, 4])
    register = build_register(CELLS, rows, ENTRIES, TARGETS)
    assert (register.row_lower[0], register.row_upper[0]) == (3, 7)


def test_entries_of_one_place_add_up() -> None:
    entries = pd.concat([ENTRIES, ENTRIES.tail(1).assign(coefficient=-1)])
    assert build_register(CELLS, ROWS, entries, TARGETS).matrix.toarray().tolist() == [[1, 1], [0, 0]]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"cells": CELLS.drop(columns="upper")}, "cells lacks upper"),
        ({"cells": CELLS.assign(cell_key="a")}, "stands twice"),
        ({"entries": ENTRIES.assign(coefficient=0.5)}, "not an integer"),
        ({"entries": ENTRIES.assign(cell=7)}, "names cell 7"),
        ({"entries": ENTRIES.assign(coefficient=10**9)}, "too large"),
        ({"targets": TARGETS.drop(columns="cell")}, "target_entries"),
        ({"cells": CELLS.assign(lower=-(10**10))}, "lower bound"),
    ],
)
def test_what_is_no_register_is_refused(change: dict[str, pd.DataFrame], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_register(**{"cells": CELLS, "rows": ROWS, "entries": ENTRIES, "targets": TARGETS} | change)


def test_a_register_without_rows_or_targets_is_one() -> None:
    register = build_register(CELLS, ROWS.head(0), ENTRIES.head(0), TARGETS.head(0))
    assert (register.n_cells, register.n_rows, register.n_targets) == (2, 0, 0)
    assert np.array_equal(register.targets.required, [])
