"""What a published check result says of small groups."""

from __future__ import annotations

from typing import Any

import pytest

from expectations.results import CheckResult
from orchestration.release.records.checks import published_group, published_results
from tests.decisions import decided


def result(*groups: dict[str, Any], status: str = "fail", **fields: Any) -> CheckResult:
    values = {"observed": "0.3", "n_affected": 3, "denominator": 900} | fields
    return CheckResult(
        "landing_x", "landing", "Forms are there", "why", "critical", status, groups=groups, n_groups=len(groups),
        **values,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("group", "published"),
    [
        # Few people of an organisation: neither the count nor the share from which it follows.
        (
            {"trust_code": "R0A", "observed": 0.3, "n_affected": 3, "denominator": 10},
            {"trust_code": "R0A", "observed": "withheld", "n_affected": "withheld", "denominator": "1-20"},
        ),
        (
            {"trust_code": "R0A", "observed": 0.0, "n_affected": 0, "denominator": 14},
            {"trust_code": "R0A", "observed": "withheld", "n_affected": "withheld", "denominator": "1-20"},
        ),
        (
            {"trust_code": "R0A", "observed": 0.03, "n_affected": 20, "denominator": 600},
            {"trust_code": "R0A", "observed": "withheld", "n_affected": "1-20", "denominator": 600},
        ),
        ({"trust_code": "R0A", "observed": 0.3}, {"trust_code": "R0A", "observed": "withheld"}),
        ({"tumour_group": "lung", "observed": 7}, {"tumour_group": "lung", "observed": "1-20"}),
        # Many people, and nobody.
        (
            {"trust_code": "R0A", "observed": 0.035, "n_affected": 21, "denominator": 600},
            {"trust_code": "R0A", "observed": 0.035, "n_affected": 21, "denominator": 600},
        ),
        (
            {"trust_code": "R0A", "observed": 0.0, "n_affected": 0, "denominator": 600},
            {"trust_code": "R0A", "observed": 0.0, "n_affected": 0, "denominator": 600},
        ),
        # A patient group of an organisation may be hidden at any base.
        (
            {"trust_code": "R0A", "group_code": "lung", "observed": 0.5, "n_affected": 30, "denominator": 60},
            {"trust_code": "R0A", "group_code": "lung", "observed": "withheld", "n_affected": "withheld"}
            | {"denominator": 60},
        ),
        # The nation, and a key that nobody has thought of.
        (
            {"question_id": "q1", "observed": 7, "denominator": 9},
            {"question_id": "q1", "observed": 7, "denominator": 9},
        ),
        (
            {"ward": "7B", "observed": 0.5, "denominator": None},
            {"ward": "7B", "observed": "withheld", "denominator": None},
        ),
    ],
)
def test_figures_of_few_people_are_withheld(group: dict[str, Any], published: dict[str, Any]) -> None:
    assert published_group(group, 20) == published


def test_totals_do_not_give_what_its_groups_withhold() -> None:
    small = {"trust_code": "R0A", "observed": 0.3, "n_affected": 3, "denominator": 10}
    large = {"trust_code": "R0B", "observed": 0.3, "n_affected": 30, "denominator": 100}
    (published,) = published_results([result(small, large, n_affected=33, observed="0.3 over 2 groups")], 20)
    assert (published.n_affected, published.observed) == (None, "2 groups; figures of few people are withheld")
    assert published.groups[1] == large
    assert published.status == "fail"
    decision = decided([published])
    assert "landing_x failed: Forms are there" in decision.reasons


def test_ranges_over_groups_are_told_to_two_digits() -> None:
    ranged = result(status="pass", observed="0 to 0.0277778 over 139 groups")
    single = result(status="pass", observed="0.000500988")
    counts = result(status="pass", observed="73817 to 123527 over 2 groups")
    assert [r.observed for r in published_results([ranged, single, counts], 20)] == [
        "0 to 0.028 over 139 groups", "0.000500988", "73817 to 123527 over 2 groups",
    ]  # fmt: skip
