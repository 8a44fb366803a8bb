"""What else to hide, at least cost, so that what is hidden already cannot be worked out.

Method: cuts with the attacker in the loop (Fischetti and Salazar 2001, Management Science 47; Hundepool and others
2012, Statistical Disclosure Control, section 4.4). Hide, audit, and for each target that fails take the published
figures from which its bounds follow (those with a non-zero dual in the two linear programs). As long as all of them
stand the target fails, so that one of them has to go: a row of a small integer program, whose cheapest answer is hidden
next. What passes is therefore as cheap as any pattern that passes, up to the gap of that program. A total is a figure
like any other, only dearer: it goes where no other figure can.

The chosen pattern depends on the figures that come in. A pattern that may depend on published bases alone is found by
giving bases times one published share for the positives; what comes out is then audited with the real figures.

Does not belong here: costs and what may be hidden (policies), and rounding.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.optimize import Bounds, LinearConstraint, milp

from orchestration.disclosure.audit.bounds import Audit, audit
from orchestration.disclosure.audit.problem import Problem, component_labels, problem_of, restrict
from orchestration.disclosure.audit.register import OUTSIDER, Register, Targets
from orchestration.disclosure.audit.solver import TOLERANCE, Solver
from orchestration.errors import ExitCode, ProgramError

if TYPE_CHECKING:
    import numpy.typing as npt

    Integers = npt.NDArray[np.int64]
    Mask = npt.NDArray[np.bool_]

HIDEABLE_COLUMNS = ("row", "cost", "width", "frame_lower", "frame_upper")
MAX_ROUNDS = 100


class NotProtectableError(ProgramError):
    """A hidden value follows from figures of which none may be hidden."""

    exit_code = ExitCode.BUILD_FAILED


@dataclass(frozen=True)
class Protection:
    """What `protect` chose.

    rows: numbers of the published rows to hide, in order. register: without them, and with a target for each of them.
    audit: the audit of that register, passed. cost: sum of the costs. n_rounds: audits that it took.
    """

    rows: Integers
    register: Register
    audit: Audit
    cost: float
    n_rounds: int


@dataclass(frozen=True)
class _Cut:
    """One of `figures` (positions in hideable) has to go; if `owner` is not None, only where the owner is hidden."""

    figures: frozenset[int]
    owner: int | None


def protect(register: Register, hideable: pd.DataFrame, *, processes: int = 1) -> Protection:
    """Rows to hide so that every target, those of the newly hidden rows included, is as wide as required.

    hideable: HIDEABLE_COLUMNS: the row's number, the cost of hiding it (above 0), and the target that it is once
    hidden. Insiders of `register` stay as they are; newly hidden rows are audited from outside. Raises
    NotProtectableError where nothing that may be hidden would help, and ValueError where the figures contradict each
    other.
    """
    missing = [column for column in HIDEABLE_COLUMNS if column not in hideable.columns]
    if missing:
        raise ValueError(f"hideable rows lack the columns {', '.join(missing)}")
    cost = hideable["cost"].to_numpy(dtype=np.float64)
    is_hidden = np.zeros(len(hideable), dtype=bool)
    cuts: set[_Cut] = set()
    for n_rounds in range(1, MAX_ROUNDS + 1):
        current, kept = hide_rows(register, hideable, is_hidden)
        result = audit(current, processes=processes)
        if result.contradictions:
            raise ValueError(result.contradictions[0].message(current))
        failed = np.flatnonzero(~result.outcomes["is_ok"].to_numpy(dtype=bool))
        if not len(failed):
            rows = np.sort(hideable["row"].to_numpy(dtype=np.int64)[is_hidden])
            return Protection(rows, current, result, float(cost[is_hidden].sum()), n_rounds)
        owners = np.concatenate([np.full(register.n_targets, -1), np.flatnonzero(is_hidden)])
        new = _cuts(current, failed, owners, _figures(hideable, kept, register.n_rows)) - cuts
        cuts |= new
        is_hidden = _cheapest(sorted(cuts, key=lambda cut: (sorted(cut.figures), cut.owner or -1)), cost)
    raise NotProtectableError(
        f"no pattern found in {MAX_ROUNDS} rounds; hide totals or round the figures of this table"
    )


def hide_rows(register: Register, hideable: pd.DataFrame, is_hidden: Mask) -> tuple[Register, Integers]:
    """The register without the hidden rows and with their targets; the old number of each row that is left."""
    gone = hideable[is_hidden]
    rows = gone["row"].to_numpy(dtype=np.int64)
    kept = np.setdiff1d(np.arange(register.n_rows), rows)
    old, names = register.targets, register.rows.iloc[rows]
    new_names = pd.DataFrame(
        {"table_name": names["table_name"].array, "target_key": names["row_key"].array, "attacker": OUTSIDER}
    )
    targets = Targets(
        names=pd.concat([old.names, new_names], ignore_index=True),
        matrix=sparse.csr_array(sparse.vstack([old.matrix, register.matrix[rows]], format="csr")),
        **{
            name: np.concatenate([getattr(old, name), gone[name].to_numpy(dtype=np.int64)])
            for name in ("width", "frame_lower", "frame_upper")
        },
    )
    left = replace(
        register,
        matrix=register.matrix[kept],
        row_lower=register.row_lower[kept],
        row_upper=register.row_upper[kept],
        rows=register.rows.iloc[kept].reset_index(drop=True),
        targets=targets,
    )
    return left, kept


def _figures(hideable: pd.DataFrame, kept: Integers, n_rows: int) -> Integers:
    """The position in hideable of each row that is left; -1: it may not be hidden."""
    position = np.full(n_rows, -1)
    position[hideable["row"].to_numpy(dtype=np.int64)] = np.arange(len(hideable))
    return position[kept]


def _cuts(register: Register, failed: Integers, owners: Integers, figure_of_row: Integers) -> set[_Cut]:
    """A cut for each failed target: from the duals of its two bounds."""
    problem, cell_of_target = problem_of(register)
    n_parts, of_cell, of_row = component_labels(problem.matrix, problem.lower < problem.upper)
    part_of_failed = of_cell[cell_of_target[failed]]
    cuts = set()
    for part in range(n_parts):
        targets = failed[part_of_failed == part]
        if not len(targets):
            continue
        cells, rows = np.flatnonzero(of_cell == part), np.flatnonzero(of_row == part)
        own = rows < register.n_rows
        figures = np.where(own, figure_of_row[np.where(own, rows, 0)], -1)
        inner = restrict(problem, cells, rows)
        solver = Solver(inner)
        for target in targets:
            cell = int(np.searchsorted(cells, cell_of_target[target]))
            used = _proof_figures(solver, inner, cell, int(register.targets.required[target]), figures)
            if not used:
                raise NotProtectableError(_message(register, int(target)))
            cuts.add(_Cut(used, None if owners[target] < 0 else int(owners[target])))
    return cuts


def _proof_figures(solver: Solver, problem: Problem, cell: int, required: int, figures: Integers) -> frozenset[int]:
    """Hideable figures from which the cell's range follows; all of the block where only integrality narrows it."""
    is_used = np.zeros(len(figures), dtype=bool)
    ends = []
    for direction in (1, -1):
        value, duals = solver.linear_bound(cell, direction)
        ends.append(value)
        is_used |= np.abs(duals) > TOLERANCE
    if ends[0] - ends[1] >= max(required, 1):
        is_used[:] = True
    return frozenset(int(figure) for figure in np.unique(figures[is_used]) if figure >= 0)


def _cheapest(cuts: list[_Cut], cost: npt.NDArray[np.float64]) -> Mask:
    """The cheapest set of figures that satisfies every cut."""
    entries = [(i, figure, 1.0) for i, cut in enumerate(cuts) for figure in sorted(cut.figures)]
    entries += [(i, cut.owner, -1.0) for i, cut in enumerate(cuts) if cut.owner is not None]
    rows, columns, values = (np.array(side) for side in zip(*entries, strict=True))
    matrix = sparse.coo_array((values, (rows, columns)), shape=(len(cuts), len(cost))).tocsr()
    least = np.array([1.0 if cut.owner is None else 0.0 for cut in cuts])
    found = milp(
        cost,
        integrality=np.ones(len(cost), dtype=np.int64),
        bounds=Bounds(0, 1),
        constraints=LinearConstraint(matrix, least, np.inf),
        options={"mip_rel_gap": 0.001, "node_limit": 5000},
    )
    if found.x is None:
        raise NotProtectableError(
            "no set of figures satisfies every cut: let more figures be hidden, totals among them"
        )
    is_chosen: Mask = found.x > 0.5
    return is_chosen


def _message(register: Register, target: int) -> str:
    name = register.targets.names.iloc[target]
    return (
        f"{name['table_name']} [{name['target_key']}] can be worked out, to fewer than "
        f"{register.targets.required[target]} persons, from figures of which none may be "
        "hidden: let a total among them be hidden, or round them"
    )
