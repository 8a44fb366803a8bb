"""What the report compares a candidate with: the release of its year that stands, and the checks of earlier years.

Belongs here: finding and reading what earlier loads left. Does not belong here: comparing content (`diff`).
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import duckdb

from expectations.results import CheckResult
from orchestration.records import RecordError
from orchestration.release.candidate.diff import ReleaseDiff, diff_releases
from orchestration.release.candidate.tables import read_candidate
from orchestration.release.publication.catalogue import read_catalogue
from orchestration.release.records.forms import CHECKS_FILE
from orchestration.release.report.inputs import Difference
from orchestration.release.sql import literal
from orchestration.settings import Settings

DIFFERENCES_FILE = "differences.csv"
# Rows shown of those that differ in the same column of the same table: enough to see which question or place it is.
SHOWN_ALIKE = 5
# A size is comparable within a column only: patients, log-odds and probabilities would crowd out every score. Within
# one, ten points on a large base matter more than on a small one, as the square root, by which sampling error shrinks.
_RANKED = """
    with told as (
        select
            *,
            regexp_extract(key, ': ([a-z_0-9]+)$', 1) as told,
            before in ('table', 'no table', 'column', 'no column', 'row', 'no row') as is_structure
        from read_csv({csv}, header = true, columns = {columns})
    ),
    ranked as (
        select
            *,
            count(*) over alike as n_alike,
            max(size) over alike is null as is_without_size,
            row_number() over (
                partition by "table", told, is_structure
                order by size * sqrt(coalesce(n_base, 1)) desc nulls last, n_base desc nulls last, key
            ) as place
        from told
        window alike as (partition by "table", told, is_structure)
    )
    select "table", key, before, after, size, n_base, n_alike
    from ranked
    where place <= {shown}
    order by
        not is_structure,
        coalesce(list_position({tables}, "table"), 99),
        told in ('p_adjusted', 'p_value'),
        is_without_size,
        "table", told, place
"""
_COLUMNS = (
    "{'table': 'varchar', 'key': 'varchar', 'before': 'varchar', 'after': 'varchar', 'size': 'double', "
    "'n_base': 'bigint'}"
)
# A reviewer's order: what is announced, what is most read, what follows from it.
_TABLES = (
    "pub_headline_claims",
    "pub_question_scores",
    "pub_adjusted_scores",
    "pub_response_rates",
    "pub_year_on_year",
)


def compare_with_release(settings: Settings, candidate: Path, release_year: int) -> tuple[str, ReleaseDiff]:
    """Version of the year's release that stands, and what is different in the candidate; no version where none does.

    `largest` are the first of each column of each table, ranked by size and base. Every difference stands in
    `differences.csv` beside the candidate. A release that is damaged is no fault of the candidate: what is wrong stands
    in `problem`, and the candidate gets its report. Raises RecordError where the candidate itself is damaged.
    """
    current = read_catalogue(settings).current(release_year)
    if current is None:
        return "", ReleaseDiff()
    read_candidate(candidate)
    try:
        diff = diff_releases(settings.releases / current.version, candidate, candidate / DIFFERENCES_FILE)
    except (RecordError, duckdb.Error, OSError, KeyError) as error:
        words = error.reason if isinstance(error, RecordError) else str(error).partition("\n")[0]
        # The report is published, and where the releases lie is nobody's business.
        diff = ReleaseDiff(problem=words.replace(f"{settings.releases}/", ""))
    return current.version, replace(diff, largest=rank_differences(candidate / DIFFERENCES_FILE))


def rank_differences(csv: Path) -> tuple[Difference, ...]:
    """The first SHOWN_ALIKE differences of each column of each table, by size and base; the announced tables first.

    `csv` is what `diff_releases` wrote; nothing where it is not there.
    """
    if not csv.is_file():
        return ()
    tables = "[" + ", ".join(literal(table) for table in _TABLES) + "]"
    with duckdb.connect() as connection:
        query = _RANKED.format(csv=literal(csv), columns=_COLUMNS, shown=SHOWN_ALIKE, tables=tables)
        rows = connection.execute(query).fetchall()
    # A table that came or went has no key.
    return tuple(Difference(table, key or "", *rest) for table, key, *rest in rows)


def earlier_results(settings: Settings, release_year: int) -> dict[int, list[CheckResult]]:
    """Results of the last load of each earlier survey year, held or not.

    Results that an older form of the program stored are left out: they would say nothing of the check of today.
    """
    found = {}
    for path in settings.candidates.glob(f"*/{CHECKS_FILE}"):
        if not path.parent.name.isdigit() or int(path.parent.name) >= release_year:
            continue
        try:
            records = json.loads(path.read_text(encoding="utf-8"))
            found[int(path.parent.name)] = [CheckResult.from_dict(record) for record in records]
        except (ValueError, TypeError, KeyError):
            continue
    return found
