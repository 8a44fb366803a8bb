"""The first step of a load: returns in, landed deliveries and the plan of what is built anew out.

Only this step may refuse. Does not belong here: reading files (intake) or deciding what a change of rules means for a
stored year (`warehouse.history`).
"""

from __future__ import annotations

from orchestration.lake import active_deliveries
from orchestration.load.session import LoadSession, timed
from orchestration.warehouse.plan import plan_rebuild
from orchestration.warehouse.scratch import make_scratch


def receive(session: LoadSession) -> None:
    """Intake of the files of every year of the load: lands them and keeps the receipts.

    An earlier year whose registry rows or rules of intake have changed since it was landed is landed anew, from the
    same delivery. Raises IntakeRefused, or ReturnsRefused with the problems of all years where several were refused.
    """
    from orchestration.intake.receive import receive_return
    from orchestration.intake.refusal import IntakeRefused, ReturnsRefused
    from orchestration.release.publication.sign import require_nothing_signed

    if not session.options.discards_signatures:
        require_nothing_signed(session.settings, session.survey_year)
    refusals: list[IntakeRefused] = []
    with timed(session, "intake"):
        for year in session.survey_years:
            try:
                session.receipts[year] = receive_return(session.settings, session.registry, year)
            except IntakeRefused as refusal:
                refusals.append(refusal)
        if refusals:
            raise refusals[0] if len(refusals) == 1 else ReturnsRefused(refusals)
        _land_anew(session)
    session.plan = plan_rebuild(
        session.settings,
        session.registry,
        {year: receipt.delivery for year, receipt in session.receipts.items()},
        full_refresh=session.options.full_refresh,
    )
    for year, reason in sorted(session.plan.reasons.items()):
        session.say(f"{year} is built anew: {reason}.")
    if session.plan.kept_years:
        session.say(f"Kept as they stand: {', '.join(map(str, session.plan.kept_years))}.")
    session.scratch = make_scratch(session.settings, session.load_id, session.plan)


def _land_anew(session: LoadSession) -> None:
    """Lands other active years anew where today's rules would land them otherwise; says so where the files are gone."""
    from orchestration.intake.files.returns import find_return
    from orchestration.intake.receive import is_landed_by_these_rules, receive_return
    from orchestration.intake.refusal import IntakeRefused

    settings = session.settings
    for year, delivery in active_deliveries(settings).items():
        if year in session.survey_years or is_landed_by_these_rules(settings, session.registry, year, delivery):
            continue
        try:
            is_there = find_return(settings, year).delivery == delivery
        except IntakeRefused:
            is_there = False
        if is_there:
            receive_return(settings, session.registry, year)
        else:
            session.say(
                f"{year} was landed by other rules than today's, and its delivery {delivery} is not in "
                f"{settings.returns / str(year)}: it is read as it was landed. Put the files back to land it anew."
            )
