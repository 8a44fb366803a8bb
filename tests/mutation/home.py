"""A home in which faults are planted: small drawn years with honest changes between them, put back before every load.

Belongs here: making, spoiling and loading returns, and what the stored decision said. Does not belong here: classes of
fault, or the table of what was noticed (`campaign`).
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from expectations.loader import load_suites
from expectations.runner import run_checks as run_suites
from orchestration.examples import write_examples
from orchestration.intake.refusal import IntakeRefused
from orchestration.load.candidate import build_candidate_tables
from orchestration.load.checks import check_context, run_checks
from orchestration.load.decision import decide_on_candidate
from orchestration.load.landing import land_returns, plan_of
from orchestration.load.load import Load, begin_load
from orchestration.load.models import build_cross_year_models, build_survey_year_models
from orchestration.load.promotion import promote_warehouse
from orchestration.load.writer_lock import writer_lock
from orchestration.registry import load_registry
from orchestration.settings import Settings
from orchestration.warehouse.dbt_project import BuiltNode, DbtProject
from tests.mutation.fault_class import FaultClass, Files
from tests.mutation.honest_change import change_honestly

YEAR = 2018
# What the checks of landed files, counts and movements read, and no more: a third of the time of a load.
COUNTS = (
    *("--select", "path:seeds", "path:models/staging", "path:models/intermediate", "fct_item_non_response"),
    *("fct_blank_answers", "fct_score_movements", "dim_release"),
    *("--exclude", "int_case_mix_fits", "int_support_cells"),
)
EARLY_LAYERS = ("landing", "staging")
EARLY_SUITES = ("marts/movement",)
KINDS = ("sample", "responses", "organisations")


@dataclass(frozen=True)
class Outcome:
    """What became of a load (refused, held, passed or crashed), and the checks that failed by severity.

    `alarms` are what the warnings point at, a check and the group that fails it; `years` the survey years for which a
    check failed, where it speaks of the return of a year.
    """

    verdict: str
    critical: Sequence[str] = ()
    warnings: Sequence[str] = ()
    alarms: Sequence[str] = ()
    years: Mapping[str, Sequence[int]] = field(default_factory=dict)

    @property
    def stopped(self) -> bool:
        """True where no release could follow. A load that crashed says nothing of the fault and does not count."""
        return self.verdict in ("refused", "held")

    def failed_in(self, year: int) -> dict[str, list[str]]:
        """Checks that failed for a year of the load, or for the release as such if it is the last, by severity."""
        return {
            severity: [check for check in checks if year in (self.years.get(check) or [YEAR])]
            for severity, checks in (("critical", self.critical), ("warnings", self.warnings))
        }


class Home:
    """Returns of the registry's years up to 2018, drawn and honestly changed; nothing is loaded yet."""

    def __init__(self, folder: Path, *, seed: int = 1, respondents: int = 7000, trusts: int = 30) -> None:
        self._live, self._kept = folder / "live", folder / "kept"
        self.settings = Settings.model_validate({"home": self._live, "data_origin": "synthetic"})
        registry = load_registry(self.settings.seeds)
        self.years = [year for year in registry.years if year <= YEAR]
        for year in self.years:
            write_examples(
                self.settings, registry, year, seed=seed, calibrated=False, respondents=respondents, trusts=trusts
            )
            files = self._read(year)
            change_honestly(files, seed)
            self._write(files)

    def load(self, *years: int, promotes: bool = False, to_the_end: bool = True) -> Outcome:
        """Load years to the decision of their candidate and read what was stored.

        The steps of every load, without Dagster's history and the files that a decision does not wait for. Not
        `to_the_end`: a return on which a critical check of landed files or counts fails is held whatever the rest of
        the load finds, and is not carried further.
        """
        try:
            with writer_lock(self.settings, "a load of the campaign"):
                load = begin_load(self.settings, years, str(uuid.uuid4()), datetime.now(UTC))
                land_returns(load)
                if not to_the_end and (held := self._check_counts(load)):
                    return held
                self._carry_on(load, promotes)
        except IntakeRefused:
            return Outcome("refused")
        except Exception as error:  # a load that crashed is an outcome too, and counts as a fault not noticed
            return Outcome("crashed", (f"{type(error).__name__}: {str(error)[:200]}",))
        return self._stored(years[-1])

    def _check_counts(self, load: Load) -> Outcome | None:
        """The outcome of checks that need neither fits nor publication tables, where they hold the return."""
        plan, dbt = plan_of(load), DbtProject(self.settings)
        run_through(dbt.build(load.database, dbt.variables(load.release_year, plan), COUNTS))
        suites = [suite for suite in load_suites() if suite.layer in EARLY_LAYERS or suite.name in EARLY_SUITES]
        with duckdb.connect(load.database.as_posix(), read_only=True) as connection:
            results = run_suites(connection, suites, [check_context(load, plan, load.release_year)]).results
        failed = [result.to_dict() for result in results if result.has_failed]
        return _outcome("held", failed) if _ids(failed, "critical") else None

    def _carry_on(self, load: Load, promotes: bool) -> None:
        run_through(build_survey_year_models(load))
        run_through(build_cross_year_models(load))
        build_candidate_tables(load)
        run_checks(load)
        decide_on_candidate(load)
        if promotes:
            promote_warehouse(load)

    def _stored(self, year: int) -> Outcome:
        folder = self.settings.candidates / str(year)
        decision = json.loads((folder / "decision.json").read_text(encoding="utf-8"))
        checks = json.loads((folder / "checks.json").read_text(encoding="utf-8"))
        failed = [check for check in checks if check["status"] in ("fail", "error")]
        return _outcome(decision["verdict"], failed)

    def keep(self) -> None:
        """Remember the home as it is, for `restore`."""
        shutil.copytree(self._live, self._kept, symlinks=True)

    def restore(self) -> None:
        """Put back what `keep` remembered: returns, lake and warehouse; what dbt parsed stays."""
        root = self.settings.root
        shutil.rmtree(root)
        shutil.copytree(self._kept / root.relative_to(self._live), root, symlinks=True)

    def plant(self, fault_class: FaultClass, share: float) -> None:
        """Spoil the files of the year by a class of fault."""
        files = self._read(YEAR)
        fault_class.plant(files, share)
        self._write(files)

    def _read(self, year: int) -> Files:
        now = [self._table(kind, year) for kind in KINDS]
        before = [self._table(kind, max(year - 1, self.years[0])) for kind in KINDS[:2]]
        folder = self.settings.returns / str(year)
        return Files(*now, folder, year, (before[0], before[1]), np.random.default_rng(year))

    def _write(self, files: Files) -> None:
        for kind in KINDS:
            getattr(files, kind).to_csv(self._path(kind, files.year), index=False, lineterminator="\n")

    def _table(self, kind: str, year: int) -> pd.DataFrame:
        return pd.read_csv(self._path(kind, year), dtype=str, keep_default_na=False)

    def _path(self, kind: str, year: int) -> Path:
        return self.settings.returns / str(year) / f"{kind}_{year}.csv"


def run_through(nodes: Iterable[BuiltNode]) -> None:
    """Builds models to the last; nobody looks at them one by one."""
    for _ in nodes:
        pass


def _outcome(verdict: str, failed: Sequence[dict[str, Any]]) -> Outcome:
    return Outcome(
        verdict,
        _ids(failed, "critical"),
        _ids(failed, "warning"),
        [alarm for check in failed if check["severity"] == "warning" for alarm in _alarms(check)],
        {check["check_id"]: list(check["survey_years"]) for check in failed},
    )


def _ids(failed: Sequence[dict[str, Any]], severity: str) -> list[str]:
    return [check["check_id"] for check in failed if check["severity"] == severity]


def _alarms(check: dict[str, Any]) -> list[str]:
    """A check with each group that fails it, by its keys; a check of no group by itself."""
    places = [" ".join(str(value) for value in group.values() if isinstance(value, str)) for group in check["groups"]]
    return [f"{check['check_id']} {place}".strip() for place in places] or [check["check_id"]]
