"""The results of a load's checks, whatever breaks: a load that has come so far always gets its decision.

Belongs here: asking suites and dbt for their results, and a record in place of those that could not be had. Does not
belong here: running a check (`expectations`), storing results or deciding on them (`steps`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from orchestration.lake import DATABASE
from orchestration.load.judged_years import check_context, judged_years
from orchestration.load.session import LoadSession, require

if TYPE_CHECKING:
    from expectations.results import CheckResult

SUITES_CHECK = "suites_can_be_read"
CANDIDATE_CHECK = "publication_candidate_has_no_defect"
DBT_CHECK = "dbt_results_can_be_read"


def results_of_load(session: LoadSession) -> list[CheckResult]:
    """Results of every check of the suites and of every dbt test; nothing is raised for what breaks.

    Leaves the suites and the connection of the checks in the session; where they could not be had, no suite and none.
    """
    return [*_results_of_suites(session), *_results_of_dbt(session)]


def _results_of_suites(session: LoadSession) -> list[CheckResult]:
    """One result a check; where the run as a whole breaks, an error for each of them."""
    import duckdb

    from expectations.error_messages import headline
    from expectations.loader import load_suites
    from expectations.runner import CheckRun, broken_results, run_checks

    session.suites = []
    try:
        session.suites = load_suites(session.settings.suites)
    except Exception as error:  # which checks there are is not known: the gate misses their layers as well
        return [_broken(SUITES_CHECK, "The check suites can be read", headline(error))]
    try:
        database = require(session.scratch, "landing") / DATABASE
        session.connection = duckdb.connect(database.as_posix(), read_only=True)
        contexts = [check_context(session, year) for year in judged_years(session)]
        session.check_run = run_checks(session.connection, session.suites, contexts)
    except Exception as error:  # not one result can be relied upon
        broken = broken_results(session.suites, f"the checks could not be run: {headline(error)}")
        session.check_run = CheckRun(broken, {})
    return session.check_run.results


def _results_of_dbt(session: LoadSession) -> list[CheckResult]:
    from expectations.dbt import dbt_results
    from expectations.error_messages import headline

    build = require(session.build, "survey_year_models")
    try:
        return dbt_results(build.run_results, build.manifest)
    except Exception as error:  # the gate misses every dbt test as well
        return [_broken(DBT_CHECK, "The results of dbt's tests can be read", headline(error))]


def defects_of_candidate(session: LoadSession) -> CheckResult:
    """Whether the candidate has the structure that its files need: whole keys, each once, and finite numbers."""
    from expectations.results import CheckResult

    defects = require(session.candidate, "check_results").defects
    return CheckResult(
        check_id=CANDIDATE_CHECK,
        layer="publication",
        title="Every row of the publication tables has a whole key of its own and finite numbers",
        why="No file can hold such rows in an order that two loads share, and a reader would find two answers.",
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
    from expectations.results import CheckResult

    return CheckResult(
        check_id=check_id,
        layer="landing",
        title=title,
        why="Without them nothing is known of this load.",
        severity="critical",
        status="error",
        message=message,
        next_step="repair what the message names and load again",
        is_waivable=False,
    )
