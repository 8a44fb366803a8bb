"""Which survey years go into one load, and how Dagster is told.

Years that follow each other in the registry are one load and one release, of the last of them: a release of a year is
everything known as of that year. Does not belong here: loading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

PARTITION_TAG = "dagster/partition"
RANGE_START_TAG = "dagster/asset_partition_range_start"
RANGE_END_TAG = "dagster/asset_partition_range_end"


def consecutive(years: Iterable[int], registered: Sequence[int]) -> list[tuple[int, ...]]:
    """The years in order, cut where the registry knows a year between two of them.

    A year that the registry does not know is a load of its own, which says so.
    """
    wanted = sorted(set(years))
    after = dict(pairwise(sorted(registered)))
    loads: list[list[int]] = []
    for year in wanted:
        if loads and after.get(loads[-1][-1]) == year:
            loads[-1].append(year)
        else:
            loads.append([year])
    return [tuple(load) for load in loads]


def partition_tags(years: Sequence[int]) -> dict[str, str]:
    """Tags of a run on the partitions of these years: one by its key, several by the first and the last."""
    if len(years) == 1:
        return {PARTITION_TAG: str(years[0])}
    return {RANGE_START_TAG: str(years[0]), RANGE_END_TAG: str(years[-1])}


def years_of_tags(tags: Mapping[str, str], registered: Iterable[int]) -> tuple[int, ...]:
    """The inverse of `partition_tags`; ValueError where a run has no partition."""
    if PARTITION_TAG in tags:
        return (int(tags[PARTITION_TAG]),)
    if RANGE_START_TAG in tags:
        first, last = int(tags[RANGE_START_TAG]), int(tags[RANGE_END_TAG])
        return tuple(year for year in sorted(registered) if first <= year <= last)
    raise ValueError("Choose survey years: the annual load runs on one partition or on several that follow each other.")
