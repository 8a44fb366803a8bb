"""What a reviewer must decide, and what they must know, before a release can be published.

Belongs here: sentences that ask for a decision, in order of urgency. Does not belong here: the decision of the gate.
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
    """A sentence, and the place of the page (an id, or nothing) where its evidence is."""

    text: str
    anchor: str = ""


def what_to_decide(inputs: ReportInputs) -> list[Item]:
    """What a reviewer has to decide before this release can be published, most urgent first."""
    items = [*_failures(inputs), *_exceptions(inputs), *_figures(inputs)]
    if inputs.disclosure_audit == "not_audited" and inputs.data_origin == "actual":
        items.append(Item("Do not publish yet: no disclosure audit has been made of this release", "hidden"))
    if inputs.required_signatures and inputs.decision.is_passed:
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
        items.append(Item(f"Not compared, because a year is not loaded: {', '.join(not_loaded)}", "not-compared"))
    not_computed = [claim for claim in inputs.claims if claim.value is None]
    if not_computed:
        text = f"{len(not_computed)} of {len(inputs.claims)} headline claims could not be computed"
        items.append(Item(text, "claims"))
    if n := inputs.decision.counts["not_applicable"]:
        text = f"{n} check{'s do' if n > 1 else ' does'} not apply to this load"
        items.append(Item(text, "not-applicable"))
    if not inputs.movements and not not_loaded:
        items.append(Item("No national score was compared with the year before", "movements"))
    if years := years_without_results(inputs):
        items.append(Item(f"The checks have no results of earlier loads for {_listed(years)}", "checks"))
    if inputs.data_origin == "synthetic" and inputs.reconciliation:
        text = "Examples are calibrated to the published figures: that they are reproduced proves only the arithmetic"
        items.append(Item(text, "reconciliation"))
    return items


def most_named(results: Sequence[CheckResult], key: str) -> list[tuple[str, int]]:
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
    """Earlier survey years of the release that have no stored check results of a load of their own."""
    known = {earlier.survey_year for results in inputs.earlier_results.values() for earlier in results}
    return sorted({row.survey_year for row in inputs.deliveries if row.survey_year < inputs.release_year} - known)


def _failures(inputs: ReportInputs) -> Iterator[Item]:
    by_id = {result.check_id: result for result in inputs.results}
    reasons = [(reason, by_id.get(reason.partition(" ")[0])) for reason in inputs.decision.reasons]
    # A check that could not be evaluated comes first: nobody knows what it would have found.
    for reason, result in sorted(reasons, key=lambda pair: pair[1] is None or pair[1].status != "error"):
        if result is None or not result.has_failed:
            yield Item(f"Correct or waive: {reason}", "logs")
            continue
        what = "Rule broken, correct or waive"
        if result.status == "error":
            what = "Check could not be evaluated, repair it"
        elif not result.is_waivable:
            what = "Rule broken, correct (cannot be waived)"
        yield Item(f"{what}: {result.title}", f"check-{result.check_id}")
    warnings = [result for result in inputs.results if result.status == "fail" and result.severity == "warning"]
    if warnings:
        text = f"Decide on {len(warnings)} warning{'s' if len(warnings) > 1 else ''}: a real change, or a fault?"
        yield Item(text, "checks-warning")
    errors = [r for r in inputs.results if r.status == "error" and r.severity != "critical"]
    if errors:
        text = f"Repair {len(errors)} non-critical check{'s' if len(errors) > 1 else ''} that could not be evaluated"
        yield Item(text, "checks-error")


def _exceptions(inputs: ReportInputs) -> Iterator[Item]:
    decision = inputs.decision
    for waiver in decision.waivers_used:
        text = f"Confirm the waiver of {waiver.check_id}: {waiver.reason} ({waiver.owner}, to {waiver.expires_on})"
        yield Item(text, "logs")
    for row in decision.corrections:
        if row.rows and row.expires_on >= decision.as_of:
            text = f"Confirm the correction {row.correction_id} of {row.survey_year}: {row.rows:,} rows, {row.reason}"
            yield Item(f"{text} (to {row.expires_on})", "logs")
    if version := inputs.previous_problem and inputs.previous_version:
        yield Item(
            f"Repair the current release, {version}: it is damaged, so nothing could be compared with it; "
            f"`ncpes verify {version}` gives details",
            "differences",
        )


def _figures(inputs: ReportInputs) -> Iterator[Item]:
    false = [claim for claim in inputs.claims if claim.holds is False]
    if false:
        said = "; ".join(f"{words(claim.claim_id)} ({claim.verdict.rstrip('.').lower()})" for claim in false)
        yield Item(f"Do not repeat the claims that these tables do not support: {said}", "claims")
    outside = movements_outside(inputs)
    if outside:
        named = _listed([movement.question_number for movement in outside])
        text = f"Explain {len(outside)} national movement{'s' if len(outside) > 1 else ''} outside the limits: {named}"
        yield Item(text, "movements")
    unequal = sum(not row.is_equal for row in inputs.reconciliation)
    if unequal:
        text = f"Explain {unequal:,} of {len(inputs.reconciliation):,} published figures that are not reproduced"
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
