"""Which years go into one load, and how Dagster is told."""

from __future__ import annotations

import pytest

from orchestration.runner import consecutive, partition_tags

REGISTERED = (2015, 2016, 2017, 2018, 2019)


@pytest.mark.parametrize(
    ("years", "loads"),
    [
        ([2018], [(2018,)]),
        ([2017, 2015, 2016], [(2015, 2016, 2017)]),
        ([2015, 2017, 2018], [(2015,), (2017, 2018)]),
        ([2018, 2030], [(2018,), (2030,)]),
        ([2016, 2016], [(2016,)]),
        ([], []),
    ],
)
def test_consecutive_years_are_one_load(years: list[int], loads: list[tuple[int, ...]]) -> None:
    assert consecutive(years, REGISTERED) == loads


def test_a_year_without_a_survey_is_no_gap() -> None:
    assert consecutive([2019, 2021], (2019, 2021)) == [(2019, 2021)]


def test_a_run_names_its_partition_or_the_ends_of_a_range() -> None:
    assert partition_tags((2018,)) == {"dagster/partition": "2018"}
    assert partition_tags((2016, 2017, 2018)) == {
        "dagster/asset_partition_range_start": "2016",
        "dagster/asset_partition_range_end": "2018",
    }
