"""Step 1, landing: the returns of a load are landed, and what must be rebuilt is planned.

Only this step may refuse. Reads: the files of the returns. Stores: landed deliveries with their receipts, load.json,
plan.json and a scratch warehouse. Does not belong here: reading files (`intake`) or the rules of a plan (`warehouse`).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from orchestration.intake.files.returns import find_return
from orchestration.intake.landing.receipt import Receipt, read_receipt
from orchestration.intake.receive import is_landed_by_these_rules, receive_return
from orchestration.intake.refusal import IntakeRefused, ReturnsRefused
from orchestration.lake import active_deliveries, landing_folder
from orchestration.load.load import LOAD_FILE, Load
from orchestration.load.run_record import start_run_record
from orchestration.records import RecordError
from orchestration.release.publication.sign import require_nothing_signed
from orchestration.warehouse.plan import PLAN_FILE, RebuildPlan, plan_rebuild
from orchestration.warehouse.scratch import make_scratch

Say = Callable[[str], None]


@dataclass(frozen=True)
class Landing:
    """What the step stored: a receipt a survey year of the load, and the plan."""

    receipts: dict[int, Receipt]
    plan: RebuildPlan


def land_returns(load: Load, say: Say = lambda message: None) -> Landing:
    """Lands the return of every year of the load and plans what is rebuilt.

    An earlier year whose registry rows or rules of intake have changed since it was landed is landed again, from the
    same delivery. Raises IntakeRefused, ReturnsRefused with the problems of all years where several were refused, or
    PublicationRefused where a signed candidate waits.
    """
    started = time.perf_counter()
    settings = load.settings
    if not load.options.discards_signatures:
        require_nothing_signed(settings, load.release_year)
    receipts = _receive(load)
    _land_again(load, say)
    plan = plan_rebuild(
        settings,
        load.registry,
        {year: receipt.delivery for year, receipt in receipts.items()},
        full_refresh=load.options.full_refresh,
    )
    for year, reason in sorted(plan.reasons.items()):
        say(f"{year} is rebuilt: {reason}.")
    if plan.kept_years:
        say(f"Kept as stored: {', '.join(map(str, plan.kept_years))}.")
    folder = make_scratch(settings, load.load_id, plan)
    plan.write(folder / PLAN_FILE)
    start_run_record(load, plan.reasons, round(time.perf_counter() - started, 3))
    load.record.write(folder / LOAD_FILE)  # last: from now on the load can be opened
    return Landing(receipts, plan)


def plan_of(load: Load) -> RebuildPlan:
    """The stored plan of a load."""
    return RebuildPlan.read(load.folder / PLAN_FILE)


def receipts_of(load: Load, plan: RebuildPlan) -> dict[int, Receipt]:
    """The receipts of all survey years of the release. Raises RecordError where one is missing or of an older form."""
    receipts = {}
    for year, fingerprint in plan.up_to(load.release_year).items():
        receipt = read_receipt(landing_folder(load.settings, year, fingerprint.delivery))
        if receipt is None:
            raise RecordError(f"The receipt of delivery {fingerprint.delivery} of {year} is missing or damaged.")
        receipts[year] = receipt
    return receipts


def _receive(load: Load) -> dict[int, Receipt]:
    receipts, refusals = {}, []
    for year in load.survey_years:
        try:
            receipts[year] = receive_return(load.settings, load.registry, year)
        except IntakeRefused as refusal:
            refusals.append(refusal)
    if refusals:
        raise refusals[0] if len(refusals) == 1 else ReturnsRefused(refusals)
    return receipts


def _land_again(load: Load, say: Say) -> None:
    """Lands other active years again where today's rules differ; says so where their files are gone."""
    settings, registry = load.settings, load.registry
    for year, delivery in active_deliveries(settings).items():
        if year in load.survey_years or is_landed_by_these_rules(settings, registry, year, delivery):
            continue
        try:
            is_there = find_return(settings, year).delivery == delivery
        except IntakeRefused:
            is_there = False
        if is_there:
            receive_return(settings, registry, year)
        else:
            say(
                f"{year} was landed under rules that have since changed, and its delivery {delivery} is not in "
                f"{settings.returns / str(year)}: it is read as it was landed. Put the files back to land it again."
            )
