"""An audit at the size of a survey year: its verdicts, its certificates, and its time."""

from __future__ import annotations

import time

import duckdb
import pytest

from orchestration.disclosure.audit.bounds import audit
from orchestration.disclosure.audit.verify import verify
from tests.benchmarks.disclosure_audit import made_up_year

# Seconds for one year on two cores.
ALLOWED = 60


@pytest.mark.parametrize("rounding", [1, 5])
def test_one_question_is_decided_and_certified(rounding: int) -> None:
    register = made_up_year(1, rounding, width=5)
    result = audit(register)
    assert result.outcomes["is_decided"].all() and not result.contradictions
    faults = verify(register, result.certificates, duckdb.connect())
    assert set(faults["fault"]) <= {"difference_too_small"}
    assert set(faults["subject"]) == set(result.outcomes.index[~result.outcomes["is_ok"]])


def test_two_processes_find_the_same_verdicts() -> None:
    register = made_up_year(2, 1, width=5)
    flags = ["is_exact", "is_within_3", "is_all", "is_none", "is_ok", "is_decided"]
    one, two = audit(register), audit(register, processes=2)
    assert one.outcomes[flags].equals(two.outcomes[flags]) and one.certificates.values.equals(two.certificates.values)


@pytest.mark.slow
@pytest.mark.parametrize("rounding", [1, 5])
def test_a_year_takes_less_than_a_minute(rounding: int) -> None:
    register = made_up_year(60, rounding, width=5)
    start = time.perf_counter()
    result = audit(register, processes=2)
    assert time.perf_counter() - start < ALLOWED
    assert result.outcomes["is_decided"].all() and len(result.outcomes) > 150_000
