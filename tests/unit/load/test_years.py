"""Which years go into one load, and how Dagster is told."""

from __future__ import annotations

import pytest

from orchestration.load.years import consecutive, partition_tags, years_of_tags

REGISTERED = (2015, 2016, 2017, 2018)


@pytest.mark.parametrize(
    ("years", "loads"),
    [
        ([2018], [(2018,)]),
        ([2016, 2015, 2016], [(2015, 2016)]),
        ([2015, 2016, 2018], [(2015, 2016), (2018,)]),
        ([2017, 2019], [(2017,), (2019,)]),
        ([], []),
    ],
)
def test_years_that_follow_each_other_are_one_load(years: list[int], loads: list[tuple[int, ...]]) -> None:
    assert consecutive(years, REGISTERED) == loads


def test_a_year_without_a_survey_is_no_gap() -> None:
    assert consecutive([2019, 2021], (2019, 2021)) == [(2019, 2021)]


@pytest.mark.parametrize("years", [(2018,), (2016, 2017), REGISTERED])
def test_tags_give_back_the_years(years: tuple[int, ...]) -> None:
    assert years_of_tags(partition_tags(years), REGISTERED) == years


def test_a_run_without_a_partition_says_what_to_choose() -> None:
    with pytest.raises(ValueError, match="Choose survey years"):
        years_of_tags({}, REGISTERED)
