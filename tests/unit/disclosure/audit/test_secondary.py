"""What is chosen passes the audit, is no dearer than need be, and is refused where nothing can be chosen."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pandas as pd
import pytest

from orchestration.disclosure.audit.bounds import audit
from orchestration.disclosure.audit.register import Register
from orchestration.disclosure.audit.secondary import NotProtectableError, hide_rows, protect
from tests.unit.disclosure.audit.drafts import Row, register_of


def table(
    truth: np.ndarray, bases: np.ndarray, hidden: list[tuple[int, int]], totals_cost: float | None
) -> tuple[Register, pd.DataFrame]:
    """A table with both margins, every cell published but the hidden ones; cells cost their base."""
    names = [[f"{i} {j}" for j in range(truth.shape[1])] for i in range(truth.shape[0])]
    rows: list[Row] = []
    hideable = []
    for (i, j), value in np.ndenumerate(truth):
        if (i, j) not in hidden:
            hideable.append((len(rows), float(bases[i, j]), 3, 0, int(bases[i, j])))
            rows.append(([names[i][j]], int(value)))
    lines = [([names[i][j] for j in range(truth.shape[1])], truth[i].sum(), bases[i].sum()) for i in range(len(truth))]
    lines += [([line[j] for line in names], truth[:, j].sum(), bases[:, j].sum()) for j in range(truth.shape[1])]
    for cells, total, base in lines:
        if totals_cost is not None:
            hideable.append((len(rows), totals_cost, 3, 0, int(base)))
        rows.append((cells, int(total)))
    cells = {names[i][j]: int(base) for (i, j), base in np.ndenumerate(bases)}
    register = register_of(cells, rows, hidden=[names[i][j] for i, j in hidden])
    return register, pd.DataFrame(hideable, columns=["row", "cost", "width", "frame_lower", "frame_upper"])


def cheapest_by_trying_all(register: Register, hideable: pd.DataFrame) -> float | None:
    best = None
    for size in range(len(hideable) + 1):
        for chosen in combinations(range(len(hideable)), size):
            cost = float(hideable["cost"].iloc[list(chosen)].sum())
            if best is not None and cost >= best:
                continue
            mask = np.isin(np.arange(len(hideable)), chosen)
            if audit(hide_rows(register, hideable, mask)[0]).is_passed:
                best = cost
    return best


def test_one_hidden_cell_needs_a_rectangle() -> None:
    bases = np.array([[10, 40, 60], [50, 30, 70], [45, 35, 80]])
    register, hideable = table(bases // 2, bases, [(0, 0)], None)
    found = protect(register, hideable)
    assert found.audit.is_passed and found.cost == 40 + 45 + 35
    assert {register.rows["row_key"][row] for row in found.rows} == {"row 0", "row 5", "row 6"}


def test_where_no_cell_is_left_the_total_goes() -> None:
    bases = np.array([[10, 40]])
    register, hideable = table(bases // 2, bases, [(0, 0)], 1000.0)
    with pytest.raises(NotProtectableError, match=r"table \[0 0\] can be worked out"):
        protect(*table(bases // 2, bases, [(0, 0)], None))
    assert protect(register, hideable).cost >= 1000


@pytest.mark.parametrize("seed", range(3))
def test_as_cheap_as_the_best_of_all_patterns(seed: int) -> None:
    random = np.random.default_rng(seed)
    bases = random.integers(4, 30, (2, 3))
    truth = random.binomial(bases, 0.6)
    register, hideable = table(truth, bases, [(0, int(random.integers(3)))], None)
    best = cheapest_by_trying_all(register, hideable)
    if best is None:
        with pytest.raises(NotProtectableError):
            protect(register, hideable)
    else:
        assert protect(register, hideable).cost == best


def test_nothing_to_do_hides_nothing() -> None:
    bases = np.array([[10, 40], [50, 30]])
    register, hideable = table(bases // 2, bases, [(0, 0), (0, 1), (1, 0), (1, 1)], 1.0)
    found = protect(register, hideable)
    assert found.rows.tolist() == [] and found.n_rounds == 1
