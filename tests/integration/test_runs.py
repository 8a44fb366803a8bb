"""Dagster runs of a load, in the history that the UI shows: one asset alone, and going on where a run failed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from dagster import (
    AssetKey,
    DagsterInstance,
    DagsterRunStatus,
    ReexecutionOptions,
    execute_job,
    reconstructable,
)

from orchestration.failures import Failed
from orchestration.release.publication.status import release_list
from orchestration.runner import PARENT_RUN_TAG, ROOT_RUN_TAG, NothingToResume
from orchestration.settings import PROJECT_ROOT
from tests.integration.conftest import World

pytestmark = pytest.mark.slow


def annual_load() -> Any:
    """The job, as Dagster finds it again in a process of its own."""
    from orchestration.definitions import defs

    return defs.resolve_job_def("annual_load")


@contextmanager
def history(world: World) -> Iterator[DagsterInstance]:
    with DagsterInstance.from_config(world.settings.dagster_home.as_posix()) as instance:
        yield instance


def boom(*_: Any) -> None:
    raise RuntimeError("Jane Doe 943 476 5919")


def digest(world: World) -> str:
    return str(json.loads((world.settings.candidates / "2018" / "candidate.json").read_text())["content_digest"])


def change_an_answer(world: World) -> None:
    world.rewrite(
        "responses", 2018, lambda rows: [rows[0] | {"Q59": "10" if rows[0]["Q59"] != "10" else "9"}, *rows[1:]]
    )


def fail_in_checks(world: World, monkeypatch: pytest.MonkeyPatch) -> str:
    """A load of a changed return that fails in its checks; the digest of its candidate."""
    change_an_answer(world)
    with monkeypatch.context() as patched:
        patched.setattr("orchestration.assets.decision.run_checks", boom)
        with pytest.raises(Failed, match="An unexpected error") as failed:
            world.load(2018)
    assert failed.value.exit_code == 1
    assert "Jane" not in str(failed.value)
    return digest(world)


def steps_of(instance: DagsterInstance, run_id: str) -> set[str]:
    return {stats.step_key for stats in instance.get_run_step_stats(run_id)}


AFTER_CANDIDATE = {
    *("check_results", "stored_check_results", "gate_decision", "quality_report", "candidate_files"),
    *("marts_database", "release"),
}


def test_a_failed_load_goes_on_at_the_step_that_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = fail_in_checks(world, monkeypatch)
    outcome = world.load(2018, resume=True)
    assert outcome.publication is not None and outcome.publication.version == "2018.1.1"
    assert digest(world) == before == outcome.publication.content_digest
    with history(world) as instance:
        resumed, failed = instance.get_runs(limit=2)
        assert resumed.tags[PARENT_RUN_TAG] == resumed.tags[ROOT_RUN_TAG] == failed.run_id
        assert steps_of(instance, resumed.run_id) == AFTER_CANDIDATE
    with pytest.raises(NothingToResume, match="did not fail"):
        world.load(2018, resume=True)


def test_re_execution_from_failure_by_dagster_itself_comes_to_the_same_release(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fail_in_checks(world, monkeypatch)
    with history(world) as instance:
        (failed,) = instance.get_runs(limit=1)
        options = ReexecutionOptions.from_failure(failed.run_id, instance)
        with execute_job(
            reconstructable(annual_load),
            instance,
            run_config=failed.run_config,
            tags=failed.tags,
            reexecution_options=options,
        ) as result:
            assert result.success, [str(event.event_specific_data) for event in result.all_events if event.is_failure]
            assert steps_of(instance, result.run_id) == AFTER_CANDIDATE
    assert digest(world) == before
    (latest,) = [row for row in release_list(world.settings) if row.is_latest]
    assert (latest.version, latest.content_digest) == ("2018.1.1", before)


def test_the_report_alone_is_made_again_by_dagsters_command_line(world: World) -> None:
    report = world.settings.candidates / "2018" / "report.html"
    report.unlink()
    command = [sys.executable, "-m", "dagster", "asset", "materialize", "-m", "orchestration.definitions"]
    environment = os.environ | {
        "NCPES_HOME": str(world.settings.home),
        "NCPES_DATA_ORIGIN": "synthetic",
        "DAGSTER_HOME": str(world.settings.dagster_home),
    }
    done = subprocess.run(
        [*command, "--select", "quality_report", "--partition", "2018"],
        cwd=PROJECT_ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert digest(world)[:12] in report.read_text(encoding="utf-8")
    with history(world) as instance:
        (run,) = instance.get_runs(limit=1)
        assert (run.status, steps_of(instance, run.run_id)) == (DagsterRunStatus.SUCCESS, {"quality_report"})


def test_a_model_is_materialised_when_it_is_built(loaded: World) -> None:
    """Models of one step have times of their own, and the tables say how many rows they have."""
    key = AssetKey(["intermediate", "int_question_cells"])
    with history(loaded) as instance:
        times = {}
        for name in (key, AssetKey(["marts", "fct_question_scores"]), AssetKey(["intermediate", "int_case_mix_fits"])):
            (record,) = instance.fetch_materializations(name, limit=1).records
            times[name] = record.timestamp
            assert record.asset_materialization is not None
            metadata = record.asset_materialization.metadata
            assert metadata["dagster/row_count"].value > 0
    assert len(set(times.values())) == 3
    assert min(times, key=lambda name: times[name]) == key
