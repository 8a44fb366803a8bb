"""Step 8, promotion: the load's warehouse becomes the current one, its deliveries the active ones.

Reads: decision.json and plan.json. Stores: active deliveries, the promoted warehouse, the analysts' marts database.
"""

from __future__ import annotations

from pathlib import Path

from orchestration.load.landing import plan_of
from orchestration.load.load import Load
from orchestration.load.run_record import timed
from orchestration.release.errors import CandidateHeld
from orchestration.release.records.decision import read_decision
from orchestration.warehouse.marts import swap_marts
from orchestration.warehouse.scratch import promote


def promote_warehouse(load: Load) -> Path:
    """Promotes the warehouse of a load whose decision allows it; returns the marts database.

    Raises CandidateHeld for a held load: no later year may be built on a return that was held.
    """
    if not read_decision(load.candidate).is_passed:
        raise CandidateHeld(
            f"The load of {load.release_year} is held, so its warehouse is not promoted.",
            f"Read {load.candidate / 'report.html'} and load {load.release_year} again.",
        )
    plan = plan_of(load)
    with timed(load, "marts"):
        promote(load.settings, load.load_id, plan, plan.checked_years(load.survey_years))
        return swap_marts(load.settings, load.built_database)
