"""Each suppression rule on the smallest table that can tell right from wrong."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import pytest

from orchestration.disclosure.status import base_status, cell_status, change_status, option_status, trend_status
from orchestration.registry import load_registry
from orchestration.settings import PROJECT_ROOT


@dataclass(frozen=True)
class Policy:
    policy_id: str = "example"
    primary_threshold: int = 20
    secondary_rule: str = "one_small_group"
    secondary_group_kinds: tuple[str, ...] = ("tumour_group",)


POLICY = Policy()


def table(total: int, groups: dict[str, int], kind: str = "tumour_group", organisation: str = "R0A") -> pd.DataFrame:
    rows = [("all", "all", total), *((kind, code, n) for code, n in groups.items())]
    cells = pd.DataFrame(rows, columns=["group_kind", "group_code", "n_base"])
    return cells.assign(
        survey_year=2018, level="trust", organisation_code=organisation, question_id="q1", base_kind="all_answers"
    )


def statuses(cells: pd.DataFrame, policy: Policy = POLICY) -> dict[str, str]:
    return dict(zip(cells["group_code"], cell_status(cells, policy), strict=True))


@pytest.mark.parametrize(
    ("n_base", "status"),
    [(0, "no_answers"), (1, "suppressed_primary"), (20, "suppressed_primary"), (21, "published")],
)
def test_primary_at_its_edges(n_base: int, status: str) -> None:
    assert statuses(table(n_base, {}))["all"] == status


def test_one_small_group_hides_the_smallest_large_one() -> None:
    cells = table(200, {"breast": 100, "lung": 20, "skin": 30, "other": 50, "sarcoma": 0})
    assert statuses(cells) == {
        "all": "published",
        "breast": "published",
        "lung": "suppressed_primary",
        "skin": "suppressed_secondary",
        "other": "published",
        "sarcoma": "no_answers",
    }


def test_a_tie_hides_the_first_by_code_whatever_the_order_of_rows() -> None:
    cells = table(90, {"skin": 40, "lung": 10, "breast": 40})
    assert statuses(cells)["breast"] == "suppressed_secondary"
    assert statuses(cells)["skin"] == "published"
    assert statuses(cells.iloc[::-1]) == statuses(cells)


@pytest.mark.parametrize(
    ("total", "groups", "why"),
    [
        (100, {"lung": 10, "skin": 10, "breast": 80}, "two small groups protect each other"),
        (100, {"lung": 0, "skin": 50, "breast": 50}, "an empty group is not a small one"),
        (20, {"lung": 10, "skin": 10}, "the total is hidden, so nothing can be subtracted"),
        (30, {"lung": 10}, "no group is large enough to be hidden"),
    ],
)
def test_no_secondary(total: int, groups: dict[str, int], why: str) -> None:
    assert "suppressed_secondary" not in statuses(table(total, groups)).values(), why


def test_secondary_looks_only_at_the_kinds_of_the_policy_and_within_one_organisation() -> None:
    assert "suppressed_secondary" not in statuses(table(100, {"male": 10, "female": 90}, kind="sex")).values()
    two = pd.concat(
        [
            table(100, {"lung": 10, "skin": 90}, organisation="R0A"),
            table(100, {"lung": 30, "skin": 70}, organisation="R0B"),
        ],
        ignore_index=True,
    )
    secondary = two[cell_status(two, POLICY) == "suppressed_secondary"]
    assert secondary[["organisation_code", "group_code"]].values.tolist() == [["R0A", "skin"]]


def test_a_policy_without_a_secondary_rule_hides_small_bases_only() -> None:
    policy = Policy(primary_threshold=10, secondary_rule="none")
    assert statuses(table(100, {"lung": 10, "skin": 90}), policy) == {
        "all": "published",
        "lung": "suppressed_primary",
        "skin": "published",
    }


def test_what_cannot_be_estimated_is_hidden_only_where_no_rule_hides_it() -> None:
    cells = table(100, {"lung": 10}).assign(score_is_estimable=[False, False])
    assert statuses(cells) == {"all": "not_estimable", "lung": "suppressed_primary"}


def test_an_unknown_rule_a_missing_column_and_a_missing_base_are_errors() -> None:
    with pytest.raises(ValueError, match="secondary_rule 'guess'"):
        cell_status(table(100, {}), Policy(secondary_rule="guess"))
    with pytest.raises(ValueError, match="needs the columns base_kind"):
        cell_status(table(100, {}).drop(columns="base_kind"), POLICY)
    with pytest.raises(ValueError, match="1 cells have no n_base"):
        cell_status(table(100, {}).assign(n_base=None), POLICY)
    with pytest.raises(ValueError, match="1 cells have a negative n_base"):
        cell_status(table(-1, {}), POLICY)


def test_no_cells_give_no_statuses() -> None:
    assert cell_status(table(1, {}).iloc[:0], POLICY).empty


def test_the_registry_policy_is_one_this_code_knows() -> None:
    policy = load_registry(PROJECT_ROOT / "dbt_project" / "seeds").suppression_policy_of(2018)
    status = cell_status(table(200, {"breast": 100, "lung": 20, "skin": 80}), policy)
    assert status.tolist() == ["published", "published", "suppressed_primary", "suppressed_secondary"]


def test_groups_sort_by_code_as_they_sort_by_name() -> None:
    groups = load_registry(PROJECT_ROOT / "dbt_project" / "seeds").groups("tumour_group")
    assert [g.group_code for g in sorted(groups, key=lambda g: g.group_code)] == [
        g.group_code for g in sorted(groups, key=lambda g: g.group_label)
    ]


def test_base_status() -> None:
    n_base = pd.Series([None, 0, 20, 21, 21])
    estimable = pd.Series([True, True, True, True, False])
    expected = ["no_answers", "no_answers", "suppressed_primary", "published", "not_estimable"]
    assert base_status(n_base, estimable, POLICY).tolist() == expected
    assert base_status(n_base, None, POLICY).tolist() == [*expected[:4], "published"]


def test_a_change_is_shown_only_if_both_scores_are() -> None:
    changes = pd.DataFrame(
        [
            (2017, 2018, 50, 50, "published"),
            (2017, 2018, 20, 50, "published"),
            (2017, 2018, 50, 10, "published"),
            (2017, 2018, 0, 10, "published"),
            (2014, 2018, None, 10, "not_loaded"),
            (2015, 2018, 10, 10, "not_comparable"),
        ],
        columns=["survey_year_from", "survey_year_to", "n_base_from", "n_base_to", "comparability"],
    )
    policies = {2015: POLICY, 2017: POLICY, 2018: Policy(primary_threshold=10)}
    assert change_status(changes, policies).tolist() == [
        "published",
        "suppressed_primary",
        "suppressed_primary",
        "no_answers",
        "not_loaded",
        "not_comparable",
    ]
    with pytest.raises(ValueError, match="survey year 2017 has no suppression policy"):
        change_status(changes, {2018: POLICY})


def test_an_option_at_the_threshold_hides_its_question() -> None:
    options = pd.DataFrame(
        [
            *(("above", 79, 100, "published"), ("above", 21, 100, "published"), ("above", 0, 100, "published")),
            *(("at", 80, 100, "suppressed_primary"), ("at", 20, 100, "suppressed_primary")),
            ("none", 0, 0, "no_answers"),
        ],
        columns=["question_id", "n_answers", "n_base", "status"],
    )
    assert option_status(options, POLICY).tolist() == options["status"].tolist()
    with pytest.raises(ValueError, match="needs the columns n_base"):
        option_status(options.drop(columns="n_base"), POLICY)


def test_one_small_base_within_its_years_hides_a_trend() -> None:
    place = {"level": "trust", "concept_id": "care"}
    trends = pd.DataFrame(
        [
            {"organisation_code": "small in the series", "first_year": 2016, "last_year": 2018, "status": "published"},
            {"organisation_code": "small before", "first_year": 2017, "last_year": 2018, "status": "published"},
            {"organisation_code": "empty year", "first_year": 2016, "last_year": 2018, "status": "published"},
            {"organisation_code": "no trend", "first_year": 2016, "last_year": 2018, "status": "not_comparable"},
        ]
    ).assign(**place)
    sizes = {"small in the series": 20, "small before": 20, "empty year": 0, "no trend": 20}
    bases = pd.DataFrame(
        [
            {"organisation_code": code, "survey_year": year, "n_base": n if year == 2016 else 21}
            for code, n in sizes.items()
            for year in (2016, 2017, 2018)
        ]
    ).assign(**place)
    assert trend_status(trends, bases, POLICY).tolist() == [
        *("suppressed_primary", "published", "published", "not_comparable"),
    ]
