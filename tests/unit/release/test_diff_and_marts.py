"""What two releases differ in, and the marts database that analysts read meanwhile."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from release_example import KEYS, Row, build, make_candidate, make_warehouse, score_rows

from expectations.results import CheckResult
from orchestration.records import RecordError
from orchestration.release.candidate.diff import MAX_LISTED, ReleaseDiff, diff_releases
from orchestration.release.candidate.tables import build_candidate
from orchestration.release.errors import ReleaseError
from orchestration.release.publication.catalogue import make_writable
from orchestration.release.publication.publish import publish
from orchestration.release.report.earlier import compare_with_release, earlier_results
from orchestration.settings import Settings
from orchestration.warehouse.marts import swap_marts

NOW = datetime(2019, 9, 4, 9, 30, tzinfo=UTC)


def test_equal_content_has_no_difference(settings: Settings, tmp_path: Path) -> None:
    folder, _ = make_candidate(settings)
    release = publish(settings, folder, now=NOW).folder
    build(settings, tmp_path / "again", 2018, score_rows(), seed=9)
    assert diff_releases(release, tmp_path / "again").is_equal


def test_rows_gone_new_and_changed_are_counted_and_ranked(settings: Settings, tmp_path: Path) -> None:
    release = publish(settings, make_candidate(settings)[0], now=NOW).folder
    rows = score_rows()
    small, large, hidden = rows[0], rows[2], rows[1]
    rows[0] = (*small[:5], small[5] + 0.01, *small[6:])
    rows[1] = (*hidden[:3], "not_estimable", hidden[4], None, None, hidden[7])
    rows[2] = (*large[:5], large[5] + 0.2, *large[6:])
    gone = rows.pop()
    rows.append((2018, "R0D", "q1", "published", 99, 0.5, True, "synthetic"))
    build(settings, tmp_path / "new", 2018, rows)
    diff = diff_releases(release, tmp_path / "new", tmp_path / "differences.csv")
    assert (diff.tables_gone, diff.tables_new, len(diff.tables)) == ((), (), 1)
    table = diff.tables[0]
    assert (table.n_gone, table.n_new, table.n_changed, table.n_different) == (1, 1, 3, 5)
    assert [(d.key, d.before, d.after) for d in diff.largest[2:]] == [
        (f"{place(hidden)}: status", "published", "not_estimable"),
        *sorted([("2018, R0D, q1", "no row", "row"), (place(gone), "row", "no row")]),
    ]
    assert [(d.key, round(d.size or 0, 6), d.n_base) for d in diff.largest[:2]] == [
        (f"{place(large)}: score", 0.2, large[4]),
        (f"{place(small)}: score", 0.01, small[4]),
    ]
    assert diff.largest[1].before == f"{small[5]:.10g}"
    with (tmp_path / "differences.csv").open(newline="") as stream:
        written = list(csv.DictReader(stream))
    assert [row["key"] for row in written] == [difference.key for difference in diff.largest]
    assert diff.n_differences == len(written) == 5


def place(row: Row) -> str:
    return ", ".join(map(str, row[:3]))


def test_a_value_that_is_hidden_now_is_told_by_its_status_alone(settings: Settings, tmp_path: Path) -> None:
    """A cell printed by mistake must not stand in the report of the release that hides it."""
    release = publish(settings, make_candidate(settings)[0], now=NOW).folder
    rows = score_rows()
    printed = f"{rows[0][5]:.10g}"
    rows[0] = (*rows[0][:3], "suppressed_primary", rows[0][4], None, None, rows[0][7])
    build(settings, tmp_path / "new", 2018, rows)
    diff = diff_releases(release, tmp_path / "new", tmp_path / "differences.csv")
    (difference,) = diff.largest
    assert (difference.before, difference.after, difference.size) == ("published", "suppressed_primary", None)
    assert printed not in (tmp_path / "differences.csv").read_text()


def test_the_list_is_capped_and_the_file_is_not(settings: Settings, tmp_path: Path) -> None:
    rows = [(2018, f"R{n:03}", "q1", "published", 30 + n, 0.25, True, "synthetic") for n in range(MAX_LISTED + 20)]
    build(settings, tmp_path / "old", 2018, rows)
    build(settings, tmp_path / "new", 2018, [(*row[:5], 0.5, *row[6:]) for row in rows])
    diff = diff_releases(tmp_path / "old", tmp_path / "new", tmp_path / "differences.csv")
    assert [d.n_base for d in diff.largest] == sorted((30 + n for n in range(20, MAX_LISTED + 20)), reverse=True)
    assert diff.n_differences == len((tmp_path / "differences.csv").read_text().splitlines()) - 1 == MAX_LISTED + 20


def test_tables_and_columns_that_come_and_go(settings: Settings, tmp_path: Path) -> None:
    build(settings, tmp_path / "old", 2018, score_rows())
    warehouse = make_warehouse(settings.scratch / "w.duckdb", score_rows())
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("alter table publication.pub_methods rename note to remark")
        connection.execute("create table publication.pub_more as select 'x' as id, 'synthetic' as data_origin")
    build_candidate(warehouse, 2018, {**KEYS, "pub_more": ["id"]}, tmp_path / "new")
    diff = diff_releases(tmp_path / "old", tmp_path / "new")
    assert diff.tables_new == ("pub_more",)
    assert (diff.tables[0].columns_gone, diff.tables[0].columns_new) == (("note",), ("remark",))
    assert diff.tables[0].n_different == 0
    assert [(d.table, d.key, d.before, d.after) for d in diff.largest] == [
        ("pub_methods", "note", "column", "no column"),
        ("pub_methods", "remark", "no column", "column"),
        ("pub_more", "", "no table", "table"),
    ]


def test_a_candidate_is_compared_with_the_release_of_its_year_that_stands(settings: Settings) -> None:
    folder, _ = make_candidate(settings)
    assert compare_with_release(settings, folder, 2018) == ("", ReleaseDiff())
    publish(settings, folder, now=NOW)
    version, diff = compare_with_release(settings, folder, 2018)
    assert (version, diff.is_equal, diff.n_differences) == ("2018.1.0", True, 0)
    changed, _ = make_candidate(settings, shift=0.01)
    version, diff = compare_with_release(settings, changed, 2018)
    assert version == "2018.1.0" and diff.n_differences > 0
    assert (changed / "differences.csv").is_file()


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
    version, diff = compare_with_release(settings, changed, 2018)
    assert version == "2018.1.0"
    assert words in diff.problem
    assert str(settings.home) not in diff.problem
    assert not diff.is_equal and diff.largest == ()
    (changed / "candidate.json").write_text("{}")
    with pytest.raises(RecordError, match=r"candidate\.json is not a Candidate"):
        compare_with_release(settings, changed, 2018)


def test_earlier_results_are_those_of_earlier_years_that_can_be_read(settings: Settings) -> None:
    record = CheckResult("marts_a", "marts", "A", "why", "critical", "pass", observed="3").to_dict()
    for year, text in (("2016", "[{}]"), ("2017", json.dumps([record])), ("2018", json.dumps([record]))):
        (settings.candidates / year).mkdir(parents=True)
        (settings.candidates / year / "checks.json").write_text(text)
    found = earlier_results(settings, 2018)
    assert {year: [(r.check_id, r.observed) for r in results] for year, results in found.items()} == {
        2017: [("marts_a", "3")]
    }


def read_marts(place: Path, query: str) -> list[str]:
    """Rows as another process reads them: in one process a DuckDB file is opened once, the old one for ever."""
    attach = "import duckdb, sys; c = duckdb.connect(); c.sql(f\"attach '{sys.argv[1]}' as m (read_only)\")"
    code = f"{attach}; c.sql('use m'); print(*c.sql(sys.argv[2]).fetchall(), sep='\\n')"
    command = [sys.executable, "-c", code, str(place), query]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()


def test_marts_are_swapped_under_readers(settings: Settings) -> None:
    warehouse = make_warehouse(settings.scratch / "w.duckdb", score_rows())
    place = swap_marts(settings, warehouse)
    assert place == settings.marts_database
    with duckdb.connect() as reader:
        reader.execute(f"attach '{place}' as m (read_only)")
        assert reader.execute("select rating from m.marts.fct_ratings").fetchall() == [(9,)]
        with duckdb.connect(str(warehouse)) as writer:
            writer.execute("update marts.fct_ratings set rating = 10")
        swap_marts(settings, warehouse)
        assert reader.execute("select rating from m.marts.fct_ratings").fetchall() == [(9,)]
    assert read_marts(place, "select rating from m.marts.fct_ratings") == ["(10,)"]
    assert [path.name for path in place.parent.iterdir()] == [place.name]
    assert not place.stat().st_mode & 0o222


def test_marts_hold_facts_and_what_their_views_read_and_say_that_they_are_restricted(settings: Settings) -> None:
    warehouse = make_warehouse(settings.scratch / "w.duckdb", score_rows())
    place = swap_marts(settings, warehouse)
    tables = "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'm' order by all"
    assert read_marts(place, tables) == ["('intermediate.int_answers',)", "('main.about',)", "('marts.fct_ratings',)"]
    assert read_marts(place, "select q1 from m.marts.fct_responses") == ["(2,)"]
    about = read_marts(place, "from m.main.about")
    assert about[0] == "('status', 'unpublished')"
    assert about[1].startswith("('access', 'restricted")
    assert about[2] == "('data_origin', 'synthetic')"


def test_a_warehouse_without_marts_is_refused_and_the_old_marts_stay(settings: Settings) -> None:
    place = swap_marts(settings, make_warehouse(settings.scratch / "w.duckdb", score_rows()))
    before = place.read_bytes()
    empty = settings.scratch / "empty.duckdb"
    duckdb.connect(str(empty)).close()
    with pytest.raises(ReleaseError, match="has no schema marts"):
        swap_marts(settings, empty)
    assert place.read_bytes() == before
