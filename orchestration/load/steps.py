"""The steps of a load, in order. Each reads what the steps before it left in the session and adds its own.

intake, plan, models, candidate, checks, decision, report, files and manifest, promotion, publication. Only intake may
refuse; everything after it runs to its end and is judged.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from orchestration.load.session import LoadSession, require
from orchestration.warehouse.history import plan_rebuild
from orchestration.warehouse.scratch import DATABASE, make_scratch


@contextmanager
def timed(session: LoadSession, step: str) -> Iterator[None]:
    """Keeps how long a step took, for run.json."""
    start = time.perf_counter()
    try:
        yield
    finally:
        session.seconds[step] = round(time.perf_counter() - start, 3)


def receive(session: LoadSession) -> None:
    """Intake of the year's files: lands them and keeps the receipt. Raises IntakeRefused."""
    from orchestration.intake import receive_return

    with timed(session, "intake"):
        session.receipt = receive_return(session.settings, session.registry, session.survey_year)
    session.plan = plan_rebuild(
        session.settings,
        session.registry,
        session.survey_year,
        session.receipt.delivery,
        full_refresh=session.options.full_refresh,
    )
    for year, reason in sorted(session.plan.reasons.items()):
        session.say(f"{year} is built anew: {reason}.")
    if session.plan.kept_years:
        session.say(f"Kept as they stand: {', '.join(map(str, session.plan.kept_years))}.")
    session.scratch = make_scratch(session.settings, session.load_id, session.plan)


def build_models(session: LoadSession) -> None:
    """One dbt invocation: the years of the plan, and everything across years. Raises DbtBuildFailed."""
    plan, scratch = require(session.plan, "landing"), require(session.scratch, "landing")
    with timed(session, "models"):
        session.build = session.dbt.build(scratch / DATABASE, session.survey_year, plan, session.progress)
