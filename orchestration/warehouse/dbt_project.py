"""dbt inside the program: the project parsed once, and invoked in this process.

Starting dbt as a command costs seconds a call; `dbtRunner` on a parsed manifest costs a fraction of one. Belongs here:
invoking dbt and reading what it did. Does not belong here: which models there are (the project says) and whether a
failed test matters (the gate says).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import threading
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Any

from orchestration.errors import ExitCode, ProgramError
from orchestration.lake import landing_folder
from orchestration.settings import Settings
from orchestration.warehouse.plan import RebuildPlan

if TYPE_CHECKING:
    import duckdb

_BUSY = "busy with another call"  # what DuckDB says of a cursor that another thread is using
_CLOSING_ATTEMPTS, _CLOSING_PAUSE = 20, 0.1
_FINISHED = {"LogModelResult", "LogSeedResult", "LogTestResult"}
_PARSED = "parsed-"
# Where this process has found the project parsed, and what dbt made of it, by digest: several homes share them.
_FOLDERS: dict[str, Path] = {}
_MANIFESTS: dict[str, Any] = {}


class DbtBuildFailed(ProgramError):
    """A model could not be built: a fault of the project, not of the return."""

    exit_code = ExitCode.BUILD_FAILED


@dataclass(frozen=True)
class BuiltNode:
    """A model or seed that dbt has built: unique id, seconds, type of each column, and rows where it is a table."""

    unique_id: str
    seconds: float
    column_types: Mapping[str, str]
    rows: int | None


class DbtProject:
    """The dbt project on the data of one home and origin. Its user holds the writer lock, except for `manifest`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._target = settings.home / "dbt" / "target"

    def manifest(self) -> dict[str, Any]:
        """The parsed project as dbt writes it: models, seeds and tests with their descriptions and meta."""
        content: dict[str, Any] = json.loads((self._parsed / "manifest.json").read_text(encoding="utf-8"))
        return content

    def variables(self, release_year: int, plan: RebuildPlan) -> dict[str, Any]:
        """What the models are told of a load: its origin, its release year, and the deliveries of rebuilt years."""
        rebuild = [
            {
                "survey_year": year,
                "path": landing_folder(self._settings, year, plan.fingerprints[year].delivery).as_posix(),
            }
            for year in plan.years
        ]
        return {"data_origin": self._settings.data_origin, "release_year": release_year, "rebuild": rebuild}

    def build(self, database: Path, variables: Mapping[str, Any], selection: Sequence[str]) -> Iterator[BuiltNode]:
        """Builds the selected models and seeds into `database`, without tests, and gives each as soon as it is built.

        `selection` are arguments of dbt such as `--select tag:survey_year`. Raises DbtBuildFailed, with the model and
        the message of the engine, where a model cannot be built.
        """
        arguments = ["build", *selection, *_vars(variables)]
        arguments += ["--exclude-resource-type", "test", "--exclude-resource-type", "unit_test"]
        given: set[str] = set()
        with self._opened(database):
            for attempt in (1, 2):
                for node in self._stream(arguments, database):
                    if node.unique_id not in given:
                        given.add(node.unique_id)
                        yield node
                results = self._run_results()
                if attempt == 2 or not _has_collision(results):
                    break
        _raise_for_broken_models(results)

    def test(self, database: Path, variables: Mapping[str, Any]) -> dict[str, Any]:
        """Runs every data test on the tables of `database`; dbt's run results (unique id, status, failures,
        seconds)."""
        with self._opened(database):
            self._invoke(["test", *_vars(variables), "--exclude-resource-type", "unit_test"])
            results = self._run_results()
            if _has_collision(results):
                self._invoke(["test", *_vars(variables), "--exclude-resource-type", "unit_test"])
                results = self._run_results()
        return results

    @property
    def _parsed(self) -> Path:
        """Folder of the parsed project: parsed where these very files of the project have not been parsed yet.

        A process that needs the manifest alone, like those of the UI, reads it without dbt and without the writer lock:
        a folder appears whole, by one rename.
        """
        digest = _digest_of_project(self._settings.dbt_project)
        own = self._settings.home / "dbt" / f"{_PARSED}{digest[:16]}"
        folder = _FOLDERS.get(digest, own)
        if not (folder / "manifest.json").is_file():
            folder = own
            folder.parent.mkdir(parents=True, exist_ok=True)
            incoming = folder.with_name(f".parsing-{uuid.uuid4()}")
            _dbt(["parse", *self._common(incoming)])
            try:
                incoming.rename(folder)
            except OSError:  # another process was sooner
                shutil.rmtree(incoming, ignore_errors=True)
            for old in folder.parent.glob(f"{_PARSED}*"):
                if old != folder:
                    shutil.rmtree(old, ignore_errors=True)
        _FOLDERS[digest] = folder
        return folder

    def _common(self, target: Path) -> list[str]:
        project = self._settings.dbt_project.as_posix()
        common = ["--project-dir", project, "--profiles-dir", project, "--target-path", target.as_posix()]
        return [*common, "--log-path", (self._settings.home / "logs").as_posix(), "--log-level", "none", "--quiet"]

    def _invoke(self, arguments: list[str], callbacks: Sequence[Any] = ()) -> None:
        """One dbt command; its outcome is in the run results."""
        # What the command before stored must not be read as this one's, should dbt end without storing any.
        (self._target / "run_results.json").unlink(missing_ok=True)
        _dbt([*arguments, *self._common(self._target)], self._manifest_object(), callbacks, keep_going=True)

    def _manifest_object(self) -> Any:
        """The parsed project as dbt holds it, once a process: dbt goes on from what was parsed, in a folder of its
        own."""
        digest = _digest_of_project(self._settings.dbt_project)
        if digest not in _MANIFESTS:
            self._target.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(self._parsed / "partial_parse.msgpack", self._target / "partial_parse.msgpack")
            _MANIFESTS[digest] = _dbt(["parse", *self._common(self._target)])
        return _MANIFESTS[digest]

    def _run_results(self) -> dict[str, Any]:
        stored = self._target / "run_results.json"
        if not stored.is_file():
            raise DbtBuildFailed(f"dbt stored no results in {stored}; load the year again.")
        content: dict[str, Any] = json.loads(stored.read_text(encoding="utf-8"))
        return content

    def _stream(self, arguments: list[str], database: Path) -> Iterator[BuiltNode]:
        """Runs a command on a thread of its own, and gives its nodes in the order in which they end."""
        import duckdb

        finished: SimpleQueue[Any] = SimpleQueue()
        failures: list[BaseException] = []

        def callback(event: Any) -> None:
            if event.info.name in _FINISHED:
                finished.put(event.data)

        def run() -> None:
            try:
                self._invoke(arguments, [callback])
            except BaseException as error:  # raised again by the thread that waits
                failures.append(error)
            finally:
                finished.put(None)

        self._manifest_object()  # imports dbt on this thread: what a passing thread imports is never let go of
        worker = threading.Thread(target=run, name="dbt")
        worker.start()
        try:
            while (data := finished.get()) is not None:
                if data.node_info.node_status == "success":
                    with duckdb.connect(database.as_posix()) as connection:
                        yield _built(connection, data.node_info, data.execution_time)
        finally:
            worker.join()
        if failures:
            raise failures[0]

    @contextmanager
    def _opened(self, path: Path) -> Iterator[None]:
        """Names the warehouse file, threads and memory to the profile, and lets go of the file when dbt is done."""
        from dbt.adapters import factory

        names = {
            "NCPES_DBT_DATABASE": path.as_posix(),
            "NCPES_DBT_THREADS": str(self._settings.duckdb_threads),
            "NCPES_DBT_MEMORY_LIMIT": self._settings.duckdb_memory_limit,
        }
        before = {name: os.environ.get(name) for name in names}
        writes_bytecode = not sys.dont_write_bytecode
        os.environ.update(names)
        # dbt runs a Python model from a temporary file, whose bytecode nobody would ever remove.
        sys.dont_write_bytecode = True
        try:
            yield
        finally:
            _let_go_of_the_file(factory)
            sys.dont_write_bytecode = not writes_bytecode
            for name, value in before.items():
                if value is None:
                    os.environ.pop(name, None)
                else:
                    os.environ[name] = value


def _vars(variables: Mapping[str, Any]) -> list[str]:
    return ["--vars", json.dumps(variables)]


def _dbt(
    arguments: Sequence[str], manifest: Any = None, callbacks: Sequence[Any] = (), *, keep_going: bool = False
) -> Any:
    from dbt.cli.main import dbtRunner

    result = dbtRunner(manifest=manifest, callbacks=list(callbacks)).invoke(list(arguments))
    if result.exception is not None or (not result.success and not keep_going):
        raise DbtBuildFailed(f"dbt {arguments[0]} failed: {result.exception or result.result}")
    return result.result


@cache
def _digest_of_project(project: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(project.rglob("*")):
        if path.is_file() and not {"target", "logs"} & set(path.relative_to(project).parts[:1]):
            digest.update(path.relative_to(project).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _built(connection: duckdb.DuckDBPyConnection, node: Any, seconds: float) -> BuiltNode:
    """Relation, columns and rows of a node in the warehouse; rows of a view are not counted, which would compute it."""
    relation = node.node_relation.relation_name
    types = {str(row[0]): str(row[1]) for row in connection.execute(f"describe {relation}").fetchall()}
    rows = None
    if node.materialized in ("table", "incremental", "seed"):
        rows = int(connection.execute(f"select count(*) from {relation}").fetchall()[0][0])
    return BuiltNode(node.unique_id, seconds, types, rows)


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


def _has_collision(run_results: Mapping[str, Any]) -> bool:
    """Whether two of dbt's threads asked the shared connection for a cursor at one moment.

    Rare, no fault of data or models, and cured by building again: the scratch warehouse is only this load's.
    """
    return any(_BUSY in str(node.get("message")) for node in run_results["results"])


def _raise_for_broken_models(run_results: Mapping[str, Any]) -> None:
    """A broken model means that there is nothing to check."""
    broken = [
        f"{node['unique_id']}: {node.get('message') or 'no message'}"
        for node in run_results["results"]
        if node["status"] == "error" and node["unique_id"].split(".")[0] in {"model", "seed", "snapshot"}
    ]
    if broken:
        raise DbtBuildFailed("dbt could not build " + "\n".join(broken))
