"""Step 4, checks: every check of the suites and every dbt test; a check that cannot be evaluated is a result too.

Reads: the load's warehouse, the landed deliveries and candidate.json. Stores: check_results.json, for the reviewer
alone, and checks.json, the same results as they are published. Nothing is raised for a check that breaks, so that a
load that has come so far always gets its decision. Does not belong here: evaluating a check (`expectations`) or
deciding (`decision`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

import duckdb

from expectations.context import CheckContext
from expectations.data_docs import write_data_docs
from expectations.dbt import dbt_results
from expectations.error_messages import headline
from expectations.loader import Suite, load_suites
from expectations.results import CheckResult
from expectations.runner import CheckRun, broken_results
from expectations.runner import run_checks as run_suites
from orchestration.lake import landing_folder
from orchestration.load.landing import plan_of
from orchestration.load.load import Load
from orchestration.load.run_record import add_to_run_record, timed
from orchestration.release.records.candidate import read_candidate
from orchestration.release.records.checks import write_results
from orchestration.settings import Settings
from orchestration.warehouse.dbt_project import DbtProject

if TYPE_CHECKING:
    from orchestration.warehouse.plan import RebuildPlan

SUITES_CHECK = "suites_can_be_read"
CANDIDATE_CHECK = "publication_candidate_has_no_defect"
DBT_CHECK = "dbt_results_can_be_read"


def run_checks(load: Load) -> list[CheckResult]:
    """Runs every check on the load's warehouse and stores the results; gives them with every figure."""
    plan = plan_of(load)
    suites: list[Suite] = []
    with timed(load, "checks"):
        results = _results_of_dbt(load, plan)
        try:
            suites = load_suites(load.settings.suites)
        except Exception as error:  # which checks there are is not known: the gate misses their layers as well
            results.append(_broken(SUITES_CHECK, "The check suites can be read", headline(error)))
        run = _run_suites(load, plan, suites)
        results += run.results
        results.append(_defects_of_candidate(load))
    _store(load, results)
    if load.options.writes_data_docs and suites:
        with timed(load, "data docs"):
            write_data_docs(load.candidate / "data_docs", suites, run, load.settings.data_origin)
    return results


def check_context(load: Load, plan: RebuildPlan, survey_year: int) -> CheckContext:
    """What the checks of a load are told when they check the return of a year."""
    settings = load.settings
    return CheckContext(
        release_year=load.release_year,
        survey_year=survey_year,
        data_origin=settings.data_origin,
        landing=landing_folder(settings, survey_year, plan.fingerprints[survey_year].delivery),
        has_published_figures=_has_published_figures(settings, survey_year),
        thresholds={
            "max_quarantined_share_of_file": settings.max_quarantined_share_of_file,
            "max_quarantined_share_of_organisation": settings.max_quarantined_share_of_organisation,
        },
    )


def _has_published_figures(settings: Settings, survey_year: int) -> bool:
    """Actual returns and calibrated examples should give the published national figures; drawn years should not.

    The note of an earlier year is gone where its files were put away: nothing is claimed of it then.
    """
    if settings.data_origin == "actual":
        return True
    note = settings.returns / str(survey_year) / f"return_{survey_year}.json"
    return note.is_file() and bool(json.loads(note.read_text(encoding="utf-8")).get("is_calibrated", False))


def _run_suites(load: Load, plan: RebuildPlan, suites: Sequence[Suite]) -> CheckRun:
    """One result a check; where the run as a whole breaks, an error for each of them."""
    try:
        with duckdb.connect(load.built_database.as_posix(), read_only=True) as connection:
            contexts = [check_context(load, plan, year) for year in plan.checked_years(load.survey_years)]
            return run_suites(connection, suites, contexts)
    except Exception as error:  # not one result can be relied upon
        return CheckRun(broken_results(suites, f"the checks could not be run: {headline(error)}"), {})


def _results_of_dbt(load: Load, plan: RebuildPlan) -> list[CheckResult]:
    dbt = DbtProject(load.settings)
    try:
        return dbt_results(dbt.test(load.built_database, dbt.variables(load.release_year, plan)), dbt.manifest())
    except Exception as error:  # the gate misses every dbt test as well
        return [_broken(DBT_CHECK, "The results of dbt's tests can be read", headline(error))]


def _defects_of_candidate(load: Load) -> CheckResult:
    """Whether the candidate has the structure that its files need: whole keys, each once, and finite numbers."""
    defects = read_candidate(load.candidate).defects
    return CheckResult(
        check_id=CANDIDATE_CHECK,
        layer="publication",
        title="Every row of the publication tables has a complete, unique key and finite numbers",
        why="Such rows have no reproducible order in a file, and a reader would find two values.",
        severity="critical",
        status="fail" if defects else "pass",
        engine="candidate",
        expected="no defect",
        observed="; ".join(defects) or "none",
        n_affected=len(defects),
        next_step="correct the publication models and load again" if defects else "",
        is_waivable=False,
    )


def _broken(check_id: str, title: str, message: str) -> CheckResult:
    return CheckResult(
        check_id=check_id,
        layer="landing",
        title=title,
        why="Without them this load cannot be assessed.",
        severity="critical",
        status="error",
        message=message,
        next_step="repair what the message names and load again",
        is_waivable=False,
    )


def _store(load: Load, results: Sequence[CheckResult]) -> None:
    registry = load.registry
    years = [year for year in registry.years if year <= load.release_year]
    threshold = max(registry.suppression_policy_of(year).primary_threshold for year in years)
    write_results(load.candidate, results, threshold)
    add_to_run_record(load, of_checks={result.check_id: result.seconds for result in results})
