"""A tiny warehouse and the candidate of it, decided on and packaged, for the tests of this folder and of faults."""

from __future__ import annotations

import atexit
import json
import random
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from expectations.loader import suites_digest
from expectations.results import LAYERS, CheckResult, results_digest, without_times
from orchestration.load.load import LOAD_FILE, LoadRecord
from orchestration.release.candidate.manifest import package_candidate
from orchestration.release.candidate.tables import PublicationModel, build_candidate
from orchestration.release.records.candidate import Candidate, TableRecord, read_candidate
from orchestration.release.records.checks import read_results
from orchestration.release.records.manifest import Manifest
from orchestration.settings import DataOrigin, Settings

MODELS = {
    "pub_question_scores": PublicationModel(("survey_year", "organisation_code", "question_id")),
    "pub_methods": PublicationModel(
        ("method_id",), "A method. It's constant.", {"z": "Multiplier of the standard error."}
    ),
}
CHECKS = without_times(
    [CheckResult(f"{layer}_rule", layer, "A rule", "It matters.", "critical", "pass") for layer in LAYERS]
)
DELIVERIES = {2017: "a" * 12, 2018: "b" * 12}
Row = tuple[Any, ...]


def score_rows(years: tuple[int, ...] = (2017, 2018), shift: float = 0.0, origin: str = "synthetic") -> list[Row]:
    """Rows of pub_question_scores; the last organisation is hidden."""
    rows: list[Row] = []
    for year in years:
        for o, organisation in enumerate(["R0A", "R0B", "R0C"]):
            for q in (1, 2, 10):
                shown = organisation != "R0C"
                score = (o + 1) / (q + 3) + shift
                rows.append(
                    (
                        year,
                        organisation,
                        f"q{q}",
                        "published" if shown else "suppressed_primary",
                        40 * q if shown else 7,
                    )
                    + ((score, score > 0.3) if shown else (None, None))
                    + (origin,)
                )
    return rows


def make_warehouse(path: Path, rows: list[Row], seed: int = 0) -> Path:
    """A warehouse with two published tables, rows in an order of no meaning, and marts with a view."""
    shuffled = list(rows)
    random.Random(seed).shuffle(shuffled)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    origin = rows[0][-1]
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema publication; create schema marts; create schema intermediate")
        connection.execute(
            "create table publication.pub_question_scores (survey_year smallint, organisation_code varchar, "
            "question_id varchar, status varchar, n_base hugeint, score double, is_high boolean, data_origin varchar)"
        )
        connection.executemany("insert into publication.pub_question_scores values (?, ?, ?, ?, ?, ?, ?, ?)", shuffled)
        connection.execute(
            "create table publication.pub_methods as select * from (values "
            "('wilson', 'an \"interval\", quoted', date '2018-04-01', 1.959963985, $o), "
            "('empty', '', null, -0.0, $o), ('none', null, null, 1e-5, $o), "
            "('lines', e'two\\nlines', null, 12345678901.5, $o)) t(method_id, note, valid_from, z, data_origin)",
            {"o": origin},
        )
        connection.execute("create table intermediate.int_answers as select 1 as respondent, 2 as q1")
        connection.execute("create table marts.fct_ratings as select 1 as respondent, 9 as rating")
        connection.execute("create view marts.fct_responses as select respondent, q1 from intermediate.int_answers")
    return path


def decide_on(
    folder: Path, verdict: str = "passed", checks: Sequence[Mapping[str, Any]] = CHECKS, **changes: Any
) -> None:
    """Store check results, a decision and a report beside a candidate."""
    candidate = read_candidate(folder)
    (folder / "checks.json").write_text(json.dumps(checks), encoding="utf-8")
    decision = {
        "verdict": verdict,
        "release_year": candidate.release_year,
        "data_origin": candidate.data_origin,
        "content_digest": candidate.content_digest,
        "inputs": {str(year): name for year, name in DELIVERIES.items() if year <= candidate.release_year},
        "as_of": "2019-07-01",
        "checks_sha256": results_digest(read_results(folder)),
        "suites_sha256": suites_digest(),
        "counts": {"pass": 4, "fail": 0, "error": 0, "not_applicable": 0},
        "failed_by_severity": {"critical": 0, "warning": 0, "info": 0},
        "reasons": ["marts_rule failed: A rule"] if verdict == "held" else [],
        "waivers_used": [],
        "waivers_ignored": [],
        "publishable_tables": [table.name for table in candidate.tables],
        "blocked_tables": [],
        "corrections": [],
    }
    decision |= changes
    decision["returns"] = changes.get("returns") or returns_of(decision["inputs"])
    (folder / "decision.json").write_text(json.dumps(decision), encoding="utf-8")
    (folder / "report.html").write_text("<html><body>Quality report</body></html>", encoding="utf-8")
    (folder / "run.json").write_text("{}", encoding="utf-8")
    LoadRecord(
        load_id="load",
        survey_years=(candidate.release_year,),
        as_of=date(2019, 7, 1),
        started_at=datetime(2019, 7, 1, tzinfo=UTC),
    ).write(folder / LOAD_FILE)


def make_candidate(
    settings: Settings, *, year: int = 2018, shift: float = 0.0, origin: DataOrigin = "synthetic", **changes: Any
) -> tuple[Path, Manifest]:
    """A candidate with its files and manifest, as a load leaves it before publication."""
    folder = settings.candidates / str(year)
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(_built(year, shift, origin), folder)
    decide_on(folder, **changes)
    manifest = package_candidate(settings, folder)
    activate(settings, manifest.deliveries)
    return folder, manifest


def returns_of(deliveries: Mapping[Any, str], intake: str = "rules") -> dict[str, dict[str, str]]:
    """What was landed of deliveries, by rules of some name."""
    return {str(year): {"delivery": d, "intake": intake, "registry": "rows"} for year, d in deliveries.items()}


def fingerprints_of(deliveries: Mapping[Any, str], intake: str) -> dict[str, dict[str, str]]:
    """What a warehouse built from these deliveries says of itself."""
    return {year: landed | {"code": "code"} for year, landed in returns_of(deliveries, intake).items()}


def activate(settings: Settings, deliveries: Mapping[int, str], intake: str = "rules") -> None:
    """Make deliveries the active ones, as a load does before it publishes."""
    warehouse = settings.warehouse / "current"
    warehouse.mkdir(parents=True, exist_ok=True)
    (warehouse / "warehouse.duckdb").touch()
    path = warehouse / "fingerprints.json"
    years = json.loads(path.read_text())["years"] if path.is_file() else {}
    path.write_text(json.dumps({"seeds": "", "years": years | fingerprints_of(deliveries, intake)}), encoding="utf-8")
    for year, delivery in deliveries.items():
        folder = settings.landing / f"survey_year={year}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "active").write_text(f"{delivery}\n", encoding="utf-8")


@cache
def _built(year: int, shift: float, origin: DataOrigin) -> Path:
    """A candidate built once for all tests that ask for the same."""
    home = Path(tempfile.mkdtemp(prefix="ncpes-release-example-"))
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    rows = score_rows(tuple(y for y in (2017, 2018) if y <= year), shift, origin)
    build(Settings(home=home, data_origin=origin), home / "candidate", year, rows)
    return home / "candidate"


def record_of(candidate: Candidate, name: str) -> TableRecord:
    """The record of a table of a candidate."""
    return {table.name: table for table in candidate.tables}[name]


def build(settings: Settings, folder: Path, year: int, rows: list[Row], seed: int = 0) -> Candidate:
    """A candidate without a decision."""
    return build_candidate(make_warehouse(settings.scratch / "warehouse.duckdb", rows, seed), year, MODELS, folder)
