"""How a candidate differs from the current release of its year."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from release_example import MODELS, Row, build, make_candidate, make_warehouse, score_rows

from expectations.results import CheckResult
from orchestration.records import RecordError
from orchestration.release.candidate.tables import PublicationModel, build_candidate
from orchestration.release.publication.publish import publish
from orchestration.release.publication.releases import make_writable
from orchestration.release.report.collect import earlier_results
from orchestration.release.report.differences import (
    DIFFERENCES_TABLE,
    SHOWN_ALIKE,
    Comparison,
    compare_with_release,
    rank_differences,
)
from orchestration.release.report.inputs import Difference, EarlierResult
from orchestration.settings import Settings

NOW = datetime(2019, 9, 4, 9, 30, tzinfo=UTC)


@pytest.fixture
def release(settings: Settings) -> Path:
    """The current release of 2018."""
    return publish(settings, make_candidate(settings)[0], now=NOW).folder


def compare(settings: Settings, rows: list[Row]) -> Comparison:
    """A new candidate with these rows against the current release."""
    build(settings, settings.home / "new", 2018, rows)
    return compare_with_release(settings, settings.home / "new", 2018)


def written(settings: Settings) -> list[dict[str, str]]:
    """All differences, as the file for the reviewer has them."""
    with (settings.home / "new" / "differences.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_without_a_release_there_is_nothing_to_compare_with(settings: Settings) -> None:
    assert compare(settings, score_rows()) == Comparison()


def test_equal_content_has_no_difference(settings: Settings, release: Path) -> None:
    build(settings, settings.home / "new", 2018, score_rows(), seed=9)
    assert compare_with_release(settings, settings.home / "new", 2018) == Comparison(version=release.name)


def test_rows_gone_new_and_changed_are_counted_and_ranked(settings: Settings, release: Path) -> None:
    rows = score_rows()
    small, large, hidden = rows[0], rows[2], rows[1]
    rows[0] = (*small[:5], small[5] + 0.01, *small[6:])
    rows[1] = (*hidden[:3], "not_estimable", hidden[4], None, None, hidden[7])
    rows[2] = (*large[:5], large[5] + 0.2, *large[6:])
    gone = rows.pop()
    rows.append((2018, "R0D", "q1", "published", 99, 0.5, True, "synthetic"))
    found = compare(settings, rows)
    came_or_went = sorted([("2018, R0D, q1", "no row", "row"), (place(gone), "row", "no row")])
    status = (f"{place(hidden)}: status", "published", "not_estimable")
    assert [(row["key"], row["before"], row["after"]) for row in written(settings)[2:]] == [status, *came_or_went]
    assert [(d.key, d.before, d.after) for d in found.largest if d.size is None] == [*came_or_went, status]
    assert [(d.key, round(d.size or 0, 6), d.n_base) for d in found.largest[2:4]] == [
        (f"{place(large)}: score", 0.2, large[4]),
        (f"{place(small)}: score", 0.01, small[4]),
    ]
    assert found.largest[3].before == f"{small[5]:.10g}"
    assert found.n_differences == len(written(settings)) == 5


def place(row: Row) -> str:
    return ", ".join(map(str, row[:3]))


def test_a_value_that_is_hidden_now_is_described_by_its_status_alone(settings: Settings, release: Path) -> None:
    """A cell printed by mistake must not be in the report of the release that hides it."""
    rows = score_rows()
    printed = f"{rows[0][5]:.10g}"
    rows[0] = (*rows[0][:3], "suppressed_primary", rows[0][4], None, None, rows[0][7])
    (difference,) = compare(settings, rows).largest
    assert (difference.before, difference.after, difference.size) == ("published", "suppressed_primary", None)
    assert printed not in (settings.home / "new" / "differences.csv").read_text()


def test_the_first_of_each_column_are_shown_and_all_are_written(settings: Settings, release: Path) -> None:
    """By size and, as sampling error shrinks, the root of the base."""
    rows = [
        row if row[3] != "published" else (*row[:5], row[5] + (0.1 if row[4] == 40 else 0.05), *row[6:])
        for row in score_rows()
    ]
    found = compare(settings, rows)
    assert found.n_differences == len(written(settings)) == 12 > SHOWN_ALIKE == len(found.largest)
    assert {d.n_alike for d in found.largest} == {12}
    # 0.05 on 400 patients says more than 0.1 on 40, and that more than 0.05 on 80.
    assert [d.n_base for d in found.largest] == [400, 400, 400, 400, 40]
    assert {d.column for d in found.largest} == {"score"}


def test_differences_are_ranked_within_their_column_by_size_and_base() -> None:
    rows: list[tuple[object, ...]] = [("pub_x", "", None, "no table", "table", None, None, False)]
    rows += [
        ("pub_year_on_year", f"2018, ccg, Y{n}", "p_adjusted", "0.8", "0.1", (70 + n) / 100, n, True)
        for n in range(1, 9)
    ]
    rows += [
        ("pub_question_scores", "2018, trust, A", "score", "0.5", "0.9", 0.4, 21, True),
        ("pub_question_scores", "2018, ENG", "score", "0.6", "0.7", 0.1, 70000, True),
        ("pub_question_scores", "2018, trust, B", "status", "published", "suppressed_primary", None, 19, True),
    ]
    with duckdb.connect() as connection:
        connection.execute(DIFFERENCES_TABLE)
        connection.executemany("insert into differences values (?, ?, ?, ?, ?, ?, ?, ?)", rows)
        ranked = rank_differences(connection)
    assert [d.key for d in ranked[:4]] == ["", "2018, ENG: score", "2018, trust, A: score", "2018, trust, B: status"]
    last = ranked[4:]
    assert len(last) == SHOWN_ALIKE and {d.n_alike for d in last} == {8}
    assert last[0] == Difference("pub_year_on_year", "2018, ccg, Y8: p_adjusted", "0.8", "0.1", 0.78, 8, 8)


def test_tables_and_columns_that_come_and_go(settings: Settings, release: Path) -> None:
    warehouse = make_warehouse(settings.scratch / "w.duckdb", score_rows())
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("alter table publication.pub_methods rename note to remark")
        connection.execute("create table publication.pub_more as select 'x' as id, 'synthetic' as data_origin")
    models = MODELS | {"pub_more": PublicationModel(("id",))}
    build_candidate(warehouse, 2018, models, settings.home / "new")
    found = compare_with_release(settings, settings.home / "new", 2018)
    assert found.n_differences == 3
    assert [(d.table, d.key, d.column, d.before, d.after) for d in found.largest] == [
        ("pub_methods", "note", "", "column", "no column"),
        ("pub_methods", "remark", "", "no column", "column"),
        ("pub_more", "", "", "no table", "table"),
    ]


def damage_manifest(release: Path) -> None:
    (release / "manifest.json").chmod(0o644)
    (release / "manifest.json").write_text("{}")


def damage_table(release: Path) -> None:
    for path in (release / "files" / "parquet").glob("*pub_question_scores.parquet"):
        path.chmod(0o644)
        path.write_bytes(b"PAR1")


def remove_release(release: Path) -> None:
    make_writable(release)
    shutil.rmtree(release)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (damage_manifest, "manifest.json is not a Manifest"),
        (damage_table, "pub_question_scores.parquet"),
        (remove_release, "manifest.json cannot be read"),
    ],
)
def test_a_damaged_release_does_not_take_its_report_from_a_candidate(
    settings: Settings, damage: Callable[[Path], None], words: str
) -> None:
    damage(publish(settings, make_candidate(settings)[0], now=NOW).folder)
    changed, _ = make_candidate(settings, shift=0.01)
    found = compare_with_release(settings, changed, 2018)
    assert found.version == "2018.1.0"
    assert words in found.problem
    assert str(settings.home) not in found.problem
    assert (found.largest, found.n_differences) == ((), 0)
    (changed / "candidate.json").write_text("{}")
    with pytest.raises(RecordError, match=r"candidate\.json is not a Candidate"):
        compare_with_release(settings, changed, 2018)


def test_earlier_results_are_those_of_earlier_years_that_can_be_read(settings: Settings) -> None:
    record = CheckResult("marts_a", "marts", "A", "why", "critical", "pass", observed="3").to_dict()
    for year, text in (("2016", "[{}]"), ("2017", json.dumps([record])), ("2018", json.dumps([record]))):
        (settings.candidates / year).mkdir(parents=True)
        (settings.candidates / year / "checks.json").write_text(text)
    assert earlier_results(settings, 2018) == {"marts_a": (EarlierResult(2017, "pass", "3"),)}
