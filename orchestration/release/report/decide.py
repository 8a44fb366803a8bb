"""What a reviewer must settle, and what they must know, before a release can go out.

Belongs here: sentences that ask for a decision, in order of urgency. Does not belong here: the gate's judgement.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from expectations.results import CheckResult
from orchestration.release.report.inputs import Movement, ReportInputs
from orchestration.release.report.words import shorten, words

# Naming more than these in a sentence hides the first of them.
MAX_NAMED = 6


class Item(NamedTuple):
    """A sentence, and the place of the page (an id, or nothing) where its evidence stands."""

    text: str
    anchor: str = ""


def what_to_decide(inputs: ReportInputs) -> list[Item]:
    """What a reviewer has to settle before this release can go out, most pressing first."""
    items = [*_failures(inputs), *_exceptions(inputs), *_figures(inputs)]
    if inputs.disclosure_audit == "not_audited" and inputs.data_origin == "actual":
        items.append(Item("Do not publish yet: no disclosure audit has been made of this release", "hidden"))
    if inputs.required_signatures and inputs.decision["verdict"] != "held":
        items.append(Item(f"Sign as {', '.join(words(role) for role in inputs.required_signatures)}", "signoff"))
    return items


def what_to_know(inputs: ReportInputs) -> list[Item]:
    """What limits the verdict without asking for a decision."""
    items = []
    if inputs.disclosure_audit == "not_audited":
        items.append(
            Item(
                "No disclosure audit has been made: actual returns must not be published on this report alone", "hidden"
            )
        )
    not_loaded = list(dict.fromkeys(row.what for row in inputs.not_compared if row.status == "not_loaded"))
    if not_loaded:
        items.append(Item(f"Not compared, for want of a loaded year: {', '.join(not_loaded)}", "not-compared"))
    not_computed = [claim for claim in inputs.claims if claim.value is None]
    if not_computed:
        text = f"{len(not_computed)} of {len(inputs.claims)} headline claims could not be computed"
        items.append(Item(text, "claims"))
    n_unjudged = inputs.decision["counts"]["not_applicable"]
    if n_unjudged:
        text = f"{n_unjudged} check{'s do' if n_unjudged > 1 else ' does'} not apply to this load and judged nothing"
        items.append(Item(text, "not-applicable"))
    if not inputs.movements and not not_loaded:
        items.append(Item("No national score was compared with the year before", "movements"))
    if years := years_without_results(inputs):
        items.append(Item(f"No results of earlier loads stand beside the checks for {_listed(years)}", "checks"))
    if inputs.data_origin == "synthetic" and inputs.reconciliation:
        words_ = "Examples are calibrated to the published figures: that these come out proves the arithmetic alone"
        items.append(Item(words_, "reconciliation"))
    return items


def where_failures_meet(results: Sequence[CheckResult], key: str) -> list[tuple[str, int]]:
    """Values of a key of groups (a question, a trust) that two or more failed checks name, and how many; most first."""
    named = Counter(
        value
        for result in results
        if result.has_failed
        for value in {str(group[key]) for group in result.groups if group.get(key) is not None}
    )
    found = sorted(((value, n) for value, n in named.items() if n > 1), key=lambda pair: (-pair[1], pair[0]))
    return found[:MAX_NAMED]


def movements_outside(inputs: ReportInputs) -> list[Movement]:
    """Movements beyond their control limit."""
    return [movement for movement in inputs.movements if movement.is_outside]


def years_without_results(inputs: ReportInputs) -> list[int]:
    """Earlier survey years of the release of whose own loads no check results are left."""
    known = {earlier.survey_year for results in inputs.earlier_results.values() for earlier in results}
    return sorted({row.survey_year for row in inputs.deliveries if row.survey_year < inputs.release_year} - known)


def _failures(inputs: ReportInputs) -> Iterator[Item]:
    by_id = {result.check_id: result for result in inputs.results}
    reasons = [(reason, by_id.get(reason.partition(" ")[0])) for reason in inputs.decision["reasons"]]
    # What nobody has judged comes before what was found wrong.
    for reason, result in sorted(reasons, key=lambda pair: pair[1] is None or pair[1].status != "error"):
        if result is None or not result.has_failed:
            yield Item(f"Settle or waive: {reason}", "logs")
            continue
        what = "Check broke, repair it" if result.status == "error" else "Rule broken, settle or waive"
        if result.status == "fail" and not result.is_waivable:
            what = "Rule broken, settle (cannot be waived)"
        yield Item(f"{what}: {result.title}", f"check-{result.check_id}")
    warnings = [result for result in inputs.results if result.status == "fail" and result.severity == "warning"]
    if warnings:
        text = f"Judge {len(warnings)} warning{'s' if len(warnings) > 1 else ''}: a real change, or a fault?"
        yield Item(text, "checks-warning")
    broken = [r for r in inputs.results if r.status == "error" and r.severity != "critical"]
    if broken:
        text = f"Repair {len(broken)} check{'s' if len(broken) > 1 else ''} below critical that broke, unjudged"
        yield Item(text, "checks-error")


def _exceptions(inputs: ReportInputs) -> Iterator[Item]:
    decision = inputs.decision
    for waiver in decision["waivers_used"]:
        text = f"Confirm the waiver of {waiver['check_id']}: {waiver['reason']} "
        yield Item(f"{text}({waiver['owner']}, to {waiver['expires_on']})", "logs")
    for item in decision["corrections"]:
        if item["rows"] and item["expires_on"] >= decision["as_of"]:
            text = f"Confirm the correction {item['correction_id']} of {item['survey_year']}: {item['rows']:,} rows, "
            yield Item(f"{text}{item['reason']} (to {item['expires_on']})", "logs")
    if inputs.previous_problem:
        yield Item(
            f"Settle the damage of the release that stands, {inputs.previous_version}: it cannot be read, so nothing "
            f"could be compared with it; `ncpes verify {inputs.previous_version}` tells more",
            "differences",
        )


def _figures(inputs: ReportInputs) -> Iterator[Item]:
    broken = [claim for claim in inputs.claims if claim.holds is False]
    if broken:
        said = "; ".join(f"{words(claim.claim_id)} ({claim.verdict.rstrip('.').lower()})" for claim in broken)
        yield Item(f"Do not repeat the claims that these tables do not bear out: {said}", "claims")
    outside = movements_outside(inputs)
    if outside:
        named = _listed([movement.question_number for movement in outside])
        text = f"Explain {len(outside)} national movement{'s' if len(outside) > 1 else ''} outside the limits: {named}"
        yield Item(text, "movements")
    apart = sum(not row.is_equal for row in inputs.reconciliation)
    if apart:
        text = (
            f"Explain {apart:,} of {len(inputs.reconciliation):,} published figures that do not come out as published"
        )
        yield Item(text, "reconciliation")
    removed = [row.question for row in inputs.schema_drift if row.kind == "removed"]
    if removed:
        yield Item(f"Approve the notice to users of what is no longer asked: {_listed(removed)}", "questionnaire")
    if inputs.n_differences:
        rows = f"{inputs.n_differences:,} row{'s' if inputs.n_differences > 1 else ''}"
        differ = "differ" if inputs.n_differences > 1 else "differs"
        yield Item(f"Accept or question the {rows} that {differ} from version {inputs.previous_version}", "differences")


def _listed(values: Sequence[object]) -> str:
    named = ", ".join(shorten(str(value), 40) for value in values[:MAX_NAMED])
    return named if len(values) <= MAX_NAMED else f"{named} and {len(values) - MAX_NAMED} more"
