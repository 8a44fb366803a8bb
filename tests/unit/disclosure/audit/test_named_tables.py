"""Attacks that a simpler check misses, each by name; and what must not change a verdict."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from orchestration.disclosure.audit.bounds import Audit, audit
from orchestration.disclosure.audit.content_hash import register_hash
from orchestration.disclosure.audit.insider import with_insiders
from orchestration.disclosure.audit.problem import problem_of, propagate
from orchestration.disclosure.audit.register import Register, Targets
from orchestration.disclosure.audit.verdicts import summarise
from tests.unit.disclosure.audit.cases import random_register
from tests.unit.disclosure.audit.drafts import register_of


def ranges(result: Audit) -> dict[str, tuple[int, int]]:
    rows = result.outcomes
    pairs = zip(rows["lower"].astype(int), rows["upper"].astype(int), strict=True)
    return dict(zip(rows["target_key"], pairs, strict=True))


def test_a_chain_that_only_elimination_solves() -> None:
    """a+b+c - (b+c+d) + (d+e) - e = a: no single row says anything of a."""
    cells = dict.fromkeys("abcde", 9)
    rows = [("abc", 11), ("bcd", 12), ("de", 9), ("e", 4)]
    result = audit(register_of(cells, rows), full_ranges=True)
    assert ranges(result)["a"] == (4, 4) and not result.is_passed
    assert ranges(result)["b"] == (0, 7)


def test_a_pair_that_only_both_margins_solve() -> None:
    """Two hidden cells in each row and column: the capacities of both margins together leave one value."""
    cells = {"a": 5, "b": 1, "c": 1, "d": 5}
    result = audit(register_of(cells, [("ab", 5), ("cd", 5), ("ac", 5), ("bd", 5)]), full_ranges=True)
    assert ranges(result) == {"a": (4, 5), "b": (0, 1), "c": (0, 1), "d": (4, 5)}
    tighter = audit(register_of(cells, [("ab", 5), ("cd", 5), ("ac", 6), ("bd", 4)]), full_ranges=True)
    assert ranges(tighter) == {"a": (5, 5), "b": (0, 0), "c": (1, 1), "d": (4, 4)}


def test_a_half_integral_vertex() -> None:
    """Two triangles of pairs of at most one person: the linear program allows three in all, people are two at most."""
    cells = {**dict.fromkeys("abcdef", 1), "rest": 3}
    pairs = ("ab", "bc", "ac", "de", "ef", "df")
    rows = [*((pair, (0, 1)) for pair in pairs), ([*"abcdef", "rest"], 3)]
    result = audit(register_of(cells, rows), full_ranges=True)
    assert ranges(result)["rest"] == (1, 3) and result.n_milps > 0


def test_a_rating_whose_sum_and_squares_fix_everybody() -> None:
    """Three people, ratings with sum 25 and sum of squares 213: only 7, 8, 10."""
    cells = {f"rated {k}": 3 for k in range(11)}
    rows = [
        (list(cells), 3),
        ({f"rated {k}": k for k in range(1, 11)}, 25),
        ({f"rated {k}": k * k for k in range(1, 11)}, 213),
    ]
    result = audit(register_of(cells, rows), full_ranges=True)
    given = {key for key, value in ranges(result).items() if value == (1, 1)}
    assert given == {"rated 7", "rated 8", "rated 10"}
    assert result.outcomes["is_exact"].all()


def test_a_contradiction_names_its_figures_and_no_others() -> None:
    cells = dict.fromkeys("abcdef", 9)
    rows = [("ab", 4), ("cd", 6), ("ac", 5), ("bd", 4), ("ef", 9)]
    register = register_of(cells, rows)
    result = audit(register)
    assert [contradiction.rows for contradiction in result.contradictions] == [(0, 1, 2, 3)]
    message = result.contradictions[0].message(register)
    assert "table.n_positive [row 3] allows 4 to 4" in message and "row 4" not in message and "audit again" in message
    assert not result.is_passed
    # What is not connected with it is still judged.
    assert result.outcomes.set_index("target_key")["is_ok"].to_dict() == {
        **dict.fromkeys("abcd", False),
        "e": True,
        "f": True,
    }


def test_a_contradiction_of_integers_alone() -> None:
    """Halves satisfy these rows, people do not."""
    register = register_of(dict.fromkeys("abc", 1), [("ab", 1), ("bc", 1), ("ac", 1)])
    assert audit(register).contradictions[0].rows == (0, 1, 2)


def test_bounds_that_cross_are_a_contradiction_of_the_cell() -> None:
    register = register_of({"a": 3, "b": 9}, [("ab", 5)])
    crossed = replace(register, lower=np.array([4, 0]))
    result = audit(crossed)
    assert result.contradictions[0].rows == () and not result.is_passed
    assert "at least 4 and at most 3" in result.contradictions[0].message(crossed)


def test_an_insider_learns_what_an_outsider_does_not() -> None:
    """Two people, at least one of them positive: wide enough from outside, certain for the one who was negative."""
    register = with_insiders(register_of({"a": 2, "b": 9}, [("ab", (10, 11))], width=1, hidden=["a"]))
    by_attacker = audit(register, full_ranges=True).outcomes.set_index("attacker")
    assert bool(by_attacker.loc["outsider", "is_ok"])
    assert (by_attacker.loc["insider_negative", "lower"], by_attacker.loc["insider_negative", "upper"]) == (1, 1)
    assert bool(by_attacker.loc["insider_negative", "is_all"]) and not by_attacker.loc["insider_negative", "is_ok"]
    assert bool(by_attacker.loc["insider_positive", "is_ok"])


def test_everybody_and_nobody_are_verdicts_of_their_own() -> None:
    outcomes = audit(register_of({"a": 4, "b": 3}, [("ab", 7)], width=0)).outcomes
    assert outcomes["is_all"].all() and not outcomes["is_ok"].any()
    outcomes = audit(register_of({"a": 4, "b": 3}, [("ab", 0)], width=0)).outcomes
    assert outcomes["is_none"].all() and not outcomes["is_ok"].any()


def test_a_cell_without_answers_hides_nothing_and_fails_nothing() -> None:
    result = audit(register_of({"a": 0, "b": 9, "c": 9}, [("abc", 9)]))
    assert result.is_passed and not result.outcomes["is_exact"].any()


def test_a_cell_without_a_published_base_is_bounded_by_its_total() -> None:
    register = register_of({"a": 9, "no CCG": 10**9}, [(["a", "no CCG"], 30)])
    assert ranges(audit(register, full_ranges=True)) == {"a": (0, 9), "no CCG": (21, 30)}


def test_a_summary_counts_by_table_and_attacker() -> None:
    result = audit(with_insiders(register_of({"a": 4, "b": 3, "c": 9}, [("ab", 7), ("c", (2, 8))])))
    rows = summarise(result.outcomes).set_index("attacker")
    assert rows.loc["outsider"].to_dict() == {
        **{"table_name": "table", "n_targets": 3, "n_exact": 2, "n_within_3": 1, "n_all": 2, "n_none": 0},
        **{"n_undecided": 0, "n_failed": 2},
    }
    assert rows["n_targets"].to_dict() == {"insider_negative": 3, "insider_positive": 3, "outsider": 3}


def permuted(register: Register, seed: int) -> Register:
    """The same register with cells, rows and targets in another order."""
    random = np.random.default_rng(seed)
    cells, rows, targets = (random.permutation(n) for n in (register.n_cells, register.n_rows, register.n_targets))
    old = register.targets
    return Register(
        *(register.cell_keys[cells], register.lower[cells], register.upper[cells]),
        *(register.matrix[rows][:, cells], register.row_lower[rows], register.row_upper[rows]),
        rows=register.rows.iloc[rows].reset_index(drop=True),
        targets=Targets(
            *(old.names.iloc[targets].reset_index(drop=True), old.matrix[targets][:, cells]),
            *(old.width[targets], old.frame_lower[targets], old.frame_upper[targets]),
        ),
    )


@pytest.mark.parametrize("seed", range(14))
def test_another_order_changes_neither_verdict_nor_hash(seed: int) -> None:
    register = random_register(seed)
    other = permuted(register, seed)
    key = ["target_key", "attacker"]
    shown = [*key, "lower", "upper", "is_exact", "is_within_3", "is_all", "is_none", "is_ok"]
    tables = [audit(r, full_ranges=True).outcomes.sort_values(key)[shown] for r in (register, other)]
    pd.testing.assert_frame_equal(*(table.reset_index(drop=True) for table in tables))
    assert register_hash(register) == register_hash(other)


@pytest.mark.parametrize("part", ["upper", "row_upper", "cell_keys"])
def test_the_hash_sees_every_change(part: str) -> None:
    register = random_register(0)
    changed = getattr(register, part).copy()
    changed[-1] = "another" if part == "cell_keys" else changed[-1] + 1
    assert register_hash(replace(register, **{part: changed})) != register_hash(register)


@pytest.mark.parametrize("truth", [(1, 2, 3, 4), (3, 0, 1, 6), (2, 1, 2, 5)])
def test_another_truth_behind_the_same_figures_changes_nothing(truth: tuple[int, int, int, int]) -> None:
    a, b, c, d = truth
    bases = {"a": 6, "b": 6, "c": 6, "d": 9}
    register = register_of(bases, [("ab", a + b), ("cd", c + d), ("ac", a + c), ("bd", b + d)])
    same = register_of(bases, [("ab", 3), ("cd", 7), ("ac", 4), ("bd", 6)])
    assert register_hash(register) == register_hash(same)
    assert audit(register).outcomes.equals(audit(same).outcomes)


def test_the_search_order_changes_no_verdict() -> None:
    flags = ["is_exact", "is_within_3", "is_all", "is_none", "is_ok"]
    for seed in (0, 1, 4):
        results = [audit(random_register(seed), seed=start).outcomes[flags] for start in range(3)]
        assert all(result.equals(results[0]) for result in results)


def test_propagation_keeps_every_table_and_stops_where_bounds_creep() -> None:
    """x < y < x has no solution; its bounds move by one a pass and would need a billion passes."""
    register = register_of({"x": 10**9, "y": 10**9}, [({"x": 1, "y": -1}, (-5, -1)), ({"y": 1, "x": -1}, (-5, -1))])
    tight = propagate(problem_of(register)[0])
    assert (tight.lower <= tight.upper).all()
    assert audit(register).contradictions[0].rows == (0, 1)
