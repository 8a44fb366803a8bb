"""The verifier accepts true certificates and names each planted fault."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import duckdb
import pandas as pd
import pyarrow as pa
import pytest

from orchestration.disclosure.audit.bounds import audit
from orchestration.disclosure.audit.certificates import Certificates
from orchestration.disclosure.audit.register import Register
from orchestration.disclosure.audit.verify import verify
from tests.unit.disclosure.audit.drafts import register_of

CONNECTION = duckdb.connect()


def proven() -> tuple[Register, Certificates]:
    cells = {"a": 6, "b": 6, "c": 6, "d": 6, "fixed": 3}
    rows = [("ab", 6), ("cd", 6), ("ac", 6), ("bd", 6), (["fixed"], 2)]
    register = register_of(cells, rows, hidden=["a", "b", "c", "d"])
    result = audit(register)
    assert result.is_passed
    return register, result.certificates


def faults(register: Register, certificates: Certificates) -> set[str]:
    return set(verify(register, certificates, CONNECTION)["fault"])


def changed(table: pa.Table, change: Callable[[pd.DataFrame], pd.DataFrame]) -> pa.Table:
    return pa.Table.from_pandas(change(table.to_pandas()), preserve_index=False)


def set_at(row: int, column: str, value: float) -> Callable[[pd.DataFrame], pd.DataFrame]:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame[column] = frame[column].astype(type(value))
        frame.loc[frame.index[row], column] = value
        return frame

    return change


def test_true_certificates_have_no_fault() -> None:
    assert faults(*proven()) == set()


@pytest.mark.parametrize(
    ("fault", "change"),
    [
        ("row_violated", lambda v: v.assign(value=v["value"] + ((v["table_id"] == 0) & (v["cell"] == 0)))),
        ("row_violated", lambda v: v.drop(v.index[v["table_id"] > 0][:1])),
        ("row_violated", lambda v: v.assign(value=v["value"].where(v["cell"] != 4, 1))),
        ("cell_out_of_bounds", set_at(0, "value", 7)),
        ("cell_out_of_bounds", set_at(-1, "value", -1)),
        ("not_an_integer", set_at(1, "value", 0.5)),
        ("cell_missing", lambda v: v[v["cell"] != 2]),
        ("cell_twice", lambda v: pd.concat([v, v.head(1)])),
        ("cell_in_two_blocks", lambda v: pd.concat([v, v[v["cell"] == 4].assign(block=7)])),
        ("cell_unknown", lambda v: pd.concat([v, v.tail(1).assign(cell=99)])),
        ("table_missing", lambda v: v[v["table_id"] == 0]),
    ],
)
def test_a_planted_fault_of_a_table_is_named(fault: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    register, certificates = proven()
    assert fault in faults(register, replace(certificates, values=changed(certificates.values, change)))


@pytest.mark.parametrize(
    ("fault", "change"),
    [
        ("pair_missing", lambda p: p.iloc[1:]),
        ("pair_twice", lambda p: pd.concat([p, p.head(1)])),
        ("table_missing", set_at(0, "upper_table", 50)),
        ("difference_too_small", lambda p: p.assign(upper_table=p["lower_table"])),
        ("difference_too_small", lambda p: p.assign(upper_table=p["lower_table"], lower_table=p["upper_table"])),
    ],
)
def test_a_planted_fault_of_a_pair_is_named(fault: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    register, certificates = proven()
    assert fault in faults(register, replace(certificates, pairs=changed(certificates.pairs, change)))


def test_a_wider_policy_a_narrower_frame_or_another_figure_needs_other_certificates() -> None:
    register, certificates = proven()
    wider = replace(register, targets=replace(register.targets, width=register.targets.width + 9))
    narrower = replace(register, targets=replace(register.targets, frame_lower=register.targets.frame_lower + 6))
    other = replace(register, row_upper=register.row_upper - 1)
    assert faults(register, certificates) == set()
    # The tables found differ by the whole base where they must; otherwise the verifier says so.
    assert faults(wider, certificates) <= {"difference_too_small"}
    assert "outside_the_frame" in faults(narrower, certificates)
    assert "row_violated" in faults(other, certificates)


def test_the_callers_database_is_left_as_it_was() -> None:
    register, certificates = proven()
    verify(register, certificates, CONNECTION)
    assert CONNECTION.execute("select count(*) from duckdb_views() where not internal").fetchone() == (0,)
