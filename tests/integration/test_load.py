"""The annual load on small returns: what is published, what stays, what is said."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration.errors import ExitCode
from orchestration.failures import Failed
from orchestration.load.publication import PublicationRecord
from orchestration.load.run_record import RunRecord
from orchestration.release.publication.status import release_list, year_status
from orchestration.release.records.checks import read_full_results
from orchestration.runner import LoadOutcome
from orchestration.settings import Settings
from tests.integration.conftest import World, make_world

Rows = list[dict[str, str]]


def digest_of(world: World, year: int) -> str:
    manifest = world.settings.candidates / str(year) / "manifest.json"
    return str(json.loads(manifest.read_text())["content_digest"])


def published(outcome: LoadOutcome) -> tuple[bool, str | None]:
    """Whether a load published, and the version that its content has."""
    assert isinstance(outcome.publication, PublicationRecord)
    return outcome.publication.is_published, outcome.publication.version


def rebuilt(outcome: LoadOutcome) -> set[int]:
    """Survey years that a load rebuilt, from its run record."""
    return set(RunRecord.read(outcome.candidate / "run.json").rebuilt_years)


def same_returns(loaded: World, home: Path) -> World:
    """The returns of a world in a home where nothing is loaded."""
    shutil.copytree(loaded.settings.returns, home / "synthetic" / "returns")
    settings = Settings(home=home, data_origin="synthetic")
    return World(settings, loaded.registry)


def test_every_year_is_published_and_the_last_is_the_latest(loaded: World) -> None:
    rows = release_list(loaded.settings)
    assert [row.version for row in rows] == ["2016.1.0", "2017.1.0", "2018.1.0"]
    assert [row.version for row in rows if row.is_latest] == ["2018.1.0"]
    assert all(row.data_origin == "synthetic" for row in rows)


def test_a_release_holds_every_year_up_to_its_own_and_no_later_one(loaded: World) -> None:
    for release_year in (2016, 2017, 2018):
        folder = (loaded.settings.releases / "current" / str(release_year)).resolve()
        (file,) = (folder / "files" / "parquet").glob("*-pub_question_scores.parquet")
        years = set(pq.ParquetFile(file).read(["survey_year"])["survey_year"].to_pylist())
        assert years == set(range(2016, release_year + 1))


def test_loading_again_publishes_nothing(world: World) -> None:
    before = digest_of(world, 2018)
    outcome = world.load(2018)
    assert published(outcome) == (False, "2018.1.0")
    assert rebuilt(outcome) == set()
    assert digest_of(world, 2018) == before
    assert len(release_list(world.settings)) == 3


@pytest.mark.slow
def test_incremental_equals_full_refresh(world: World) -> None:
    before = digest_of(world, 2018)
    outcome = world.load(2018, full_refresh=True)
    assert rebuilt(outcome) == {2016, 2017, 2018}
    assert digest_of(world, 2018) == before
    assert published(outcome) == (False, "2018.1.0")


@pytest.mark.slow
def test_years_loaded_together_are_the_release_of_years_loaded_in_turn(loaded: World, tmp_path: Path) -> None:
    together = same_returns(loaded, tmp_path)
    outcome = together.load(2016, 2017, 2018)
    assert outcome.decision.is_passed, outcome.decision.reasons
    assert digest_of(together, 2018) == digest_of(loaded, 2018)
    assert [row.version for row in release_list(together.settings)] == ["2018.1.0"]
    assert {row.held_in_version for row in year_status(together.settings)} == {"2018.1.0"}


@pytest.mark.slow
def test_a_fault_in_an_earlier_year_holds_a_load_of_several(loaded: World, tmp_path: Path) -> None:
    together = same_returns(loaded, tmp_path)
    together.rewrite("responses", 2016, lambda rows: [row | {"Q22": ""} for row in rows])
    outcome = together.load(2016, 2017)
    assert outcome.is_held
    results = read_full_results(outcome.candidate)
    failed = [result for result in results if result.has_failed and result.severity == "critical"]
    assert any("2016" in result.observed for result in failed), [(r.check_id, r.observed) for r in failed]
    assert release_list(together.settings) == []


@pytest.mark.slow
def test_the_warehouse_can_be_deleted_and_made_again(world: World) -> None:
    before = digest_of(world, 2018)
    (world.settings.warehouse / "current").unlink()
    world.load(2018)
    assert digest_of(world, 2018) == before


@pytest.mark.slow
def test_the_order_of_rows_in_the_files_changes_nothing(world: World) -> None:
    before = digest_of(world, 2018)

    def shuffle(rows: Rows) -> Rows:
        return random.Random(7).sample(rows, len(rows))

    for kind in ("sample", "responses", "organisations"):
        world.rewrite(kind, 2018, shuffle)
    assert rebuilt(world.load(2018)) == {2018}
    assert digest_of(world, 2018) == before


@pytest.mark.slow
def test_a_changed_delivery_makes_later_years_stale_and_its_release_a_new_version(world: World) -> None:
    world.rewrite("responses", 2016, lambda rows: [row | {"Q22": "1"} for row in rows])
    outcome = world.load(2016)
    if outcome.is_held:  # so large a change is also held by the drift checks; then nothing may have moved
        assert {row.survey_year for row in year_status(world.settings) if row.stale} == set()
        return
    assert published(outcome) == (True, "2016.1.1")
    stale = {row.survey_year: [s.survey_year for s in row.stale] for row in year_status(world.settings)}
    assert stale == {2016: [], 2017: [2016], 2018: [2016]}
    again = world.load(2018)
    assert published(again) == (True, "2018.1.1")


@pytest.mark.slow
def test_a_small_correction_of_2016_marks_later_years_stale(world: World) -> None:
    def correct(rows: Rows) -> Rows:
        rows[0] = rows[0] | {"Q59": "10" if rows[0]["Q59"] != "10" else "9"}
        return rows

    world.rewrite("responses", 2016, correct)
    outcome = world.load(2016)
    assert outcome.decision.is_passed, outcome.decision
    stale = {row.survey_year: [s.survey_year for s in row.stale] for row in year_status(world.settings)}
    assert stale == {2016: [], 2017: [2016], 2018: [2016]}
    assert [row.version for row in release_list(world.settings)] == ["2016.1.0", "2017.1.0", "2018.1.0", "2016.1.1"]
    again = world.load(2018)
    assert published(again) == (True, "2018.1.1")
    report = json.loads((again.candidate / "report.json").read_text(encoding="utf-8"))
    listed = (again.candidate / "differences.csv").read_text(encoding="utf-8").splitlines()
    assert report["previous_version"] == "2018.1.0"
    assert report["n_differences"] == len(listed) - 1 >= len(report["differences"]) > 0
    assert all("2016" in row["key"] for row in report["differences"] if row["table"] == "pub_question_scores")
    earlier = report["earlier_results"]["landing_row_balance"]
    assert [(row["survey_year"], row["status"]) for row in earlier] == [(2017, "pass"), (2016, "pass")]


@pytest.mark.slow
def test_one_year_alone_says_which_comparisons_were_not_made(tmp_path: Path) -> None:
    world = make_world(tmp_path, (2018,))
    outcome = world.load(2018)
    assert outcome.decision.is_passed, outcome.decision.reasons
    folder = (world.settings.releases / "latest").resolve()
    (file,) = (folder / "files" / "parquet").glob("*-pub_year_on_year.parquet")
    assert set(pq.ParquetFile(file).read(["status"])["status"].to_pylist()) <= {"not_loaded", "not_comparable"}
    (file,) = (folder / "files" / "parquet").glob("*-pub_headline_claims.parquet")
    claims = pq.ParquetFile(file).read().to_pylist()
    reasons = {row["claim_id"]: row["reason"] for row in claims if row["status"] == "not_loaded"}
    assert reasons["financial_help_2018"] == "2015 not loaded"
    assert "not loaded" in (folder / "report.html").read_text(encoding="utf-8").lower()


def test_a_load_that_would_mix_origins_is_refused(world: World) -> None:
    note = world.settings.returns / "2018" / "return_2018.json"
    note.write_text(json.dumps({"survey_year": 2018, "data_origin": "actual"}), encoding="utf-8")
    with pytest.raises(Failed, match="synthetic") as refused:
        world.load(2018)
    assert refused.value.exit_code == ExitCode.WRONG_ORIGIN
    assert [row.version for row in release_list(world.settings) if row.is_latest] == ["2018.1.0"]


@pytest.mark.slow
def test_a_load_told_not_to_publish_ends_at_its_candidate(world: World) -> None:
    world.rewrite("responses", 2018, lambda rows: [{**rows[0], "Q59": "10"}, *rows[1:]])
    outcome = world.load(2018, publishes=False)
    assert published(outcome) == (False, None)
    assert len(release_list(world.settings)) == 3


def test_the_marts_are_readable_and_say_that_they_are_not_published(loaded: World) -> None:
    with duckdb.connect(loaded.settings.marts_database.as_posix(), read_only=True) as connection:
        years = connection.execute("select distinct survey_year from marts.fct_ratings order by 1").fetchall()
        about = " ".join(map(str, connection.execute("select * from about").fetchone() or ()))
    assert [year for (year,) in years] == [2016, 2017, 2018]
    assert "unpublished" in about.lower() or "not published" in about.lower()


def test_no_planted_identifier_leaves_the_raw_area(loaded: World) -> None:
    from orchestration.examples import PLANTED_IDENTIFIERS

    raw = {loaded.settings.returns, loaded.settings.quarantine}
    found = []
    for path in loaded.settings.home.rglob("*"):
        if path.is_file() and not any(folder in path.parents for folder in raw):
            content = path.read_bytes()
            found += [(path, text) for text in PLANTED_IDENTIFIERS if text.encode() in content]
    assert found == []


def test_settings_of_another_home_do_not_see_this_one(loaded: World, tmp_path: Path) -> None:
    assert release_list(Settings(home=tmp_path)) == []


def test_refusals_of_several_years_are_told_together(loaded: World, tmp_path: Path) -> None:
    world = make_world(tmp_path, (2016, 2017))
    for year in (2016, 2017):
        world.rewrite("responses", year, lambda rows: [row | {"Q1": "77"} for row in rows])
    with pytest.raises(Failed, match="the return of 2016 was refused") as said:
        world.load(2016, 2017)
    assert "the return of 2017 was refused" in str(said.value)
    assert said.value.exit_code == 26
    assert not world.settings.releases.exists()
