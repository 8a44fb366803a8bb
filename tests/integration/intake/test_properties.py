"""A property over random mixtures of rows and defects: nothing is lost."""

# ruff: noqa: RUF001 - full-width digits are part of the test
from __future__ import annotations

import tempfile
from pathlib import Path

import pyarrow.parquet as pq
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.intake.landing.tables import LANDED_FILES
from orchestration.intake.refusal import IntakeRefused
from orchestration.intake.rows.outcomes import read_quarantine
from orchestration.lake import landing_folder
from orchestration.registry import Registry
from tests.integration.intake.sample_returns.small import YEAR, Return, Table, receive, small_return, small_settings

KINDS = ("sample", "responses", "organisations")
TEXT = st.text(st.characters(exclude_characters="\r\0", exclude_categories=("Cs",)), max_size=8)
CELLS = st.one_of(
    st.sampled_from(
        ["", " ", "999", "0", "1", "2", "7", "01", "3.0", "1.5", "-1", "1E5", "１", "RA1", "XXX", "C50", "2018-04-01"]
    ),
    TEXT,
)
DEFECTS = st.lists(
    st.tuples(
        st.sampled_from(["set", "set", "set", "copy", "drop", "swap"]),
        st.sampled_from(KINDS),
        st.integers(0, 1000),
        st.integers(0, 1000),
        CELLS,
    ),
    max_size=12,
)


def spoil(given_return: Return, defects: list[tuple[str, str, int, int, str]]) -> None:
    for what, kind, row, column, cell in defects:
        table = given_return.tables[kind]
        if not table.rows:
            continue
        row, column = row % len(table.rows), column % len(table.header)
        if what == "set":
            table.rows[row][column] = cell
        elif what == "copy":
            table.rows.append(list(table.rows[row]))
        elif what == "drop":
            del table.rows[row]
        else:
            table.rows[row], table.rows[0] = table.rows[0], table.rows[row]


def rows_written(table: Table) -> int:
    """Rows that a reader can see: a row of blanks is none."""
    return sum(1 for row in table.rows if any(cell.strip() for cell in row))


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(defects=DEFECTS, seed=st.integers(0, 3))
def test_any_mixture_of_defects_balances(
    registry: Registry, defects: list[tuple[str, str, int, int, str]], seed: int
) -> None:
    spoiled = small_return(registry, seed=seed)
    spoil(spoiled, defects)
    with tempfile.TemporaryDirectory() as home:
        own = small_settings(Path(home))
        spoiled.write(own)
        try:
            receipt = receive(own, registry)
        except IntakeRefused as refused:
            assert refused.problems
            assert not own.landing.exists()
            return
        received = {file.kind: file for file in receipt.files}
        for kind in KINDS:
            assert received[kind].rows_received == rows_written(spoiled.tables[kind])
        folder = landing_folder(own, YEAR, receipt.delivery)
        landed = {name: pq.read_metadata(folder / name).num_rows for name in LANDED_FILES}
        assert landed["sample.parquet"] == received["sample"].rows_accepted == receipt.n_sampled
        assert landed["responses.parquet"] == received["responses"].rows_accepted == receipt.n_respondents
        assert landed["organisations.parquet"] == received["organisations"].rows_accepted
        set_apart = sum(file.rows_received - file.rows_accepted for file in receipt.files)
        assert len(read_quarantine(own, YEAR, receipt.delivery)) == set_apart
        sample = pq.read_table(folder / "sample.parquet")
        assert len(set(sample.column("respondent_key").to_pylist())) == len(sample)
