"""Bounds and verdicts equal those of all consistent tables, enumerated; certificates hold; contradictions are real."""

from __future__ import annotations

import duckdb
import pytest

from orchestration.disclosure.audit.bounds import Audit, audit
from orchestration.disclosure.audit.register import Register
from orchestration.disclosure.audit.verify import verify
from tests.unit.disclosure.audit.cases import SHAPES, random_register
from tests.unit.disclosure.audit.oracle import Expected, all_tables, expected

FLAGS = ("is_exact", "is_within_3", "is_all", "is_none", "is_ok")
FEW, MANY = 210, 2800
CONNECTION = duckdb.connect()


def check(seed: int) -> str:
    """Audits the register of a seed in both ways and compares; returns what kind of case it was."""
    register = random_register(seed)
    tables = all_tables(register)
    whole, quick = audit(register, full_ranges=True), audit(register, seed=seed)
    if not len(tables):
        check_contradictions(register, quick)
        return "contradiction"
    assert not whole.contradictions and not quick.contradictions
    wanted = expected(register, tables)
    for i, want in enumerate(wanted):
        got, fast = whole.outcomes.iloc[i], quick.outcomes.iloc[i]
        assert got["is_decided"] and fast["is_decided"], (seed, i)
        assert {flag: bool(got[flag]) for flag in FLAGS} == {flag: getattr(want, flag) for flag in FLAGS}, (seed, i)
        assert {flag: bool(fast[flag]) for flag in FLAGS} == {flag: getattr(want, flag) for flag in FLAGS}, (seed, i)
        if want.lower is not None:
            assert (got["lower"], got["least"]) == (want.lower, want.lower), (seed, i)
            assert (got["upper"], got["greatest"]) == (want.upper, want.upper), (seed, i)
            assert fast["lower"] <= want.lower <= fast["least"] <= fast["greatest"] <= want.upper <= fast["upper"]
    check_certificates(register, whole if seed % 2 else quick, wanted)
    return "milp" if whole.n_milps else "consistent"


def check_contradictions(register: Register, result: Audit) -> None:
    """Each named set has no table, and has one as soon as any of its rows is left out."""
    assert result.contradictions and not result.is_passed
    for contradiction in result.contradictions:
        rows = list(contradiction.rows)
        assert not len(all_tables(register, rows))
        assert all(len(all_tables(register, [r for r in rows if r != left_out])) for left_out in rows)


def check_certificates(register: Register, result: Audit, wanted: list[Expected]) -> None:
    """The verifier misses a certificate exactly where the tables are too few for the width."""
    faults = verify(register, result.certificates, CONNECTION)
    assert set(faults["fault"]) <= {"pair_missing", "difference_too_small"}
    required = register.targets.required
    narrow = {
        i
        for i, want in enumerate(wanted)
        if want.lower is None or want.upper is None or want.upper - want.lower < required[i]
    }
    assert set(faults["subject"].astype(int)) == narrow


@pytest.mark.parametrize("start", range(len(SHAPES)), ids=[shape.__name__ for shape in SHAPES])
def test_a_few_of_each_shape_agree_with_all_tables(start: int) -> None:
    kinds = [check(seed) for seed in range(start, FEW, len(SHAPES))]
    assert kinds.count("contradiction") < len(kinds) // 2


@pytest.mark.slow
@pytest.mark.parametrize("start", range(len(SHAPES)), ids=[shape.__name__ for shape in SHAPES])
def test_many_of_each_shape_agree_with_all_tables(start: int) -> None:
    kinds = [check(seed) for seed in range(FEW + start, FEW + MANY, len(SHAPES))]
    assert kinds.count("contradiction") < len(kinds) // 2


def test_the_seeds_hold_contradictions_and_vertices_that_are_not_integral() -> None:
    assert [check(seed) for seed in (0, 3, 17)] == ["consistent", "milp", "contradiction"]
