"""dbt inside the program: parsed once a process, invoked once a load.

Starting dbt as a command costs seconds a call; `dbtRunner` on a manifest parsed once costs a fraction of one. Belongs
here: invoking dbt and reading what it did. Does not belong here: which models there are (the project says) and whether
a failed test matters (the gate says).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration.errors import ExitCode, ProgramError
from orchestration.lake import landing_folder
from orchestration.settings import Settings
from orchestration.warehouse.plan import RebuildPlan

Progress = Callable[[str, int, int], None]
_BUSY = "busy with another call"  # what DuckDB says of a cursor that another thread is using
# Unit tests run in the tests of the project; an exposure is what others make of the tables.
_NEVER_BUILT = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "exposure")
_CLOSING_ATTEMPTS, _CLOSING_PAUSE = 20, 0.1


class DbtBuildFailed(ProgramError):
    """A model could not be built: a fault of the project, not of the return."""

    exit_code = ExitCode.BUILD_FAILED


@dataclass(frozen=True)
class DbtBuild:
    """What one invocation did: dbt's own run results (unique id, status, failures, seconds) and the manifest."""

    run_results: dict[str, Any]
    manifest: dict[str, Any]


class DbtProject:
    """The dbt project with its manifest parsed. Make one a process.

    `target` is the folder that dbt writes to. The default is shared by all loads: its user holds the writer lock.
    """

    def __init__(self, settings: Settings, target: Path | None = None) -> None:
        self._settings = settings
        self._target = target or settings.home / "dbt"
        self._manifest: Any = None

    @property
    def manifest_path(self) -> Path:
        """Where dbt writes manifest.json; made by `parse`."""
        return self._target / "manifest.json"

    def parse(self) -> None:
        """Parses the project unless this process has done so; writes manifest.json."""
        if self._manifest is None:
            self._manifest = self._invoke(["parse"]).result

    def manifest(self) -> dict[str, Any]:
        """The parsed project as dbt writes it: models, seeds and tests with their descriptions and meta."""
        self.parse()
        content: dict[str, Any] = json.loads(self.manifest_path.read_text(encoding="utf-8"))
        return content

    def build(
        self,
        database: Path,
        release_year: int,
        plan: RebuildPlan,
        progress: Progress | None = None,
        narrowed: Sequence[str] = (),
    ) -> DbtBuild:
        """Builds the years of the plan and everything across years into `database`, tests included.

        `narrowed` are arguments of dbt that leave parts out, for whoever judges a return by its counts alone. Raises
        DbtBuildFailed, with the model and the message of the engine, where a model cannot be built.
        """
        self.parse()
        variables = {
            "data_origin": self._settings.data_origin,
            "release_year": release_year,
            "rebuild": [
                {
                    "survey_year": year,
                    "path": landing_folder(self._settings, year, plan.fingerprints[year].delivery).as_posix(),
                }
                for year in plan.years
            ],
        }
        arguments = ["build", "--vars", json.dumps(variables), *_NEVER_BUILT, *narrowed]
        excluded = ["tag:survey_year"] if not plan.years else []
        excluded += ["resource_type:seed"] if plan.keeps_seeds else []
        if excluded:
            # Tests of models that stand run all the same: a load stores a result of every check.
            arguments += ["--exclude", *excluded, "--indirect-selection", "empty"]
        with _database(database, self._settings):
            result, run_results = self._build(arguments, progress)
            if _has_collision(run_results):
                result, run_results = self._build(arguments, progress)
        _raise_for_broken_models(result, run_results)
        return DbtBuild(run_results, self.manifest())

    def _build(self, arguments: list[str], progress: Progress | None) -> tuple[Any, dict[str, Any]]:
        stored = self._target / "run_results.json"
        # What the load before stored must not be read as this one's, should dbt end without storing any.
        stored.unlink(missing_ok=True)
        result = self._invoke(arguments, progress, keep_going=True)
        if not stored.is_file():
            raise DbtBuildFailed(f"dbt stored no results in {stored}; load the year again.")
        return result, json.loads(stored.read_text(encoding="utf-8"))

    def _invoke(self, arguments: list[str], progress: Progress | None = None, *, keep_going: bool = False) -> Any:
        from dbt.cli.main import dbtRunner

        project = self._settings.dbt_project.as_posix()
        common = ["--project-dir", project, "--profiles-dir", project, "--target-path", self._target.as_posix()]
        common += ["--log-path", (self._settings.home / "logs").as_posix(), "--log-level", "none", "--quiet"]
        callbacks = [_progress_callback(progress)] if progress else []
        result = dbtRunner(manifest=self._manifest, callbacks=callbacks).invoke([*arguments, *common])
        if result.exception is not None or (not result.success and not keep_going):
            raise DbtBuildFailed(f"dbt {arguments[0]} failed: {result.exception or result.result}")
        return result


@contextmanager
def _database(path: Path, settings: Settings) -> Iterator[None]:
    """Names the warehouse file, threads and memory to the profile, and lets go of the file when dbt is done."""
    from dbt.adapters import factory

    names = {
        "NCPES_DBT_DATABASE": path.as_posix(),
        "NCPES_DBT_THREADS": str(settings.duckdb_threads),
        "NCPES_DBT_MEMORY_LIMIT": settings.duckdb_memory_limit,
    }
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        _let_go_of_the_file(factory)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _let_go_of_the_file(factory: Any) -> None:
    """Closes dbt's connections: as long as one is open, nobody else may open the file in another mode.

    A thread of dbt may still be in its last call, and a cursor in use refuses to be closed: it is asked again, for two
    seconds at most.
    """
    import duckdb
    from dbt.adapters.duckdb import connections

    manager: Any = connections.DuckDBConnectionManager
    manager.close_all_connections()
    for attempt in reversed(range(_CLOSING_ATTEMPTS)):
        try:
            factory.reset_adapters()
        except duckdb.Error as error:
            if not attempt or _BUSY not in str(error):
                raise
            time.sleep(_CLOSING_PAUSE)
        else:
            return


def _progress_callback(progress: Progress) -> Callable[[Any], None]:
    """Reports each finished node: its name, its index and how many there are."""

    def callback(event: Any) -> None:
        if event.info.name in {"LogModelResult", "LogSeedResult", "LogTestResult"}:
            # Tests count all nodes under another name than models and seeds do.
            total = event.data.num_models if event.info.name == "LogTestResult" else event.data.total
            progress(event.data.node_info.node_name, event.data.index, total)

    return callback


def _has_collision(run_results: dict[str, Any]) -> bool:
    """Whether two of dbt's threads asked the shared connection for a cursor at one moment.

    Rare, no fault of data or models, and cured by building again: the scratch warehouse is only this load's.
    """
    return any(_BUSY in str(node.get("message")) for node in run_results["results"])


def _raise_for_broken_models(result: Any, run_results: dict[str, Any]) -> None:
    """A broken test is the gate's business (status error); a broken model means that there is nothing to judge."""
    broken = [
        f"{node['unique_id']}: {node.get('message') or 'no message'}"
        for node in run_results["results"]
        if node["status"] == "error" and node["unique_id"].split(".")[0] in {"model", "seed", "snapshot"}
    ]
    if broken:
        raise DbtBuildFailed("dbt could not build " + "\n".join(broken))
    if result.result is None:
        raise DbtBuildFailed("dbt ended without results")
