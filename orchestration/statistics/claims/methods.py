"""The arithmetic of headline claims: each kind of claim by its published method and by the others.

Belongs here: values, limits, decompositions, verdicts. Does not belong here: sentences and the table (`claims`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from orchestration.statistics.claims.inputs import ClaimScores, NationalScore
from orchestration.statistics.rounding import round_half_up

Z_95 = 1.959963984540054


@dataclass
class ClaimLine:
    """One claim by one method; what stays None is null in the table."""

    method: str
    is_published_method: bool
    value: float | None = None
    value_printed: float | None = None
    limits: tuple[float, float] | None = None
    parts: tuple[float, float] | None = None
    other_order: tuple[float, float] | None = None
    verdict: str | None = None
    inputs: dict[str, Any] = field(default_factory=dict)


def round_printed(value: float, decimals: int) -> float:
    """Half up to `decimals`, as the announcement rounds."""
    return float(round_half_up(value, decimals))


def _counted(
    method: str, old: tuple[float, float], new: tuple[float, float], errors: tuple[float, float], *, published: bool
) -> ClaimLine:
    """score x people of both years (share, people): value, its limits and both orders of the decomposition.

    Growth (n2 - n1) p1 and better scores n2 (p2 - p1), the cross term to the scores; in the other order it goes to
    growth: (n2 - n1) p2 and n1 (p2 - p1). Limits treat the people as fixed, the scores as independent.
    """
    (p1, n1), (p2, n2) = old, new
    value = p2 * n2 - p1 * n1
    half = Z_95 * float(np.hypot(n1 * errors[0], n2 * errors[1]))
    return ClaimLine(
        method,
        published,
        value=value,
        value_printed=round_printed(value, 0),
        limits=(value - half, value + half),
        parts=((n2 - n1) * p1, n2 * (p2 - p1)),
        other_order=((n2 - n1) * p2, n1 * (p2 - p1)),
        inputs={"score_from": p1, "score_to": p2, "people_from": n1, "people_to": n2},
    )


def _share_inputs(old: NationalScore, new: NationalScore) -> dict[str, Any]:
    return {
        "n_base_from": old.n_base,
        "n_base_to": new.n_base,
        "n_positive_from": old.total,
        "n_positive_to": new.total,
    }


def _more_patients(claim: Mapping[str, Any], scores: ClaimScores) -> list[ClaimLine]:
    """Lines of a claim "so many more patients than in the base year"."""
    old, new = scores.score(int(claim["base_year"]), claim), scores.score(scores.release_year, claim)
    if claim["multiplier"] != "all_respondents":
        raise ValueError(
            f"Claim {claim['claim_id']}: multiplier {claim['multiplier']!r} is unknown; use all_respondents."
        )
    people = scores.respondents(int(claim["base_year"])), scores.respondents(scores.release_year)
    decimals = int(claim["score_decimals"])
    printed = [round_printed(100 * part.score, decimals) / 100 for part in (old, new)]
    errors = (old.standard_error, new.standard_error)
    bases = (float(old.n_base), float(new.n_base))
    lines = [
        _counted(
            "rounded_scores_x_respondents", (printed[0], people[0]), (printed[1], people[1]), errors, published=True
        ),
        _counted(
            "unrounded_scores_x_respondents", (old.score, people[0]), (new.score, people[1]), errors, published=False
        ),
        _counted("difference_of_positives", (old.score, bases[0]), (new.score, bases[1]), errors, published=False),
        _counted("point_change_x_base", (old.score, bases[1]), (new.score, bases[1]), errors, published=False),
    ]
    other = scores.on_other_base(claim)
    if other is not None:
        before, after = other
        rounded = [round_printed(100 * part.score, decimals) / 100 for part in other]
        spread = (before.standard_error, after.standard_error)
        lines.append(
            _counted(
                "rounded_scores_x_respondents_all_answers",
                (rounded[0], people[0]),
                (rounded[1], people[1]),
                spread,
                published=False,
            )
        )
    for line in lines:
        line.inputs |= _share_inputs(old, new) | {"respondents_source": scores.respondents_source}
    return lines


def _mean_rating(claim: Mapping[str, Any], scores: ClaimScores) -> list[ClaimLine]:
    """Lines of a claim "the mean rating is so much": as printed, and unrounded."""
    score = scores.score(scores.release_year, claim)
    half = Z_95 * score.standard_error
    inputs = {"n_base": score.n_base, "rating_sum": score.total, "standard_deviation": score.deviation}
    printed = round_printed(score.score, int(claim["score_decimals"]))
    limits = (score.score - half, score.score + half)
    return [
        ClaimLine("rounded_mean", True, printed, printed, limits, inputs=inputs),
        ClaimLine("unrounded_mean", False, score.score, printed, limits, inputs=inputs),
    ]


def _compare_record(
    claim: Mapping[str, Any], scores: ClaimScores, earlier: list[int], decimals: int | None
) -> ClaimLine:
    """Higher, joint or lower than the best earlier comparable year, at `decimals` (None: unrounded)."""
    new = scores.score(scores.release_year, claim)
    past = {year: scores.score(year, claim) for year in earlier}

    def shown(score: NationalScore) -> float:
        return score.score if decimals is None else round_printed(score.score * score.unit, decimals) / score.unit

    best = max(past, key=lambda year: (shown(past[year]), year))
    difference = shown(new) - shown(past[best])
    exact = new.score - past[best].score
    half = Z_95 * float(np.hypot(new.standard_error, past[best].standard_error))
    return ClaimLine(
        "unrounded_comparison" if decimals is None else "printed_comparison",
        decimals is not None,
        value=difference,
        value_printed=None if decimals is None else shown(new),
        limits=(exact - half, exact + half),
        verdict="higher" if difference > 1e-12 else "lower" if difference < -1e-12 else "joint",
        inputs={
            "best_earlier_year": best,
            "score": new.score,
            "best_earlier_score": past[best].score,
            "earlier_years": earlier,
            "earlier_years_not_loaded": scores.not_loaded(claim),
        },
    )


def _record_high(claim: Mapping[str, Any], scores: ClaimScores) -> list[ClaimLine]:
    """Lines of a claim "a record high", at the stated decimals and unrounded; `value` is the lead."""
    earlier = scores.earlier_years(claim)
    decimals = int(claim["score_decimals"])
    return [_compare_record(claim, scores, earlier, decimals), _compare_record(claim, scores, earlier, None)]


METHODS_OF_KIND: Mapping[str, Callable[[Mapping[str, Any], ClaimScores], list[ClaimLine]]] = {
    "more_patients": _more_patients,
    "mean_rating": _mean_rating,
    "record_high": _record_high,
}
