"""The marts database that analysts read while a load replaces it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from release_example import make_warehouse, score_rows

from orchestration.errors import ExitCode
from orchestration.settings import Settings
from orchestration.warehouse.marts import MartsError, swap_marts


def read_marts(place: Path, query: str) -> list[str]:
    """Rows as another process reads them: in one process a DuckDB file is opened once, and the old one stays open."""
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
    with pytest.raises(MartsError, match="has no schema marts") as error:
        swap_marts(settings, empty)
    assert error.value.exit_code == ExitCode.BUILD_FAILED
    assert place.read_bytes() == before
