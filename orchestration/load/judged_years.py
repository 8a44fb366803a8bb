"""Which survey years the checks of a load judge, and what each of them is told.

Does not belong here: running checks (`expectations`) or deciding on them (the gate).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from orchestration.lake import landing_folder
from orchestration.load.session import LoadSession, require
from orchestration.settings import Settings

if TYPE_CHECKING:
    from expectations.context import CheckContext


def judged_years(session: LoadSession) -> list[int]:
    """Survey years whose return this load answers for, the release's last.

    Those that it takes in, those whose landing or registry rows are not those of the warehouse in force, and those
    that it builds anew: a return that was held, landed anew by other rules or counted by other code must not come into
    a release by the load of another year. A later year is no part of this release: its own load judges it.
    """
    plan = require(session.plan, "landing")
    return plan.checked_years(session.survey_years)


def check_context(session: LoadSession, survey_year: int) -> CheckContext:
    """What the checks of this load are told when they judge the return of a year."""
    from expectations.context import CheckContext

    settings, plan = session.settings, require(session.plan, "landing")
    return CheckContext(
        release_year=session.survey_year,
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
