"""What two releases differ in, and the marts database that analysts read meanwhile."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest
from release_example import KEYS, build, make_candidate, make_warehouse, score_rows

from orchestration.release.candidate import build_candidate
from orchestration.release.diff import ChangedColumn, diff_releases
from orchestration.release.errors import ReleaseError
from orchestration.release.marts_copy import swap_marts
from orchestration.release.publish import publish
from orchestration.settings import Settings

NOW = datetime(2019, 9, 4, 9, 30, tzinfo=UTC)


def test_equal_content_has_no_difference(settings: Settings, tmp_path: Path) -> None:
    folder, _ = make_candidate(settings)
    release = publish(settings, folder, now=NOW).folder
    build(settings, tmp_path / "again", 2018, score_rows(), seed=9)
    assert diff_releases(release, tmp_path / "again").is_equal


def test_rows_gone_new_and_changed_are_counted_and_ranked(settings: Settings, tmp_path: Path) -> None:
    release = publish(settings, make_candidate(settings)[0], now=NOW).folder
    rows = score_rows()
    small, large = rows[0], rows[1]
    rows[0] = (*small[:5], small[5] + 0.01, *small[6:])
    rows[1] = (*large[:3], "not_estimable", large[4], None, None, large[7])
    rows[2] = (*rows[2][:5], rows[2][5] + 0.2, *rows[2][6:])
    gone = rows.pop()
    rows.append((2018, "R0D", "q1", "published", 99, 0.5, True, "synthetic"))
    build(settings, tmp_path / "new", 2018, rows)
    diff = diff_releases(release, tmp_path / "new")
    assert (diff.tables_gone, diff.tables_new, len(diff.tables)) == ((), (), 1)
    table = diff.tables[0]
    assert (table.n_gone, table.n_new, table.n_changed, table.n_different) == (1, 1, 3, 5)
    assert table.gone == (gone[:3],)
    assert table.new == ((2018, "R0D", "q1"),)
    assert [round(row.size, 6) for row in table.changed] == [0.2, 0.01, 0.0]
    assert table.changed[2].changes["status"] == ("published", "not_estimable")
    assert table.columns_changed[0] == ChangedColumn("score", 3, pytest.approx(0.2))


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
