from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration.rehearsal.counts import ReconstructionError, allocate, solve_table
from orchestration.rehearsal.printing import PrintedForm, printed_points
from orchestration.rehearsal.published import PublishedCell, PublishedTable
from orchestration.rehearsal.respondents import Questionnaire
from orchestration.rehearsal.solve import rate_table, score_table

from .released import half_up, print_mean_limits, print_percentage, print_wilson


def cell(n_base: int, score: str | None = None, limits: tuple[str, str] | None = None) -> PublishedCell:
    lower, upper = (Decimal(limit) for limit in limits) if limits else (None, None)
    return PublishedCell(n_base, None if score is None else Decimal(score), lower, upper)


@pytest.mark.parametrize("n_base", [1, 7, 21, 66, 133, 177, 500, 1537])
def test_printed_percentages_and_limits_are_those_of_the_oracle(form: PrintedForm, n_base: int) -> None:
    counts = list(range(n_base + 1))
    printed = [printed_points(print_percentage(count, n_base)) for count in counts]
    assert form.percentages(n_base).tolist() == printed
    # Unbroken ranges of counts rest on this.
    assert printed == sorted(printed)
    lower, upper = form.percentage_limits(counts, n_base)
    oracle = [print_wilson(count, n_base) for count in counts]
    assert lower.tolist() == [printed_points(limit) for limit, _ in oracle]
    assert upper.tolist() == [printed_points(limit) for _, limit in oracle]


def test_a_mean_rating_is_rounded_once(form: PrintedForm) -> None:
    # 560 / 66 = 8.4848 is printed 8.48; rounded twice it would print 8.49.
    assert form.means(66)[560] == 848


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_an_allocation_adds_up_within_its_ranges(data: st.DataObject) -> None:
    bounds = data.draw(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50)), min_size=1, max_size=13))
    ranges = [range(min(pair), max(pair) + 1) for pair in bounds]
    total = data.draw(st.integers(sum(r[0] for r in ranges), sum(r[-1] for r in ranges)))
    shares = data.draw(st.lists(st.integers(0, 60), min_size=len(ranges), max_size=len(ranges)))
    counts = allocate(total, shares, ranges)
    assert sum(counts) == total
    assert all(count in allowed for count, allowed in zip(counts, ranges, strict=True))


def test_counts_of_a_table_print_as_published(form: PrintedForm, questionnaire: Questionnaire) -> None:
    table = PublishedTable(
        "R01",
        "q22",
        cell(429, "63", ("58.5", "67.6")),
        {"breast": cell(73, "60"), "lung": cell(111, "69"), "other": cell(225, "61"), "skin": cell(20)},
    )
    codes = score_table(table, form, questionnaire)
    assert codes is not None
    positive = set(questionnaire.option_codes["q22"]["positive"])
    counts = {group: sum(code in positive for code in answers.tolist()) for group, answers in codes.items()}
    assert {group: len(answers) for group, answers in codes.items()} == {g: c.n_base for g, c in table.groups.items()}
    for group, published in table.groups.items():
        if published.score is not None:
            assert print_percentage(counts[group], published.n_base) == published.score
    total = sum(counts.values())
    assert print_percentage(total, 429) == 63
    assert print_wilson(total, 429) == (Decimal("58.5"), Decimal("67.6"))


def test_a_hidden_total_leaves_its_groups_free(form: PrintedForm, questionnaire: Questionnaire) -> None:
    table = PublishedTable("R02", "q22", cell(9), {"other": cell(6), "skin": cell(3), "lung": cell(0)})
    codes = score_table(table, form, questionnaire)
    assert codes is not None
    assert {group: len(answers) for group, answers in codes.items()} == {"other": 6, "skin": 3, "lung": 0}


@pytest.mark.parametrize(
    ("total", "groups"),
    [
        # 33 of 40 print 83, and no count prints 81.
        (cell(40, "81", ("68.1", "91.3")), {"breast": cell(40)}),
        # The groups fix 20 of 40, the total prints 25 of 40.
        (cell(40, "63", ("47", "75.8")), {"breast": cell(20, "50"), "lung": cell(20, "50")}),
        # The score fits, the limits do not.
        (cell(40, "83", ("68.1", "91.4")), {"breast": cell(40)}),
    ],
)
def test_a_table_that_no_whole_numbers_print_has_no_solution(
    form: PrintedForm, questionnaire: Questionnaire, total: PublishedCell, groups: dict[str, PublishedCell]
) -> None:
    assert score_table(PublishedTable("R01", "q22", total, groups), form, questionnaire) is None


def test_groups_that_do_not_add_up_are_named(form: PrintedForm) -> None:
    table = PublishedTable("R01", "q22", cell(41, "50"), {"breast": cell(40, "50")})
    with pytest.raises(ReconstructionError, match=r"R01, q22: the bases .* 41"):
        next(solve_table(table, form.percentages, lambda _, counts: counts))


def rating_table(form: PrintedForm, groups: Sequence[Sequence[int]]) -> PublishedTable:
    """The table that a release would print of these ratings."""

    def print_mean(ratings: Sequence[int]) -> Decimal:
        return half_up(Fraction(sum(ratings), len(ratings)), 2)

    everybody = tuple(rating for ratings in groups for rating in ratings)
    limits = print_mean_limits(everybody) or (None, None)
    return PublishedTable(
        "R01",
        "q59",
        PublishedCell(len(everybody), print_mean(everybody), *limits),
        {
            f"group_{place}": PublishedCell(len(own), print_mean(own) if len(own) > 20 else None, None, None)
            for place, own in enumerate(groups)
        },
    )


@given(st.lists(st.lists(st.integers(0, 10), min_size=1, max_size=40), min_size=1, max_size=6))
@settings(max_examples=60, deadline=None)
def test_mean_ratings_of_any_release_are_found(form: PrintedForm, groups: list[list[int]]) -> None:
    table = rating_table(form, groups)
    found = rate_table(table, form)
    assert found is not None
    for name, cell in (*table.groups.items(), ("all", table.total)):
        ratings = np.concatenate(list(found.values())) if name == "all" else found[name]
        assert len(ratings) == cell.n_base
        assert ratings.min() >= 0
        assert ratings.max() <= 10
        if cell.score is not None:
            assert half_up(Fraction(int(ratings.sum()), cell.n_base), 2) == cell.score


@pytest.mark.parametrize("sizes", [(25,), (30, 60, 4, 1), (3,) * 13, (300, 200, 45, 12, 90)])
@pytest.mark.parametrize(("centre", "width"), [(8.8, 1.5), (9.4, 0.9), (5, 2.5)])
def test_intervals_of_ordinary_ratings_are_found(
    form: PrintedForm, sizes: tuple[int, ...], centre: float, width: float
) -> None:
    draw = np.random.default_rng(59)
    groups = [np.clip(np.rint(draw.normal(centre, width, size)), 0, 10).astype(int).tolist() for size in sizes]
    table = rating_table(form, groups)
    found = rate_table(table, form)
    assert found is not None
    together = tuple(np.concatenate(list(found.values())).tolist())
    assert print_mean_limits(together) == (table.total.ci_lower, table.total.ci_upper)
